import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Cancel } from "#http";
import { requestWith } from "../fixtures/subgraph-request.fixture.ts";
import { RetryBudget } from "./retry-budget.ts";
import type { SubgraphResponse } from "./subgraph-client.ts";
import { type FailureReason, SubgraphFailure } from "./subgraph-failure.ts";
import { withRetry } from "./with-retry.ts";
import { withTimeout } from "./with-timeout.ts";

const fine: SubgraphResponse = { data: { a: 1 } };
const unreachable = () => new SubgraphFailure("orders", "unreachable");
const status = (code: number, retryAfterMs?: number) =>
  new SubgraphFailure("orders", "http-status", { status: code, retryAfterMs });

/** A subgraph that fails with these, one after another, and is fine then. Every wait takes half of its most. */
function failing(failures: readonly Error[], { maxRetries = 1, burst = 10 } = {}) {
  let tries = 0;
  const outcomes: string[] = [];
  const client = withRetry(
    {
      name: "orders",
      execute: async () => {
        const failure = failures[tries++];
        if (failure !== undefined) throw failure;
        return fine;
      },
      close: () => Promise.resolve(),
    },
    {
      maxRetries,
      budget: new RetryBudget({ share: 0, perSecond: 0, burst }, () => 0),
      onRetry: (outcome) => outcomes.push(outcome),
      random: () => 0.5,
    },
  );
  return { client, outcomes, tries: () => tries };
}

const mutation = requestWith({ operationType: "mutation" });

describe("withRetry", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    ["nobody answers", unreachable()],
    ["a proxy says 502", status(502)],
    ["a proxy says 503", status(503)],
    ["a proxy says 504", status(504)],
  ])("asks once more when %s", async (_, failure) => {
    const { client, tries, outcomes } = failing([failure]);
    const asking = client.execute(requestWith(), new Cancel());
    await vi.advanceTimersByTimeAsync(24);
    expect(tries()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await asking).toBe(fine);
    expect(tries()).toBe(2);
    expect(outcomes).toEqual(["retried"]);
  });

  it("passes on the last failure, after as many tries as it may make, each after a longer wait", async () => {
    const last = status(503);
    const { client, tries } = failing([unreachable(), unreachable(), last], { maxRetries: 2 });
    const asking = expect(client.execute(requestWith(), new Cancel())).rejects.toBe(last);
    await vi.advanceTimersByTimeAsync(25);
    expect(tries()).toBe(2);
    await vi.advanceTimersByTimeAsync(49);
    expect(tries()).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    await asking;
    expect(tries()).toBe(3);
  });

  it("sends a mutation once", async () => {
    const { client, tries } = failing([unreachable()]);
    await expect(client.execute(mutation, new Cancel())).rejects.toMatchObject({ reason: "unreachable" });
    expect(tries()).toBe(1);
  });

  const final = [
    "interrupted",
    "timeout",
    "aborted",
    "media-type",
    "too-large",
    "invalid-json",
    "invalid-response",
    "circuit-open",
    "internal",
  ] as const satisfies readonly FailureReason[];
  it.each([
    ...final.map((reason) => [reason, new SubgraphFailure("orders", reason)] as const),
    ["status 500", status(500)] as const,
    ["status 404", status(404)] as const,
    ["an error that is no failure", new Error("mine")] as const,
  ])("leaves it at one try for what another would not help: %s", async (_, failure) => {
    const { client, tries } = failing([failure]);
    await expect(client.execute(requestWith(), new Cancel())).rejects.toBe(failure);
    expect(tries()).toBe(1);
  });

  it("waits as long as the subgraph asks for, if that is not long", async () => {
    const short = failing([status(503, 1_000)]);
    const asking = short.client.execute(requestWith(), new Cancel());
    await vi.advanceTimersByTimeAsync(1_024);
    expect(short.tries()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await asking).toBe(fine);

    const long = failing([status(503, 60_000)]);
    await expect(long.client.execute(requestWith(), new Cancel())).rejects.toMatchObject({ status: 503 });
    expect(long.tries()).toBe(1);
  });

  it("does not ask again when the budget is used up", async () => {
    const failures = Array.from({ length: 6 }, unreachable);
    const { client, tries, outcomes } = failing(failures, { burst: 2 });
    for (let request = 0; request < 4; request++) {
      const asking = client.execute(requestWith(), new Cancel()).catch(() => undefined);
      await vi.advanceTimersByTimeAsync(100);
      await asking;
    }
    expect(tries()).toBe(6);
    expect(outcomes).toEqual(["retried", "retried", "over-budget", "over-budget"]);
  });

  it("does not ask again for what was given up while it waited", async () => {
    const { client, tries } = failing([unreachable()]);
    const cancel = new Cancel();
    const asking = expect(client.execute(requestWith(), cancel)).rejects.toMatchObject({ reason: "unreachable" });
    await vi.advanceTimersByTimeAsync(10);
    cancel.abort(undefined);
    await asking;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(tries()).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has no more time for all tries than a timeout around it gives", async () => {
    const { client, tries } = failing([status(503, 2_000)]);
    const timed = withTimeout(client, 1_500);
    const asking = expect(timed.execute(requestWith(), new Cancel())).rejects.toMatchObject({ reason: "timeout" });
    await vi.advanceTimersByTimeAsync(1_500);
    await asking;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(tries()).toBe(1);
  });
});
