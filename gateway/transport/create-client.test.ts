import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { Cancel } from "#http";
import { json, serveSubgraph } from "../fixtures/http-subgraph.fixture.ts";
import { requestWith } from "../fixtures/subgraph-request.fixture.ts";
import { silentLogger } from "../observability/logger.ts";
import { createMetrics } from "../observability/metrics.ts";
import { createClientFactory, type TransportOptions } from "./create-client.ts";
import { MutationFence } from "./flights.ts";
import type { InProcessSubgraph } from "./in-process.ts";
import type { SubgraphClient } from "./subgraph-client.ts";
import type { SubgraphFailure } from "./subgraph-failure.ts";
import { createSubgraphStates } from "./subgraph-states.ts";

const ask = (client: SubgraphClient, a = 1) => client.execute(requestWith({ variables: { a } }), new Cancel());

function factory(options: Partial<TransportOptions> = {}) {
  const metrics = createMetrics();
  const states = createSubgraphStates(() => new Date());
  const lines: string[] = [];
  const line = (_: unknown, message: string): void => void lines.push(message);
  const create = createClientFactory(options, {
    metrics,
    states,
    logger: { ...silentLogger, warn: line, info: line },
    deduplication: { fence: new MutationFence() },
  });
  const values = async (name: string): Promise<Record<string, number>> => {
    const metric = await metrics.registry.getSingleMetric(name)?.get();
    return Object.fromEntries(
      (metric?.values ?? []).map(({ labels, value }) => [Object.values(labels).join(" "), value]),
    );
  };
  /** Of a histogram without regard to its labels. */
  const counted = async (name: string): Promise<number> => {
    const lines = (await metrics.registry.getSingleMetricAsString(name)).split("\n");
    const counts = lines
      .filter((text) => text.startsWith(`${name}_count`))
      .map((text) => Number(text.split(" ").at(-1)));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  const at = (url: string) => create({ name: "orders", url }, { routes: new Map() });
  const here = (subgraph: InProcessSubgraph) =>
    create(
      { name: subgraph.name, url: undefined },
      { routes: new Map([[subgraph.name, { kind: "in-process", subgraph }]]) },
    );
  return { at, here, values, counted, states, lines };
}

const breaker = { failureRate: 1, minRequests: 3, windowMs: 60_000, openMs: 60_000 };

describe("the client of a subgraph, with its wrappers", () => {
  it("asks again when a proxy says that nobody is there, and counts one request and one retry", async () => {
    let calls = 0;
    await using server = await serveSubgraph((_, response) => {
      if (calls++ === 0) response.writeHead(503, { "retry-after": "0" }).end();
      else json(response, { data: { a: 1 } });
    });
    const { at, values } = factory();
    const client = at(server.url);
    expect(await ask(client)).toMatchObject({ data: { a: 1 } });
    expect(await values("mesh_subgraph_fetch_retries_total")).toEqual({ "orders retried": 1 });
    expect(await values("mesh_subgraph_fetch_errors_total")).toEqual({});
    await client.close();
  });

  it("sends a failing subgraph no more retries than the budget lets", async () => {
    await using server = await serveSubgraph((_, response) => void response.writeHead(502).end());
    const { at, values } = factory({ retry: { maxRetries: 1, budget: 0 }, circuitBreaker: undefined });
    const client = at(server.url);
    const ended = await Promise.allSettled(Array.from({ length: 40 }, (_, a) => ask(client, a)));
    for (const { status } of ended) expect(status).toBe("rejected");
    const retries = await values("mesh_subgraph_fetch_retries_total");
    expect(retries["orders retried"]).toBeGreaterThanOrEqual(10);
    expect(retries["orders over-budget"]).toBeGreaterThan(0);
    expect(server.received.length).toBe(40 + (retries["orders retried"] ?? 0));
    await client.close();
  });

  it("stops asking a subgraph that keeps failing, in health, metrics and log, also for the next generation", async () => {
    await using server = await serveSubgraph((_, response) => void response.writeHead(500).end());
    const { at, values, states, lines } = factory({ circuitBreaker: breaker });
    const client = at(server.url);
    expect(await values("mesh_subgraph_circuit_state")).toEqual({ orders: 0 });
    expect(states.of("orders")).toEqual({ state: "unknown" });
    for (let a = 0; a < 3; a++) await expect(ask(client, a)).rejects.toMatchObject({ reason: "http-status" });

    expect(await values("mesh_subgraph_circuit_state")).toEqual({ orders: 2 });
    expect(states.of("orders")).toMatchObject({ state: "down", circuit: "open" });
    expect(lines).toEqual(["a subgraph fails too often: not asked for now"]);

    const next = at(server.url);
    await expect(ask(next)).rejects.toMatchObject({ reason: "circuit-open" });
    await expect(ask(client)).rejects.toMatchObject({ reason: "circuit-open" });
    expect(server.received.length).toBe(3);
    expect(await values("mesh_subgraph_circuit_refusals_total")).toEqual({ orders: 2 });
    // What was refused was no request: it is neither timed nor taken for news of the subgraph.
    expect((await values("mesh_subgraph_fetch_errors_total"))["orders DOWNSTREAM_SERVICE_ERROR"]).toBe(3);
    await Promise.all([client.close(), next.close()]);
  });

  it("asks a subgraph that was gone again once it is back, by one trial", async () => {
    const answer = (_: unknown, response: ServerResponse): void => json(response, { data: { a: 1 } });
    const first = await serveSubgraph(answer);
    const { at, states } = factory({ circuitBreaker: { ...breaker, failureRate: 0.5, openMs: 20 } });
    const client = at(first.url);
    expect(await ask(client)).toMatchObject({ data: { a: 1 } });
    await first[Symbol.asyncDispose]();
    for (let a = 0; states.of("orders").circuit !== "open"; a++) {
      await expect(ask(client, a)).rejects.toMatchObject({ reason: "unreachable" });
    }
    await using _second = await serveSubgraph(answer, Number(new URL(first.url).port));
    const reasons = new Set<string>();
    for (let isBack = false; !isBack; ) {
      isBack = await ask(client).then(
        () => true,
        (failure: SubgraphFailure) => !reasons.add(failure.reason),
      );
      await new Promise(setImmediate);
    }
    expect([...reasons].filter((reason) => reason !== "circuit-open")).toEqual([]);
    expect(states.of("orders")).toMatchObject({ state: "up" });
    expect(states.of("orders")).not.toHaveProperty("circuit");
    await client.close();
  });

  it("asks a subgraph at another address, whatever became of the old one", async () => {
    await using failing = await serveSubgraph((_, response) => void response.writeHead(500).end());
    await using fine = await serveSubgraph((_, response) => json(response, { data: { a: 1 } }));
    const { at, states } = factory({ circuitBreaker: breaker });
    const client = at(failing.url);
    for (let a = 0; a < 3; a++) await ask(client, a).catch(() => undefined);
    const moved = at(fine.url);
    expect(await ask(moved)).toMatchObject({ data: { a: 1 } });
    expect(states.of("orders")).toMatchObject({ state: "up" });
    expect(states.of("orders")).not.toHaveProperty("circuit");
    await Promise.all([client.close(), moved.close()]);
  });

  it("has time limits by name", async () => {
    const slow = (name: string): InProcessSubgraph => ({ name, execute: () => new Promise(() => undefined) });
    const { here } = factory({ timeoutMs: 60_000, timeoutMsBySubgraph: { slow: 20 } });
    await expect(ask(here(slow("slow")))).rejects.toMatchObject({ reason: "timeout", code: "GATEWAY_TIMEOUT" });
  });

  it("counts what is shared once as a request, and otherwise as shared", async () => {
    const answer = Promise.withResolvers<void>();
    const { here, values, counted } = factory();
    const client = here({
      name: "orders",
      async execute() {
        await answer.promise;
        return { data: { a: 1 } };
      },
    });
    const asking = [ask(client), ask(client), ask(client)];
    answer.resolve();
    await Promise.all(asking);
    expect(await values("mesh_subgraph_fetches_shared_total")).toEqual({ orders: 2 });
    expect(await counted("mesh_subgraph_fetch_duration_seconds")).toBe(1);
  });

  it("refuses a breaker that could never close or open", () => {
    const { at } = factory({ circuitBreaker: { ...breaker, windowMs: 0 } });
    expect(() => at("http://127.0.0.1:1/")).toThrow("circuitBreaker.windowMs must be above 0, not 0");
  });
});
