import type { GatewayHealth } from "#gateway";
import type { Readiness } from "#http";
import type { ProductStatus } from "#platform";
import type { LoadedMesh } from "./load-mesh.ts";

/**
 * What `/health/ready` says: ready while a graph is loaded and at least one product serves. A product that failed, a
 * manifest that could not be read and a reload that failed are named with their reasons, and do not make it unready.
 */
export function readMeshReadiness(
  health: GatewayHealth,
  statuses: readonly ProductStatus[],
  { broken }: Pick<LoadedMesh, "broken">,
  /** Why the documents as they are now were not taken over, if they were not. */
  refused?: string,
): Readiness {
  const here = statuses.map(({ product, state, engine, version, publishedAt, rows, quarantined, reason }) => ({
    name: product,
    state,
    engine,
    version,
    publishedAt,
    rows: Object.fromEntries(rows),
    quarantined,
    ...(reason === undefined ? {} : { reason }),
  }));
  const names = new Set(here.map(({ name }) => name));
  const elsewhere = health.subgraphs.filter(({ name }) => !names.has(name));
  const unreadable = [...broken].map(([name, findings]) => ({
    name,
    state: "failed",
    reason: { code: "MANIFEST_INVALID", message: findings[0]?.message ?? "The manifest cannot be used." },
  }));

  const reasons = [
    ...here.flatMap(({ name, reason }) => (reason === undefined ? [] : [`${name}: ${reason.message}`])),
    ...unreadable.map(({ name, reason }) => `${name}: ${reason.message}`),
    ...elsewhere.flatMap(({ name, state, reason }) =>
      state === "up" || state === "unknown" ? [] : [`${name}: ${reason ?? state}`],
    ),
    ...health.subgraphs.flatMap(({ name, circuit }) =>
      circuit === undefined
        ? []
        : [`${name}: failed too often and is not asked for now (its circuit breaker is ${circuit})`],
    ),
    ...(refused === undefined ? [] : [`the changed documents are not served: ${refused}`]),
    ...(health.lastReloadFailure === undefined ? [] : [`the last reload failed: ${health.lastReloadFailure.reason}`]),
  ];
  const anyServes = elsewhere.length > 0 || here.some(({ state }) => state === "serving" || state === "refreshing");
  return {
    ready: health.ready && anyServes,
    reasons,
    details: {
      generation: health.generation,
      products: [...here, ...elsewhere, ...unreadable].sort((a, b) => (a.name < b.name ? -1 : 1)),
    },
  };
}
