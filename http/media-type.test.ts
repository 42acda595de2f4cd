import { describe, expect, test } from "vitest";
import { isUtf8, negotiateMediaType, parseMediaType } from "./media-type.ts";

const graphql = "application/graphql-response+json";
const json = "application/json";

describe("the media type of an answer", () => {
  test.each([
    ["no header", undefined, json],
    ["an empty header", "", json],
    ["anything", "*/*", json],
    ["anything of the type", "application/*", json],
    ["JSON", json, json],
    ["the GraphQL type", graphql, graphql],
    ["names in capitals", "Application/GraphQL-Response+JSON", graphql],
    ["both as equals", `${json}, ${graphql}`, graphql],
    ["both, JSON preferred", `${graphql};q=0.5, ${json}`, json],
    ["both, the GraphQL type preferred", `${json};q=0.9,${graphql}`, graphql],
    ["what Apollo Client sends", `${graphql},${json};q=0.9`, graphql],
    ["what a browser sends", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", json],
    ["a named type over a wildcard", `*/*, ${graphql}`, graphql],
    ["JSON ruled out", `${json};q=0, */*`, graphql],
    ["the wildcard with a higher quality", `${graphql};q=0.4, */*;q=0.8`, json],
    ["UTF-8 asked for", `${graphql};charset="UTF-8"`, graphql],
    ["another charset", `${graphql};charset=latin1`, undefined],
    ["another type", "text/event-stream", undefined],
    ["everything ruled out", "*/*;q=0", undefined],
    ["a malformed range beside a good one", `;;, application, ${graphql}`, graphql],
    ["a comma inside quotes", `text/x;a=",${json}", ${graphql}`, graphql],
    ["a quality that is none", `${graphql};q=2`, undefined],
  ])("for %s", (_name, accept, expected) => {
    expect(negotiateMediaType(accept)).toBe(expected);
  });
});

describe("a media type", () => {
  test("is read with its parameters, quoted or not", () => {
    const mediaType = parseMediaType('Application/JSON ; Charset="utf\\-8"; x=y');
    expect(mediaType?.essence).toBe(json);
    expect([...(mediaType?.parameters ?? [])]).toEqual([
      ["charset", "utf-8"],
      ["x", "y"],
    ]);
  });

  test.each(["", "json", "a/b/c", "a b/c", "a/b; c", "a/b; c=d e", 'a/b; c="d', "a/b; =d"])("is not %j", (text) => {
    expect(parseMediaType(text)).toBeUndefined();
  });

  test.each([
    [json, true],
    [`${json}; charset=utf8`, true],
    [`${json}; charset=UTF-16`, false],
  ])("%s is UTF-8: %s", (text, expected) => {
    const mediaType = parseMediaType(text);
    expect(mediaType && isUtf8(mediaType)).toBe(expected);
  });
});
