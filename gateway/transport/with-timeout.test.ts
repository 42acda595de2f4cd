import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { anonymous } from "#policies";
import type { SubgraphClient, SubgraphRequest } from "./subgraph-client.ts";
import { withTimeout } from "./with-timeout.ts";

const request = (signal = new AbortController().signal): SubgraphRequest => ({
  query: "{ a }",
  operationName: undefined,
  variables: {},
  caller: anonymous,
  headers: new Map(),
  signal,
});

function clientOf(execute: SubgraphClient["execute"]): SubgraphClient {
  return { name: "slow", execute, close: () => Promise.resolve() };
}

describe("withTimeout", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("fails with GATEWAY_TIMEOUT after its time and aborts the client underneath, even if that never answers", async () => {
    let signal: AbortSignal | undefined;
    const client = withTimeout(
      clientOf((given) => {
        signal = given.signal;
        return new Promise(() => undefined);
      }),
      500,
    );
    const answering = expect(client.execute(request())).rejects.toMatchObject({
      reason: "timeout",
      code: "GATEWAY_TIMEOUT",
    });
    vi.advanceTimersByTime(499);
    expect(signal?.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    await answering;
    expect(signal?.aborted).toBe(true);
  });

  it("fails at once when the request is aborted, before or while it waits", async () => {
    const abort = new AbortController();
    const client = withTimeout(
      clientOf(() => new Promise(() => undefined)),
      500,
    );
    const answering = expect(client.execute(request(abort.signal))).rejects.toMatchObject({ reason: "aborted" });
    abort.abort();
    await answering;
    await expect(client.execute(request(abort.signal))).rejects.toMatchObject({ reason: "aborted" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("passes answers and failures on and leaves no timer behind", async () => {
    const fine = withTimeout(
      clientOf(() => Promise.resolve({ data: { a: 1 } })),
      500,
    );
    expect(await fine.execute(request())).toEqual({ data: { a: 1 } });
    const broken = withTimeout(
      clientOf(() => Promise.reject(new Error("mine"))),
      500,
    );
    await expect(broken.execute(request())).rejects.toThrow("mine");
    expect(vi.getTimerCount()).toBe(0);
  });
});
