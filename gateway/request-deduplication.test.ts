import { describe, expect, it } from "vitest";
import type { Cancellation } from "#http";
import { anonymous, type Caller } from "#policies";
import type { PreparedOperation } from "./operation/prepared-operation.ts";
import { createRequestDeduplication, type ShareableRequest } from "./request-deduplication.ts";
import { MutationFence } from "./transport/flights.ts";

// Only these two are read.
const operation = (type: "query" | "mutation") => ({ type }) as PreparedOperation;
const query = operation("query");

interface Run {
  readonly signal: Cancellation;
  answer(text: string): void;
}

function holding() {
  const runs: Run[] = [];
  let shared = 0;
  const deduplication = createRequestDeduplication<{ text: string }>({
    fence: new MutationFence(),
    propagate: (headers) => new Map([...headers].filter(([name]) => name === "accept-language")),
    onShared: () => shared++,
  });
  const ask = (change: Partial<ShareableRequest> = {}) =>
    deduplication.share(
      {
        operation: query,
        variables: { first: 1 },
        caller: anonymous,
        decisions: undefined,
        headers: new Map([["accept-language", "en"]]),
        signal: new AbortController().signal,
        ...change,
      },
      (signal) => new Promise((resolve) => runs.push({ signal, answer: (text) => resolve({ text }) })),
    );
  return { ask, runs, shared: () => shared };
}

const ada: Caller = {
  principal: { id: "ada", kind: "user", roles: [], purposes: [], attributes: {} },
  purpose: undefined,
};

describe("identical queries under way", () => {
  it("are answered by one run, with one answer", async () => {
    const { ask, runs, shared } = holding();
    const headers = new Map([
      ["accept-language", "en"],
      ["user-agent", "another"],
    ]);
    const both = Promise.all([ask(), ask({ variables: { first: 1 }, headers })]);
    expect(runs.length).toBe(1);
    runs[0]?.answer("one");
    const [first, second] = await both;
    expect(first).toEqual({ text: "one" });
    expect(second).toBe(first);
    expect(shared()).toBe(1);
  });

  it.each<[string, Partial<ShareableRequest>]>([
    ["operation", { operation: operation("query") }],
    ["variables", { variables: { first: 2 } }],
    ["caller", { caller: ada }],
    ["decisions", { decisions: new Map() }],
    ["delivery", { inParts: true }],
    ["propagated headers", { headers: new Map([["accept-language", "de"]]) }],
  ])("are no such when they differ in their %s", async (_, change) => {
    const { ask, runs } = holding();
    const both = Promise.all([ask(), ask(change)]);
    expect(runs.length).toBe(2);
    runs[0]?.answer("one");
    runs[1]?.answer("other");
    expect(await both).toEqual([{ text: "one" }, { text: "other" }]);
  });

  it("go on when the client that asked first goes away, and end when all have", async () => {
    const { ask, runs } = holding();
    const [leader, follower] = [new AbortController(), new AbortController()];
    const gone = expect(ask({ signal: leader.signal })).rejects.toMatchObject({ code: "REQUEST_ABORTED" });
    const stays = ask({ signal: follower.signal });
    leader.abort();
    await gone;
    expect(runs[0]?.signal.aborted).toBe(false);
    runs[0]?.answer("one");
    expect(await stays).toEqual({ text: "one" });

    const alone = new AbortController();
    const leaves = expect(ask({ signal: alone.signal })).rejects.toMatchObject({ code: "REQUEST_ABORTED" });
    alone.abort();
    await leaves;
    expect(runs[1]?.signal.aborted).toBe(true);
  });

  it.each([false, true])(
    "never are mutations, and none joins a query from before one ended (in parts: %s)",
    async (inParts) => {
      const { ask, runs } = holding();
      const before = ask();
      const mutation = { operation: operation("mutation"), inParts };
      const mutations = [ask(mutation), ask(mutation)];
      expect(runs.length).toBe(3);
      runs[1]?.answer("written");
      await mutations[0];
      const after = ask();
      expect(runs.length).toBe(4);
      for (const [index, text] of ["old", "", "written too", "new"].entries()) runs[index]?.answer(text);
      expect(await Promise.all([before, mutations[1], after])).toEqual([
        { text: "old" },
        { text: "written too" },
        { text: "new" },
      ]);
    },
  );
});
