import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DeprecatedUse } from "./deprecation.ts";
import { deprecationHeaders } from "./deprecation-headers.ts";

const nothing: DeprecatedUse = {
  coordinate: "A.b",
  reason: undefined,
  replacement: undefined,
  deprecatedSince: undefined,
  sunset: undefined,
  product: undefined,
  owner: undefined,
  link: undefined,
};

describe("deprecation headers", () => {
  it("never say a Sunset earlier than the Deprecation, whatever the dates (RFC 8594, RFC 9745)", () => {
    const date = fc.option(fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }), {
      nil: undefined,
    });
    const use = fc.record({ deprecatedSince: date, sunset: date }).map((dates) => ({ ...nothing, ...dates }));
    fc.assert(
      fc.property(fc.array(use, { maxLength: 6 }), (uses) => {
        const { deprecation, sunset } = deprecationHeaders(uses);
        expect(deprecation !== undefined).toBe(uses.some(({ deprecatedSince }) => deprecatedSince !== undefined));
        expect(sunset !== undefined).toBe(uses.some((one) => one.sunset !== undefined));
        if (deprecation === undefined || sunset === undefined) return;
        expect(deprecation).toMatch(/^@\d+$/);
        expect(Number(deprecation.slice(1)) * 1000).toBeLessThanOrEqual(Date.parse(sunset));
      }),
    );
  });

  it("let no link end the header or start another one", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (path) => {
        const { link } = deprecationHeaders([{ ...nothing, link: `https://mesh.example/${path}` }]);
        expect(link ?? "").toMatch(
          /^(<https:\/\/mesh\.example\/[\x21-\x3b\x3d\x3f-\x7e]*>; rel="deprecation"; type="text\/html")?$/,
        );
      }),
    );
  });

  it.each(["javascript:alert(1)", "not a link", "ftp://mesh.example/x"])("leave out %s", (link) => {
    expect(deprecationHeaders([{ ...nothing, link }])).toEqual({});
  });
});
