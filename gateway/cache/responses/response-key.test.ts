import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { anonymous, type Caller, type Decision } from "#policies";
import type { Authorisation } from "../../governance-port.ts";
import type { PreparedOperation } from "../../operation/prepared-operation.ts";
import type { Entry } from "../entry.ts";
import type { Shelf } from "../shelf/shelf.ts";
import { RunKept } from "../step/run-kept.ts";
import { type AskedResponse, ResponseKeys } from "./response-key.ts";

// Of operations, shelves and entries no more than this is read.
const operationOf = (text: string): PreparedOperation =>
  ({ definition: parse(text).definitions[0] }) as unknown as PreparedOperation;
const callerOf = (id: string, region = "east"): Caller => ({
  principal: { ...anonymous.principal, id, attributes: { region } },
  purpose: undefined,
});
const shelfOf = (id: string, isVarying = false): Shelf =>
  ({
    id,
    variation: isVarying
      ? ({ principal }: Caller) => ({ name: String(principal.attributes.region), limitsRows: true })
      : undefined,
  }) as unknown as Shelf;
const keptOf = (...parts: readonly { readonly shelf: Shelf; readonly isPrivate?: boolean }[]): RunKept =>
  RunKept.of(
    parts.map((part) => ({ isPrivate: false, bornAt: 0, freshUntil: 1, ...part }) as unknown as Entry),
    false,
  );
const restricted = (decisions: readonly (readonly [string, Decision])[], more: object = {}): Authorisation => ({
  kind: "restricted",
  decisions: new Map(decisions),
  masked: [],
  ...more,
});
const nulls = restricted([["A.b", { effect: "null", policy: "p" }]]);
const obligations = [{ obligation: "log", policy: "p" }] as Authorisation["obligations"] & object;

const operation = operationOf("query($a: Int, $b: Int) { x(a: $a, b: $b) }");
const usual: AskedResponse = {
  operation,
  variables: { a: 1 },
  caller: callerOf("ada"),
  authorisation: { kind: "allowed" },
  keyGeneration: 0,
  headers: new Map(),
};
function open() {
  let number = 0;
  return new ResponseKeys(() => number++);
}

describe("the key of a whole answer", () => {
  it("is not known before the operation was answered", () => {
    const keys = open();
    expect(keys.keyOf(usual)).toBeUndefined();
    const learnt = keys.learn(usual, keptOf({ shelf: shelfOf("s") }));
    expect(keys.keyOf(usual)).toBe(learnt);
    expect(keys.keyOf({ ...usual, operation: operationOf("{ x }") })).toBeUndefined();
  });

  it("is one for all whom nothing tells apart", () => {
    const keys = open();
    const learnt = keys.learn(usual, keptOf({ shelf: shelfOf("s") }));
    for (const same of [
      { caller: callerOf("bob", "west") },
      { caller: anonymous },
      { variables: { a: 1, unknown: 2 } },
      { headers: new Map() },
      { keyGeneration: 7 },
      { authorisation: { kind: "allowed", isForAll: true } as const },
    ]) {
      expect(keys.keyOf({ ...usual, ...same }), JSON.stringify(same)).toBe(learnt);
    }
  });

  it("is another one for whatever an answer depends on", () => {
    const keys = open();
    keys.learn(usual, keptOf({ shelf: shelfOf("s") }));
    const other = operationOf("{ x }");
    keys.learn({ ...usual, operation: other, variables: {} }, keptOf({ shelf: shelfOf("s") }));
    const mask = (technique: "hash" | "redact", separation = ""): Authorisation =>
      restricted([["A.b", { effect: "mask", policy: "p", mask: { technique, separation } }]]);
    const all: Partial<AskedResponse>[] = [
      {},
      { operation: other },
      { variables: {} },
      { variables: { a: 2 } },
      { variables: { a: null } },
      { variables: { a: "1" } },
      { variables: { b: 1 } },
      { variables: { a: 1, b: 1 } },
      { variables: { a: 1, b: null } },
      { variables: { a: [1] } },
      { headers: new Map([["x", "1"]]) },
      { headers: new Map([["y", "1"]]) },
      { headers: new Map([["x", "2"]]) },
      { authorisation: nulls },
      { authorisation: restricted([["A.c", { effect: "null", policy: "p" }]]) },
      { authorisation: restricted([["A.b", { effect: "null", policy: "q" }]]) },
      { authorisation: restricted([["A.b", { effect: "deny", policy: "p", reason: "r" }]]) },
      { authorisation: mask("hash") },
      { authorisation: mask("hash", "care") },
      { authorisation: mask("redact") },
      { authorisation: mask("hash"), keyGeneration: 1 },
      { authorisation: { kind: "allowed", obligations } },
      { authorisation: { ...nulls, obligations } },
    ];
    const printed = all.map((change) => keys.keyOf({ ...usual, ...change }));
    expect(new Set(printed).size).toBe(all.length);
  });

  it("is equal for decisions that are equal, though not the same", () => {
    const keys = open();
    const learnt = keys.learn({ ...usual, authorisation: nulls }, keptOf({ shelf: shelfOf("s") }));
    expect(keys.keyOf({ ...usual, authorisation: structuredClone(nulls) })).toBe(learnt);
  });
});

describe("once an answer was made from what differs by caller", () => {
  it("its key tells those apart who get different parts", () => {
    const keys = open();
    const before = keys.learn(usual, keptOf({ shelf: shelfOf("plain") }));
    const east = keys.learn(usual, keptOf({ shelf: shelfOf("plain") }, { shelf: shelfOf("rows", true) }));
    // What was kept before it was known is not found any more.
    expect(east).not.toBe(before);
    expect(keys.keyOf(usual)).toBe(east);
    expect(keys.keyOf({ ...usual, caller: callerOf("bob") })).toBe(east);
    const west = { ...usual, caller: callerOf("bob", "west") };
    expect(keys.keyOf(west)).not.toBe(east);
    // Also of an answer that had no such part.
    expect(keys.learn(west, keptOf({ shelf: shelfOf("plain") }))).toBe(keys.keyOf(west));
    expect(keys.keyOf(usual)).toBe(east);
  });

  it("its key tells callers apart when a part is one caller's alone", () => {
    const keys = open();
    const before = keys.learn(usual, keptOf({ shelf: shelfOf("s") }));
    const ada = keys.learn(usual, keptOf({ shelf: shelfOf("s"), isPrivate: true }));
    expect(ada).not.toBe(before);
    expect(keys.keyOf({ ...usual, caller: structuredClone(usual.caller) })).toBe(ada);
    expect(keys.keyOf({ ...usual, caller: callerOf("bob") })).not.toBe(ada);
    expect(keys.keyOf({ ...usual, caller: callerOf("ada", "west") })).not.toBe(ada);
    expect(keys.keyOf({ ...usual, caller: { ...usual.caller, purpose: "care" } })).not.toBe(ada);
  });

  it("no other operation knows of it", () => {
    const keys = open();
    const other = { ...usual, operation: operationOf("{ x }") };
    keys.learn(usual, keptOf({ shelf: shelfOf("s", true), isPrivate: true }));
    const key = keys.learn(other, keptOf({ shelf: shelfOf("t") }));
    expect(keys.keyOf({ ...other, caller: callerOf("bob", "west") })).toBe(key);
  });
});
