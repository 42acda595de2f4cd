import { describe, expect, it } from "vitest";
import { Cancel } from "#http";
import { requestWith } from "../fixtures/subgraph-request.fixture.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import type { SubgraphResponse } from "./subgraph-client.ts";
import { type FailureReason, SubgraphFailure } from "./subgraph-failure.ts";
import { withCircuitBreaker } from "./with-circuit-breaker.ts";

/** A breaker that opens at the second end, if both are failures. */
function breaking(answer: () => SubgraphResponse) {
  const counts = { asked: 0, refused: 0 };
  const options = { failureRate: 1, minRequests: 2, windowMs: 1_000, openMs: 1_000 };
  const breaker = new CircuitBreaker(
    options,
    () => 0,
    () => undefined,
  );
  const client = withCircuitBreaker(
    {
      name: "orders",
      async execute() {
        counts.asked++;
        return answer();
      },
      close: () => Promise.resolve(),
    },
    breaker,
    () => counts.refused++,
  );
  const ask = () => client.execute(requestWith(), new Cancel());
  return { ask, breaker, counts };
}

const failWith = (error: unknown) => () => {
  throw error;
};

describe("withCircuitBreaker", () => {
  it("refuses at once, and says why, while the breaker is open", async () => {
    const { ask, breaker, counts } = breaking(failWith(new SubgraphFailure("orders", "unreachable")));
    await expect(ask()).rejects.toMatchObject({ reason: "unreachable" });
    await expect(ask()).rejects.toMatchObject({ reason: "unreachable" });
    expect(breaker.state).toBe("open");
    await expect(ask()).rejects.toMatchObject({
      reason: "circuit-open",
      code: "DOWNSTREAM_SERVICE_ERROR",
      message: 'Subgraph "orders" is not asked for now, since it failed too often',
    });
    expect(counts).toEqual({ asked: 2, refused: 1 });
  });

  const failure = (reason: FailureReason, status?: number) =>
    failWith(new SubgraphFailure("orders", reason, status === undefined ? {} : { status }));
  it.each<[string, () => SubgraphResponse]>([
    ["no connection", failure("unreachable")],
    ["a broken connection", failure("interrupted")],
    ["a timeout", failure("timeout")],
    ["status 500", failure("http-status", 500)],
    ["HTML", failure("media-type", 200)],
    ["broken JSON", failure("invalid-json")],
    ["no GraphQL response", failure("invalid-response")],
    ["a throw", failWith(new Error("mine"))],
  ])("counts as a failure: %s", async (_, answer) => {
    const { ask, breaker } = breaking(answer);
    await Promise.allSettled([ask(), ask()]);
    expect(breaker.state).toBe("open");
  });

  it.each<[string, () => SubgraphResponse]>([
    ["an answer", () => ({ data: {} })],
    ["an answer with errors", () => ({ data: null, errors: [{ message: "no" }] })],
    ["a request that was given up", failure("aborted")],
    ["more than the gateway takes", failure("too-large")],
    ["status 404", failure("http-status", 404)],
  ])("does not count as a failure: %s", async (_, answer) => {
    const { ask, breaker } = breaking(answer);
    await Promise.allSettled([ask(), ask(), ask()]);
    expect(breaker.state).toBe("closed");
  });
});
