/** When a whole answer is kept, found, made anew and given up: at the edges that a gateway hardly ever comes to. */
import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { anonymous } from "#policies";
import type { PreparedOperation } from "../../operation/prepared-operation.ts";
import { type Coherence, isolatedMs } from "../coherence/coherence.ts";
import type { Entry } from "../entry.ts";
import * as scope from "../fence/scopes.ts";
import { lookUp, type OpenCoreOptions, openCore } from "../open-core.fixture.ts";
import { plainShelf } from "../shelf/plain-shelf.fixture.ts";
import type { Shelf } from "../shelf/shelf.ts";
import { RunKept } from "../step/run-kept.ts";
import { ResponseCache } from "./response-cache.ts";
import type { AskedResponse } from "./response-key.ts";

// No more of an operation is read.
const operationOf = (text: string): PreparedOperation =>
  ({ definition: parse(text).definitions[0] }) as unknown as PreparedOperation;
const operation = operationOf("query($a: String) { x(a: $a) }");
const asked: AskedResponse = {
  operation,
  variables: {},
  caller: anonymous,
  authorisation: { kind: "allowed" },
  keyGeneration: 0,
  headers: new Map(),
};
const printed = (text = "{}") => ({ body: { at: () => Buffer.from(text) }, rows: undefined });

function open(options: OpenCoreOptions = {}) {
  const opened = openCore(options);
  const { core } = opened;
  const responses = new ResponseCache(core);
  /** An entry for each of the representations, as of now. */
  const fetch = (representations: readonly string[], shelf: Shelf = plainShelf(), cacheControl?: string): RunKept => {
    const { lookup, kept } = lookUp(core, shelf);
    const missing = representations.flatMap((each) => {
      lookup.find(0, each);
      return lookup.missing(0, each) ?? [];
    });
    const values = missing.map(() => ({ a: 1 }));
    lookup.begin(missing).keep({ values, cacheControl, age: undefined, about: undefined });
    return kept;
  };
  return {
    ...opened,
    responses,
    fetch,
    /** Keeps the answer of a run that fetches one entity. */
    make(text?: string, given: AskedResponse = asked) {
      const began = responses.begin();
      return responses.keep(given, began, fetch(["1"]), () => printed(text));
    },
    /** Whether the fence remembers anything for a fill that has not ended. */
    isUnderWay(): boolean {
      const began = core.fence.enter();
      core.fence.invalidate(["probe"]);
      core.fence.leave();
      return core.fence.share(["probe"], began) === undefined;
    },
  };
}

describe("a whole answer", () => {
  it("is found by what it was asked with, however strange that is", () => {
    const { responses, make } = open();
    expect(responses.find(asked)).toBeUndefined();
    const values = [undefined, null, "", "__proto__", 'a,"b"\n', "ü", "x".repeat(100_000)];
    const all = values.map((a) => ({ ...asked, variables: a === undefined ? {} : { a } }));
    const made = all.map((each, index) => make(String(index), each));
    expect(all.map((each) => responses.find(each))).toEqual(made);
    expect(new Set(made).size).toBe(values.length);
    expect(responses.find({ ...asked, variables: { a: "other" } })).toBeUndefined();
  });

  it("tells of its parts: when the oldest was born and the first ends, and whose data they are", () => {
    const { responses, fetch, advance } = open();
    const personal = plainShelf({
      id: "person",
      personal: ["contact"],
      subjects: { isPersonal: true, here: [], below: [] },
      subjectKeys: () => [["id", ["Person.id"]]],
    });
    const began = responses.begin();
    const early = fetch(['{"__typename":"Person","id":"ann"}'], personal);
    advance(1_000);
    const late = fetch(["1"], plainShelf({ hint: { maxAge: 10, isPrivate: false, limitedBy: "Order" } }));
    advance(500);
    const all = RunKept.of([...late.entries, ...early.entries, ...late.entries], false);
    const kept = responses.keep(asked, began, all, () => printed());
    expect(kept).toMatchObject({
      bornAt: 0,
      askedAt: 0,
      freshUntil: 11_000,
      refreshAt: 10_000,
      isShared: true,
      subjects: { known: [["Person.id", "ann"]], isPartial: false },
    });
  });

  it("has the tag of its bytes: the same for the same, another one for others", () => {
    const { make } = open();
    const [one, same, other] = [make("{}"), make("{}"), make("{ }")];
    expect(one?.etag).toMatch(/^W\/"[\w-]{22}"$/);
    expect(same?.etag).toBe(one?.etag);
    expect(other?.etag).not.toBe(one?.etag);
  });

  it("is not everybody's when a part is one caller's, or differs by caller", () => {
    const { responses, fetch } = open();
    const keep = (kept: RunKept) => responses.keep(asked, responses.begin(), kept, () => printed());
    const varying = plainShelf({ id: "v", variation: () => ({ name: "east", limitsRows: true }) });
    expect(keep(RunKept.of([...fetch(["1"]).entries, ...fetch(["1"], varying).entries], false))?.isShared).toBe(false);
    const own = fetch(["1"], plainShelf({ id: "own" }), "private, max-age=60");
    expect(keep(own)?.isShared).toBe(false);
  });

  it.each<[string, OpenCoreOptions, (opened: ReturnType<typeof open>) => RunKept | undefined]>([
    ["nobody says what it is made of", {}, () => undefined],
    ["it is made of nothing", {}, () => new RunKept()],
    ["a part may not be kept", {}, ({ fetch }) => RunKept.of(fetch(["1"]).entries, true)],
    ["a part is only compared", {}, ({ fetch }) => fetch(["1"], plainShelf({ mode: "shadow" }))],
    [
      "a part has come to its end meanwhile",
      {},
      ({ fetch, advance }) => {
        const kept = fetch(["1"]);
        advance(60_000);
        return kept;
      },
    ],
    [
      "a part was invalidated meanwhile",
      {},
      ({ fetch, core }) => {
        const kept = fetch(["1"]);
        core.fence.invalidate([scope.type("orders", "Order")]);
        return kept;
      },
    ],
    [
      "everything was invalidated meanwhile",
      {},
      ({ fetch, core }) => {
        const kept = fetch(["1"]);
        core.clear();
        return kept;
      },
    ],
    ["there is no room for whole answers", { responseBytes: 0 }, ({ fetch }) => fetch(["1"])],
  ])("is not kept where %s, and nothing is under way after it", (_, options, given) => {
    const opened = open(options);
    const began = opened.responses.begin();
    const kept = opened.responses.keep(asked, began, given(opened), () => printed());
    expect(kept === undefined || kept.isRetired).toBe(true);
    expect(opened.responses.find(asked)).toBeUndefined();
    expect(opened.isUnderWay()).toBe(false);
  });

  it("is kept when it is as large as one may be, and not when it is larger by one byte", () => {
    for (const [bytes, isKept] of [
      [999, true],
      [1_000, false],
    ] as const) {
      const { make } = open({ maxEntryBytes: 2 * 999 + "0".length });
      const plain = { ...asked, operation: operationOf("{ x }") };
      expect(make("x".repeat(bytes), plain) !== undefined).toBe(isKept);
    }
  });

  it("ends what it has begun also when it cannot be written", () => {
    const { responses, fetch, isUnderWay } = open();
    const began = responses.begin();
    const fail = (): never => {
      throw new Error("no text");
    };
    expect(() => responses.keep(asked, began, fetch(["1"]), fail)).toThrow("no text");
    expect(isUnderWay()).toBe(false);
    responses.begin();
    expect(isUnderWay()).toBe(true);
    responses.giveUp();
    expect(isUnderWay()).toBe(false);
  });

  it("depends on each of its parts up to so many, and beyond that on all that their subgraphs answer", () => {
    for (const [parts, ends] of [
      [62, "others live on"],
      [63, "everything goes"],
    ] as const) {
      const { responses, fetch, core } = open();
      const began = responses.begin();
      // Two scopes of the shelf besides.
      const names = Array.from({ length: parts }, (_, index) => String(index));
      responses.keep(asked, began, fetch(names), () => printed());
      core.fence.invalidate([scope.any("orders"), scope.entity("orders", "Order", "unknown")]);
      expect(responses.find(asked) !== undefined).toBe(ends === "others live on");
      core.fence.invalidate([scope.any("orders"), scope.entity("orders", "Order", "7")]);
      expect(responses.find(asked)).toBeUndefined();
    }
  });

  it("is made anew by one in a second, once it is asked for often and about to end", () => {
    const { responses, make, advance } = open();
    make();
    const find = (): string => {
      const found = responses.find(asked);
      return typeof found === "object" ? "kept" : (found ?? "none");
    };
    const finds = (times: number): readonly string[] => Array.from({ length: times }, find);
    advance(53_999);
    expect(new Set(finds(20))).toEqual(new Set(["kept"]));
    advance(1);
    expect(finds(3)).toEqual(["due", "kept", "kept"]);
    advance(999);
    expect(finds(2)).toEqual(["kept", "kept"]);
    advance(1);
    expect(finds(2)).toEqual(["due", "kept"]);
    advance(4_999);
    expect(find()).toBe("due");
    advance(1);
    expect(find()).toBe("none");
  });

  it("is not made anew for the few who ask", () => {
    const { responses, make, advance } = open();
    make();
    advance(54_000);
    const found = Array.from({ length: 8 }, () => responses.find(asked));
    expect(found.map((each) => each === "due")).toEqual([...Array.from({ length: 7 }, () => false), true]);
  });
});

describe("in a process that does not hear what others end, a whole answer", () => {
  it("is used for a moment, and kept as long as others remember that process", () => {
    const { core, responses, make, advance } = open();
    make();
    advance(isolatedMs - 1);
    let mayKeep = true;
    const deaf: Coherence = {
      isCurrent: () => false,
      mayKeep: () => mayKeep,
      announce: () => Promise.resolve({ isComplete: false, acknowledgedBy: 0 }),
      close: () => Promise.resolve(),
    };
    core.join(deaf);
    expect(responses.find(asked)).toBeDefined();
    advance(1);
    expect(responses.find(asked)).toBeUndefined();
    expect(make()).toBeDefined();
    expect(responses.find(asked)).toBeDefined();
    mayKeep = false;
    const entry = core.memory.values().next().value as Entry;
    const began = responses.begin();
    expect(responses.keep(asked, began, RunKept.of([entry], false), () => printed())).toBeUndefined();
  });
});
