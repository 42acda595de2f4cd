import type { MetricObject, Registry } from "prom-client";
import { createEventMetrics } from "../../cli/mesh/events/event-metrics.ts";
import { createMetrics } from "../../gateway/observability/metrics.ts";
import { code, type Page, page, table } from "./page.ts";

/** What `/metrics` shows of a gateway and of products, besides the values of the process. */
export async function metricsPage(): Promise<Page> {
  return page("metrics.md", "Metrics", "`gateway/observability/metrics.ts` and `cli/mesh/events/event-metrics.ts`", [
    "`GET /metrics` in the text format of Prometheus. Every label has a bounded number of values: subgraphs and " +
      "coordinates are those of the graph, client names are limited by `gateway.maxClients` (the rest is `other`). " +
      "`process_…` and `nodejs_…` are there besides: memory, CPU and event loop of the process.",
    table(["metric", "type", "labels", "meaning"], rowsOf(createMetrics().registry)),
    "Times are in seconds.",
    "## Products and their events",
    "Of a process that runs products, `datamesh serve` among them, and of a gateway that follows the event bus.",
    table(["metric", "type", "labels", "meaning"], rowsOf(createEventMetrics().registry)),
  ]);
}

/** The registry's own listing has no label names; the metrics themselves do. */
function rowsOf(registry: Registry): readonly (readonly string[])[] {
  return registry
    .getMetricsAsArray()
    .map((metric) => [code(metric.name), typeOf(metric), labelsOf(metric).map(code).join(", "), `${metric.help}.`])
    .sort(([left = ""], [right = ""]) => (left < right ? -1 : 1));
}

function typeOf(metric: MetricObject): string {
  // Declared as an enumeration; metrics have the word, or none.
  const { type } = metric as { readonly type?: unknown };
  return String(type ?? metric.constructor.name).toLowerCase();
}

function labelsOf(metric: MetricObject): readonly string[] {
  const { labelNames } = metric as { readonly labelNames?: readonly string[] };
  return labelNames ?? [];
}
