import type { MetricObject } from "prom-client";
import { createMetrics } from "../../gateway/observability/metrics.ts";
import { code, type Page, page, table } from "./page.ts";

/** What `/metrics` shows of a gateway, besides the values of the process. */
export async function metricsPage(): Promise<Page> {
  const { registry } = createMetrics();
  // The registry's own listing has no label names; the metrics themselves do.
  const rows = registry
    .getMetricsAsArray()
    .map((metric) => [code(metric.name), typeOf(metric), labelsOf(metric).map(code).join(", "), `${metric.help}.`])
    .sort(([left = ""], [right = ""]) => (left < right ? -1 : 1));
  return page("metrics.md", "Metrics", "`gateway/observability/metrics.ts`", [
    "`GET /metrics` in the text format of Prometheus. Every label has a bounded number of values: subgraphs and " +
      "coordinates are those of the graph, client names are limited by `gateway.maxClients` (the rest is `other`). " +
      "`process_…` and `nodejs_…` are there besides: memory, CPU and event loop of the process.",
    table(["metric", "type", "labels", "meaning"], rows),
    "Times are in seconds.",
  ]);
}

function typeOf(metric: MetricObject): string {
  return metric.constructor.name.toLowerCase();
}

function labelsOf(metric: MetricObject): readonly string[] {
  const { labelNames } = metric as { readonly labelNames?: readonly string[] };
  return labelNames ?? [];
}
