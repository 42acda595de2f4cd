import { describe, expect, it } from "vitest";
import { createMetrics, type GatewayMetrics } from "./metrics.ts";
import { addEnded, type MetricsData, sumMetrics } from "./sum-metrics.ts";

/** The metrics of one process in which something happened, as another process gets them. */
async function metricsOf(happen: (metrics: GatewayMetrics) => void, process = false): Promise<MetricsData> {
  const metrics = createMetrics({ process });
  happen(metrics);
  return structuredClone(await metrics.registry.getMetricsAsJSON());
}

const valuesOf = (body: string, name: string): readonly string[] =>
  body.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

const first = metricsOf((metrics) => {
  metrics.requests.inc({ type: "query", outcome: "ok" }, 2);
  metrics.requestSeconds.observe("query", 0.004);
  metrics.requestCounts.inFlight = 3;
  metrics.generationInfo.set({ generation: "7", supergraph: "abc" }, 1);
  metrics.liveGenerations.set(1);
}, true);
const second = metricsOf((metrics) => {
  metrics.requests.inc({ type: "query", outcome: "ok" }, 5);
  metrics.requests.inc({ type: "mutation", outcome: "failed" });
  metrics.requestSeconds.observe("query", 20);
  metrics.requestCounts.inFlight = 1;
  metrics.generationInfo.set({ generation: "7", supergraph: "abc" }, 1);
  metrics.liveGenerations.set(2);
}, true);

describe("the metrics of several processes", () => {
  it("are summed: counters, histograms and gauges that count", async () => {
    const { body, contentType } = await sumMetrics([
      { worker: "1", metrics: await first },
      { worker: "2", metrics: await second },
    ]);
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(valuesOf(body, "mesh_gateway_requests_total")).toEqual([
      'mesh_gateway_requests_total{type="query",outcome="ok"} 7',
      'mesh_gateway_requests_total{type="mutation",outcome="failed"} 1',
    ]);
    const histogram = "mesh_gateway_request_duration_seconds";
    expect(valuesOf(body, `${histogram}_count`)).toEqual([`${histogram}_count{type="query"} 2`]);
    expect(valuesOf(body, `${histogram}_sum`)).toEqual([`${histogram}_sum{type="query"} 20.004`]);
    const buckets = valuesOf(body, `${histogram}_bucket`).map((line) => Number(line.split(" ").at(-1)));
    expect([buckets.at(0), buckets.at(-1), buckets.toSorted((a, b) => a - b)]).toEqual([0, 2, buckets]);
    expect(valuesOf(body, "mesh_gateway_requests_in_flight")).toEqual(["mesh_gateway_requests_in_flight 4"]);
  });

  it("say once what is the same for all, and the most where a sum says nothing", async () => {
    const { body } = await sumMetrics([
      { worker: "1", metrics: await first },
      { worker: "2", metrics: await second },
    ]);
    const info = "mesh_supergraph_generation_info";
    expect(valuesOf(body, info)).toEqual([`${info}{generation="7",supergraph="abc"} 1`]);
    expect(valuesOf(body, "mesh_supergraph_generations_live")).toEqual(["mesh_supergraph_generations_live 2"]);
  });

  it("name the process where they speak of one alone", async () => {
    const { body } = await sumMetrics([
      { worker: "primary", metrics: await first },
      { worker: "1", metrics: await second },
    ]);
    for (const name of [
      "process_resident_memory_bytes",
      "nodejs_eventloop_lag_seconds",
      "process_start_time_seconds",
    ]) {
      const labels = valuesOf(body, name).map((line) => /worker="([^"]+)"/.exec(line)?.[1]);
      expect([name, labels]).toEqual([name, ["primary", "1"]]);
    }
  });

  it("never fall when a process ends: what it counted stays, what it was doing does not", async () => {
    const ended = await addEnded(await addEnded([], await first), await second);
    const { body } = await sumMetrics([
      { worker: "ended", metrics: ended },
      { worker: "1", metrics: await first },
    ]);
    expect(valuesOf(body, "mesh_gateway_requests_total")[0]).toBe(
      'mesh_gateway_requests_total{type="query",outcome="ok"} 9',
    );
    const count = "mesh_gateway_request_duration_seconds_count";
    expect(valuesOf(body, count)).toEqual([`${count}{type="query"} 3`]);
    expect(valuesOf(body, "mesh_gateway_requests_in_flight")).toEqual(["mesh_gateway_requests_in_flight 3"]);
    expect(valuesOf(body, "process_resident_memory_bytes")).toHaveLength(1);
  });
});
