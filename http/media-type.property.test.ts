import { array, assert, constantFrom, integer, property, record, string } from "fast-check";
import { expect, test } from "vitest";
import { graphqlMediaTypes, negotiateMediaType } from "./media-type.ts";

const range = record({
  essence: constantFrom(
    "*/*",
    "application/*",
    "application/json",
    "application/graphql-response+json",
    "text/html",
    "text/*",
  ),
  /** Thousandths. */
  quality: integer({ min: 0, max: 1000 }),
});

/** RFC 9110, 12.5.1, said the long way round: every range that matches, the most specific ones, the best of those. */
function qualityOf(type: string, ranges: readonly { essence: string; quality: number }[]): number {
  const specificity = (essence: string): number => (essence === type ? 2 : essence === "application/*" ? 1 : 0);
  const matching = ranges.filter(({ essence }) => essence === type || essence === "application/*" || essence === "*/*");
  const most = Math.max(...matching.map(({ essence }) => specificity(essence)));
  return Math.max(0, ...matching.filter(({ essence }) => specificity(essence) === most).map(({ quality }) => quality));
}

test("the chosen media type has the highest quality of the two, and there is none only when both have zero", () => {
  assert(
    property(array(range, { minLength: 1, maxLength: 6 }), (ranges) => {
      const header = ranges.map(({ essence, quality }) => `${essence};q=${quality / 1000}`).join(", ");
      const json = qualityOf(graphqlMediaTypes.json, ranges);
      const graphql = qualityOf(graphqlMediaTypes.graphql, ranges);
      const chosen = negotiateMediaType(header);
      if (chosen === undefined) expect([json, graphql]).toEqual([0, 0]);
      else expect(qualityOf(chosen, ranges)).toBe(Math.max(json, graphql));
      if (json > graphql) expect(chosen).toBe(graphqlMediaTypes.json);
      if (graphql > json) expect(chosen).toBe(graphqlMediaTypes.graphql);
    }),
  );
});

test("the order of the ranges does not matter", () => {
  assert(
    property(array(range, { minLength: 1, maxLength: 6 }), (ranges) => {
      const header = (list: typeof ranges): string =>
        list.map(({ essence, quality }) => `${essence};q=${quality / 1000}`).join(",");
      expect(negotiateMediaType(header([...ranges].reverse()))).toBe(negotiateMediaType(header(ranges)));
    }),
  );
});

test("no header, however malformed, makes it throw or choose a third type", () => {
  assert(
    property(string({ unit: "grapheme-ascii" }), (header) => {
      expect([undefined, ...Object.values(graphqlMediaTypes)]).toContain(negotiateMediaType(header));
    }),
  );
});
