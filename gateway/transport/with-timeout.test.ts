import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Cancel, type Cancellation } from "#http";
import { requestWith } from "../fixtures/subgraph-request.fixture.ts";
import type { SubgraphClient } from "./subgraph-client.ts";
import { withTimeout } from "./with-timeout.ts";

const request = requestWith();
const never = () => new Promise<never>(() => undefined);

function clientOf(execute: SubgraphClient["execute"]): SubgraphClient {
  return { name: "slow", execute, close: () => Promise.resolve() };
}

describe("withTimeout", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("fails with GATEWAY_TIMEOUT after its time and cancels the client underneath, even if that never answers", async () => {
    let cancellation: Cancellation | undefined;
    const client = withTimeout(
      clientOf((_, given) => {
        cancellation = given;
        return never();
      }),
      500,
    );
    const answering = expect(client.execute(request, new Cancel())).rejects.toMatchObject({
      reason: "timeout",
      code: "GATEWAY_TIMEOUT",
    });
    vi.advanceTimersByTime(499);
    expect(cancellation?.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    await answering;
    expect(cancellation).toMatchObject({ aborted: true, reason: { reason: "timeout" } });
  });

  it("gives every request its own time, whichever ends first", async () => {
    const answers = new Map<string, () => void>();
    const client = withTimeout(
      clientOf(({ query }) => new Promise((resolve) => answers.set(query, () => resolve({ data: { query } })))),
      500,
    );
    const ended: string[] = [];
    const ask = (query: string): Promise<void> =>
      client.execute(requestWith({ query }), new Cancel()).then(
        () => void ended.push(`${query} answered`),
        (error: { reason: string }) => void ended.push(`${query} ${error.reason}`),
      );
    const first = ask("first");
    vi.advanceTimersByTime(300);
    const second = ask("second");
    const third = ask("third");
    answers.get("second")?.();
    await second;
    vi.advanceTimersByTime(200);
    await first;
    vi.advanceTimersByTime(299);
    await Promise.resolve();
    expect(ended).toEqual(["second answered", "first timeout"]);
    vi.advanceTimersByTime(1);
    await third;
    expect(ended).toEqual(["second answered", "first timeout", "third timeout"]);
  });

  it("fails at once when the request is aborted, before or while it waits", async () => {
    const abort = new AbortController();
    const client = withTimeout(clientOf(never), 500);
    const answering = expect(client.execute(request, abort.signal)).rejects.toMatchObject({ reason: "aborted" });
    abort.abort();
    await answering;
    await expect(client.execute(request, abort.signal)).rejects.toMatchObject({ reason: "aborted" });
  });

  it("passes answers and failures on, and no timer outlives it", async () => {
    const fine = withTimeout(
      clientOf(() => Promise.resolve({ data: { a: 1 } })),
      500,
    );
    expect(await fine.execute(request, new Cancel())).toEqual({ data: { a: 1 } });
    const broken = withTimeout(
      clientOf(() => Promise.reject(new Error("mine"))),
      500,
    );
    await expect(broken.execute(request, new Cancel())).rejects.toThrow("mine");
    await fine.close();
    await broken.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
