/** What an operator is told: whether to send requests, and what is wrong with whom. */
import type { Generation } from "./supergraph/generation.ts";
import type { GenerationHolder, HeldGeneration, ReloadFailure } from "./supergraph/reload.ts";
import type { SubgraphStates } from "./transport/subgraph-states.ts";

export interface GatewayHealth {
  readonly live: boolean;
  /** A generation serves. A later reload that failed and a subgraph that is down leave the gateway ready. */
  readonly ready: boolean;
  readonly generation: { readonly number: number; readonly supergraph: string; readonly since: Date } | undefined;
  /** One per known product, sorted by name. */
  readonly subgraphs: readonly SubgraphHealth[];
  readonly lastReloadFailure: ReloadFailure | undefined;
}

export interface SubgraphHealth {
  readonly name: string;
  /**
   * `up`, `down`: from the last fetch. `unknown`: not asked yet. `absent`: known, but not in the graph.
   * `remembered`: in the graph as it last described itself; it did not answer when the graph was composed.
   */
  readonly state: "up" | "down" | "unknown" | "absent" | "remembered";
  readonly reason?: string;
  /** When the last fetch ended. */
  readonly at?: Date;
  /** While its circuit breaker is not closed: it is not asked, or only by way of trial. */
  readonly circuit?: "open" | "half-open";
}

type KnownGeneration = HeldGeneration & Pick<Generation, "since">;
type Known = Pick<GenerationHolder<KnownGeneration>, "lastRead" | "lastFailure"> & {
  current(): KnownGeneration | undefined;
};

/** Reads, never asks: answering costs no subgraph anything. */
export function readHealth(holder: Known, states: Pick<SubgraphStates, "of">): GatewayHealth {
  const generation = holder.current();
  return {
    live: true,
    ready: generation !== undefined,
    generation:
      generation === undefined
        ? undefined
        : { number: generation.number, supergraph: generation.supergraphHash.slice(0, 12), since: generation.since },
    subgraphs: generation === undefined ? [] : readSubgraphs(generation, holder, states),
    lastReloadFailure: holder.lastFailure(),
  };
}

function readSubgraphs(
  generation: KnownGeneration,
  holder: Known,
  states: Pick<SubgraphStates, "of">,
): readonly SubgraphHealth[] {
  const { unavailable, remembered } = holder.lastRead();
  const notAnswering = new Map(remembered.map(({ name, reason }) => [name, reason]));
  const present = generation.subgraphs.map((name): SubgraphHealth => {
    const state = states.of(name);
    const reason = notAnswering.get(name);
    if (state.state === "unknown" && reason !== undefined) return { name, state: "remembered", reason };
    return { name, ...state };
  });
  const absent = unavailable
    .filter(({ name }) => !generation.subgraphs.includes(name))
    .map(({ name, reason }): SubgraphHealth => ({ name, state: "absent", reason }));
  return [...present, ...absent].sort((a, b) => (a.name < b.name ? -1 : 1));
}
