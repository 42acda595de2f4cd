/** Shadow mode: what keeping would have brought, and how often what was kept would have been wrong. */
import type { GatewayMetrics } from "../observability/metrics.ts";
import type { Entry } from "./entry.ts";

export class Shadow {
  readonly #metrics: Pick<GatewayMetrics, "cacheShadow">;

  constructor(metrics: Pick<GatewayMetrics, "cacheShadow">) {
    this.#metrics = metrics;
  }

  /** What would have been served, and what the subgraph says now. */
  compare({ shelf, value }: Entry, fetched: Entry["value"]): void {
    const result = isSame(value, fetched) ? "hit" : "stale";
    this.#metrics.cacheShadow.inc({ subgraph: shelf.subgraph, result });
  }
}

/** As JSON; the order of an object's keys makes no difference. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    return (
      Array.isArray(one) &&
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((item, index) => isSame(item, other[index]))
    );
  }
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every(
      (key) =>
        Object.hasOwn(other, key) &&
        isSame((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]),
    )
  );
}
