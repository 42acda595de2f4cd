import { hash } from "node:crypto";
import { buildSchema, parse } from "graphql";
import { expect, test } from "vitest";
import { createMetrics } from "../observability/metrics.ts";
import { readCostDirectives } from "./cost/read-cost-directives.ts";
import { defaultLimits } from "./limits.ts";
import { createOperationCache } from "./operation-cache.ts";

const sdl = "type Query { name(of: String): String }";

function createCache() {
  return createOperationCache({
    schema: buildSchema(sdl),
    deprecations: new Map(),
    costs: readCostDirectives(parse(sdl)),
    limits: defaultLimits,
    introspection: true,
    maxEntries: 10,
    maxBytes: 1_000_000,
    metrics: createMetrics(),
  });
}

test("the same text is the same operation, however long it is", () => {
  const cache = createCache();
  const texts = [1, 20_000].map((length) => `{ name(of: "${"x".repeat(length)}") }`);
  for (const text of texts) {
    const first = cache.prepare(text, undefined);
    expect(first.kind).toBe("prepared");
    expect(cache.prepare(`${text} `.slice(0, -1), undefined)).toBe(first);
  }
  expect(cache.documents().map(({ text }) => text)).toEqual(texts.reverse());
});

test("a text that is the hash of another one neither gets the other's operation nor replaces it for long", () => {
  const cache = createCache();
  const text = `{ name(of: "${"x".repeat(20_000)}") }`;
  cache.prepare(text, undefined);
  expect(cache.prepare(hash("sha256", text), undefined)).toMatchObject({ kind: "rejected" });
  expect(cache.prepare(text, undefined)).toMatchObject({ kind: "prepared" });
});
