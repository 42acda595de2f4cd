import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import type { PlanOptions } from "../plan/planner.ts";
import { keepPlansIn } from "./keep-plans.ts";
import type { PlanStore } from "./plan-store.ts";

interface MemoryStore extends PlanStore {
  readonly plans: Map<string, string>;
}

function createMemoryStore(): MemoryStore {
  const plans = new Map<string, string>();
  return { plans, get: async (key) => plans.get(key), set: async (key, plan) => void plans.set(key, plan) };
}

type Asked = readonly [supergraph: string, version: string, text: string, options: PlanOptions];

const asked: readonly Asked[] = [
  ["graph", "1", "{ a }", {}],
  ["other graph", "1", "{ a }", {}],
  ["graph", "2", "{ a }", {}],
  ["graph", "1", "{ b }", {}],
  ["graph", "1", "query A { a } query B { b }", { operationName: "A" }],
  ["graph", "1", "query A { a } query B { b }", { operationName: "B" }],
  ["graph", "1", "{ a }", { conditions: new Map([["yes", true]]) }],
  ["graph", "1", "{ a }", { overrides: new Map([["yes", true]]) }],
  ["graph", "1", "{ a }", { hidden: new Set(["yes"]) }],
  ["graph", "1", "{ a }", { hidden: new Set(["yes", "no"]) }],
];

describe("a plan is found", () => {
  it("by whoever asks for the same, and by nobody who asks for anything else", async () => {
    const store = createMemoryStore();
    const keep = keepPlansIn(store, false);
    for (const [index, [sdl, version, text, options]] of asked.entries()) {
      const kept = keep(sdl, version);
      expect(await kept.find(text, parse(text), options), text).toBeUndefined();
      await kept.keep(text, parse(text), options, String(index));
    }
    for (const [index, [sdl, version, text, options]] of asked.entries()) {
      expect(await keep(sdl, version).find(text, parse(text), options)).toBe(String(index));
    }
    expect(store.plans.size).toBe(asked.length);
  });

  it("whatever the order in which conditions and hidden fields are named, and whether false ones are", async () => {
    const kept = keepPlansIn(createMemoryStore(), false)("graph", "1");
    const document = parse("{ a }");
    const yes = new Map([
      ["a", true],
      ["b", true],
    ]);
    await kept.keep("{ a }", document, { conditions: yes, hidden: new Set(["x", "y"]) }, "plan");
    const same: PlanOptions = {
      conditions: new Map([
        ["c", false],
        ["b", true],
        ["a", true],
      ]),
      hidden: new Set(["y", "x"]),
      overrides: new Map([["off", false]]),
    };
    expect(await kept.find("{ a }", document, same)).toBe("plan");
  });
});

describe("values that a client wrote into the text", () => {
  const telling = [
    `{ customer(email: "ada@example.org") { id } }`,
    `{ customer(id: 4155550123) { id } }`,
    `{ customer(where: { any: [{ phone: """+1 415""" }] }) { id } }`,
    `query ($email: String = "ada@example.org") { customer(email: $email) { id } }`,
    `{ near(latitude: 52.52001) { id } }`,
    `{ a { ...f } } fragment f on A { b(c: "d") }`,
  ];
  const harmless = [
    `{ customers(first: 100, region: WEST, active: true, after: null, name: "") { id } }`,
    `query ($email: String!) { customer(email: $email) { id } }`,
    `{ orders(year: 2026, min: -99, factor: 0.5) { id } }`,
  ];

  it.each(telling)("keep its plan out of the store: %s", async (text) => {
    const store = createMemoryStore();
    const kept = keepPlansIn(store, false)("graph", "1");
    await kept.keep(text, parse(text), {}, "plan");
    expect(store.plans.size).toBe(0);
    // Nor is one taken that somebody else put there.
    const all = keepPlansIn(store, true)("graph", "1");
    await all.keep(text, parse(text), {}, "plan");
    expect(await all.find(text, parse(text), {})).toBe("plan");
    expect(await kept.find(text, parse(text), {})).toBeUndefined();
  });

  it.each(harmless)("do not when they say nothing about a person: %s", async (text) => {
    const kept = keepPlansIn(createMemoryStore(), false)("graph", "1");
    await kept.keep(text, parse(text), {}, "plan");
    expect(await kept.find(text, parse(text), {})).toBe("plan");
  });
});
