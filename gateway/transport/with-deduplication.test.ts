import { describe, expect, it } from "vitest";
import { Cancel, type Cancellation } from "#http";
import { anonymous, type Caller } from "#policies";
import { requestWith } from "../fixtures/subgraph-request.fixture.ts";
import { MutationFence } from "./flights.ts";
import type { SubgraphRequest, SubgraphResponse } from "./subgraph-client.ts";
import { SubgraphFailure } from "./subgraph-failure.ts";
import { withDeduplication } from "./with-deduplication.ts";

interface Sent {
  readonly request: SubgraphRequest;
  readonly cancellation: Cancellation;
  answer(response: SubgraphResponse): void;
  fail(error: Error): void;
}

/** A subgraph whose answers the test gives. */
function holding(fence = new MutationFence()) {
  const sent: Sent[] = [];
  let shared = 0;
  const client = withDeduplication(
    {
      name: "orders",
      execute: (request, cancellation) =>
        new Promise((resolve, reject) => {
          cancellation.addEventListener("abort", {
            handleEvent: () => reject(new SubgraphFailure("orders", "aborted")),
          });
          sent.push({ request, cancellation, answer: resolve, fail: reject });
        }),
      close: () => Promise.resolve(),
    },
    { fence, onShared: () => shared++ },
  );
  const ask = (change: Partial<SubgraphRequest> = {}, until = new Cancel()) =>
    client.execute(requestWith(change), until);
  const answer = (at: number, a: unknown): void => sent[at]?.answer({ data: { a: [a] } });
  return { ask, sent, answer, shared: () => shared };
}

const ada: Caller = {
  principal: { id: "ada", kind: "user", roles: ["analyst"], purposes: ["fraud"], attributes: { region: "north" } },
  purpose: "fraud",
};

describe("withDeduplication", () => {
  it("sends what is asked twice at the same time once, and what is asked afterwards again", async () => {
    const { ask, sent, answer, shared } = holding();
    const both = Promise.all([ask({ caller: ada }), ask({ caller: structuredClone(ada) })]);
    expect(sent.length).toBe(1);
    answer(0, 1);
    const [one, other] = await both;
    expect(one).toEqual({ data: { a: [1] } });
    expect(other).toEqual(one);
    expect(other.data?.a).not.toBe(one.data?.a);
    expect(shared()).toBe(1);

    const later = ask({ caller: ada });
    expect(sent.length).toBe(2);
    answer(1, 2);
    expect(await later).toEqual({ data: { a: [2] } });
  });

  const principal = ada.principal;
  it.each<[string, Partial<SubgraphRequest>]>([
    ["variables", { variables: { a: 2 } }],
    ["operation", { query: "query Q { b }" }],
    ["operation name", { operationName: "R" }],
    ["propagated headers", { headers: new Map([["accept-language", "de"]]) }],
    ["caller", { caller: anonymous }],
    ["principal", { caller: { ...ada, principal: { ...principal, id: "bob" } } }],
    ["kind of principal", { caller: { ...ada, principal: { ...principal, kind: "service" } } }],
    ["roles", { caller: { ...ada, principal: { ...principal, roles: [] } } }],
    ["purposes that may be declared", { caller: { ...ada, principal: { ...principal, purposes: [] } } }],
    ["attributes", { caller: { ...ada, principal: { ...principal, attributes: { region: "south" } } } }],
    ["purpose", { caller: { ...ada, purpose: undefined } }],
  ])("shares nothing between requests that differ in their %s", async (_, change) => {
    const { ask, sent, answer } = holding();
    const both = Promise.all([ask({ caller: ada }), ask({ caller: ada, ...change })]);
    expect(sent.length).toBe(2);
    answer(0, "first");
    answer(1, "second");
    expect((await both).map(({ data }) => data?.a)).toEqual([["first"], ["second"]]);
  });

  it("ends what one of several asked for that one alone, and the request when nobody is left", async () => {
    const { ask, sent, answer } = holding();
    const [first, second] = [new Cancel(), new Cancel()];
    const gone = expect(ask({}, first)).rejects.toMatchObject({ reason: "aborted" });
    const stays = ask({}, second);
    first.abort(undefined);
    await gone;
    expect(sent[0]?.cancellation.aborted).toBe(false);
    answer(0, 1);
    expect(await stays).toEqual({ data: { a: [1] } });

    const cancels = [new Cancel(), new Cancel()];
    const both = Promise.allSettled(cancels.map((cancel) => ask({}, cancel)));
    for (const cancel of cancels) cancel.abort(undefined);
    expect((await both).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(sent[1]?.cancellation.aborted).toBe(true);

    // Nobody joins what was given up.
    const next = ask();
    expect(sent.length).toBe(3);
    answer(2, 3);
    expect(await next).toEqual({ data: { a: [3] } });
  });

  it("gives all who share a request its failure, and asks anew afterwards", async () => {
    const { ask, sent, answer } = holding();
    const both = Promise.allSettled([ask(), ask()]);
    const failure = new SubgraphFailure("orders", "unreachable");
    sent[0]?.fail(failure);
    expect(await both).toEqual([
      { status: "rejected", reason: failure },
      { status: "rejected", reason: failure },
    ]);
    const next = ask();
    answer(1, 1);
    expect(await next).toEqual({ data: { a: [1] } });
  });

  it("never shares mutations", async () => {
    const { ask, sent, answer } = holding();
    const both = Promise.all([ask({ operationType: "mutation" }), ask({ operationType: "mutation" })]);
    expect(sent.length).toBe(2);
    answer(0, 0);
    answer(1, 1);
    expect((await both).map(({ data }) => data?.a)).toEqual([[0], [1]]);
  });

  it("lets no query join one that began before a mutation ended, of this subgraph or another", async () => {
    const fence = new MutationFence();
    const [orders, stock] = [holding(fence), holding(fence)];
    const before = orders.ask();
    const mutation = stock.ask({ operationType: "mutation" });
    const during = orders.ask();
    expect(orders.sent.length).toBe(1);
    stock.answer(0, "written");
    await mutation;

    const after = orders.ask();
    expect(orders.sent.length).toBe(2);
    orders.answer(1, "new");
    expect(await after).toEqual({ data: { a: ["new"] } });

    // The older request ends without taking the place of a younger one.
    const younger = orders.ask();
    orders.answer(0, "old");
    expect((await Promise.all([before, during])).map(({ data }) => data?.a)).toEqual([["old"], ["old"]]);
    const joins = orders.ask();
    expect(orders.sent.length).toBe(3);
    orders.answer(2, "newer");
    expect((await Promise.all([younger, joins])).map(({ data }) => data?.a)).toEqual([["newer"], ["newer"]]);
  });

  it("counts a mutation that failed as one that may have written", async () => {
    const { ask, sent, answer } = holding();
    const before = ask();
    const mutation = ask({ operationType: "mutation" });
    sent[1]?.fail(new SubgraphFailure("orders", "timeout"));
    await expect(mutation).rejects.toMatchObject({ reason: "timeout" });
    const after = ask();
    expect(sent.length).toBe(3);
    answer(0, "old");
    answer(2, "new");
    expect((await Promise.all([before, after])).map(({ data }) => data?.a)).toEqual([["old"], ["new"]]);
  });

  it("says that an answer is unchanged only to those who remember it", async () => {
    const { ask, sent } = holding();
    const bytes = Buffer.from('{"data":{"a":[1]}}');
    const remembering = [ask({ remembered: bytes }), ask({ remembered: Uint8Array.from(bytes) })];
    const others = [ask(), ask({ remembered: Buffer.from('{"data":{"a":[0]}}') })];
    expect(sent.length).toBe(1);
    sent[0]?.answer({ unchanged: true });
    for (const answer of await Promise.all(remembering)) expect(answer.unchanged).toBe(true);
    for (const answer of await Promise.all(others)) expect(answer).toEqual({ data: { a: [1] } });
  });

  it("gives who joins the answer even if who remembers it left", async () => {
    const { ask, sent } = holding();
    const cancel = new Cancel();
    const gone = ask({ remembered: Buffer.from('{"data":{"a":[1]}}') }, cancel).catch(() => "gone");
    const stays = ask();
    cancel.abort(undefined);
    sent[0]?.answer({ unchanged: true });
    expect(await gone).toBe("gone");
    expect(await stays).toEqual({ data: { a: [1] } });
  });
});
