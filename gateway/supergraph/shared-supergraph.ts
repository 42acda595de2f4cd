/**
 * The supergraph of a gateway that runs in several processes: read and composed in one of them, built and swapped in by
 * all of the others.
 *
 *   read ──▶ changed? ──▶ prepare: everybody builds ──all did──▶ commit: everybody swaps ──▶ current
 *                                └─ somebody cannot: nobody swaps, the old one stays
 *
 * Health, single flight and metrics of reloads are those of a gateway in one process (`reload.ts`).
 */
import { createHash } from "node:crypto";
import { parse } from "graphql";
import { type GatewayHealth, readHealth, type SubgraphHealth } from "../health.ts";
import type { Logger } from "../observability/logger.ts";
import { createMetrics } from "../observability/metrics.ts";
import type { MetricsData } from "../observability/sum-metrics.ts";
import { startPolling } from "./poll.ts";
import { readGraphs } from "./read-graphs.ts";
import { type ReadSupergraph, readSource } from "./read-source.ts";
import { createGenerationHolder, type HeldGeneration, type ReloadChanges, type ReloadResult } from "./reload.ts";
import type { SupergraphSource } from "./source.ts";

/** What everybody builds a generation from. */
export interface SharedGeneration<Rules> {
  readonly number: number;
  readonly read: ReadSupergraph;
  readonly rules: Rules;
}

/** Those who answer. For one generation, `prepare` comes first, then `commit`, and at the end `release`. */
export interface Followers<Rules> {
  /** Resolves when everybody has built it. Rejects with the reason of who could not; `release` follows. */
  prepare(generation: SharedGeneration<Rules>): Promise<void>;
  /** Resolves when nobody answers a new request from an older one any more. */
  commit(generation: SharedGeneration<Rules>): Promise<void>;
  /** Resolves when nobody has anything of it any more: its last request has ended, or it was never swapped in. */
  release(generation: SharedGeneration<Rules>): Promise<void>;
}

export interface SharedSupergraphOptions<Rules> {
  readonly source: SupergraphSource;
  /** Compared by identity: other rules are another generation. */
  readonly rules: Rules;
  readonly followers: Followers<Rules>;
  /** Reads the source again after so long; never by default. */
  readonly pollMs?: number | undefined;
  readonly logger: Logger;
  readonly now?: () => Date;
}

export interface SharedSupergraph<Rules> {
  /** Undefined once closed. */
  current(): SharedGeneration<Rules> | undefined;
  /** What is known here, and what the followers know of their subgraphs. */
  health(known: readonly (readonly SubgraphHealth[])[]): GatewayHealth;
  /** Of reading, composing and reloading, and of this process. */
  readMetrics(): Promise<MetricsData>;
  /** Never rejects: a failure is in the result and in health, and everybody keeps the old graph. */
  reload(changes?: ReloadChanges<Rules>): Promise<ReloadResult>;
  /** Resolves when every generation is released. */
  close(): Promise<void>;
}

interface Shared<Rules> extends SharedGeneration<Rules>, HeldGeneration {
  readonly since: Date;
}

/** Resolves once everybody serves the first supergraph; rejects with the reason when that cannot be. */
export async function createSharedSupergraph<Rules>(
  options: SharedSupergraphOptions<Rules>,
): Promise<SharedSupergraph<Rules>> {
  const { followers, logger, now = () => new Date() } = options;
  const metrics = createMetrics({ process: true });
  const holder = await createGenerationHolder<Shared<Rules>, Rules>({
    source: options.source,
    govern: options.rules,
    read: (source, previous) => readSource(source, { previous, sdlTimeoutMs: 5_000, maxSdlBytes: 10_000_000, metrics }),
    async build(number, read, rules) {
      const generation: Shared<Rules> = {
        number,
        read,
        rules,
        since: now(),
        supergraphHash: createHash("sha256").update(read.supergraphSdl).digest("hex"),
        subgraphs: readGraphs(parse(read.supergraphSdl, { noLocation: true }))
          .map(({ name }) => name)
          .sort(),
        supersede: () => followers.release(generation),
      };
      try {
        await followers.prepare(generation);
      } catch (error) {
        await followers.release(generation);
        throw error;
      }
      return generation;
    },
    activate: (next) => followers.commit(next),
    logger,
    metrics,
    now,
  });
  const polling = options.pollMs === undefined ? undefined : startPolling(() => holder.reload(), options.pollMs);

  return {
    current: holder.current,
    health: (known) => readHealth(holder, lastWords(known)),
    readMetrics: () => metrics.registry.getMetricsAsJSON(),
    reload: holder.reload,
    close() {
      polling?.stop();
      return holder.close();
    },
  };
}

/** What was heard of a subgraph last, whoever asked it. */
function lastWords(known: readonly (readonly SubgraphHealth[])[]): Parameters<typeof readHealth>[1] {
  const lastByName = new Map<string, { readonly at: Date; readonly state: ReturnType<Words["of"]> }>();
  for (const { name, state, at, reason = "" } of known.flat()) {
    if (at === undefined || (lastByName.get(name)?.at ?? at) > at) continue;
    if (state === "up") lastByName.set(name, { at, state: { state, at } });
    else if (state === "down") lastByName.set(name, { at, state: { state, at, reason } });
  }
  return {
    of(name) {
      const state = lastByName.get(name)?.state ?? { state: "unknown" };
      const circuit = worstCircuit(known.flat().filter((subgraph) => subgraph.name === name));
      return circuit === undefined ? state : { ...state, circuit };
    },
  };
}

/** Each process has circuit breakers of its own. */
function worstCircuit(known: readonly SubgraphHealth[]): SubgraphHealth["circuit"] {
  return known.some(({ circuit }) => circuit === "open") ? "open" : known.find(({ circuit }) => circuit)?.circuit;
}

type Words = Parameters<typeof readHealth>[1];
