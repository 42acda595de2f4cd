/**
 * The metrics of a gateway that runs in several processes, as one page: counters and histograms are summed, gauges too
 * unless they say otherwise (`aggregator`), and what speaks of one process alone (`process_…`, `nodejs_…`) gets the
 * process as a label.
 */
import { AggregatorRegistry, type PrometheusContentType } from "prom-client";
import type { GatewayMetrics } from "./metrics.ts";

/** What a registry holds at one moment. Plain data: it crosses between processes. */
export type MetricsData = Awaited<ReturnType<GatewayMetrics["registry"]["getMetricsAsJSON"]>>;

export interface MetricsPart {
  /** Value of the label `worker`. */
  readonly worker: string;
  readonly metrics: MetricsData;
}

/** Prometheus' text format, and its content type. */
export async function sumMetrics(
  parts: readonly MetricsPart[],
): Promise<{ readonly contentType: string; readonly body: string }> {
  const labelled = parts.map(({ worker, metrics }) =>
    metrics.map((metric) => (speaksOfProcess(metric) ? withWorker(metric, worker) : metric)),
  );
  const registry = AggregatorRegistry.aggregate<PrometheusContentType>(labelled);
  return { contentType: registry.contentType, body: await registry.metrics() };
}

/**
 * What stays of processes that have ended: their counters and histograms, since a sum that falls would be read as a
 * restart of all.
 */
export async function addEnded(ended: MetricsData, metrics: MetricsData): Promise<MetricsData> {
  const counting = metrics.filter((metric) => !speaksOfProcess(metric) && counts.has(String(metric.type)));
  return AggregatorRegistry.aggregate<PrometheusContentType>([ended, counting]).getMetricsAsJSON();
}

const counts: ReadonlySet<string> = new Set(["counter", "histogram"]);

function speaksOfProcess({ name }: MetricsData[number]): boolean {
  return name.startsWith("process_") || name.startsWith("nodejs_");
}

function withWorker(metric: MetricsData[number], worker: string): MetricsData[number] {
  const values = metric.values.map((value) => ({ ...value, labels: { ...value.labels, worker } }));
  // No two processes share the label, so that there is nothing to aggregate (and nothing to leave out, as some say).
  return { ...metric, values, aggregator: "first" };
}
