/** What is known of one subgraph: from its last fetch, or from why it is not there at all. */
type SubgraphState =
  | { readonly state: "unknown" }
  | { readonly state: "up"; readonly at: Date }
  | { readonly state: "down"; readonly at: Date; readonly reason: string };

/** Last word on every subgraph, for health. Bounded by the subgraphs that were ever composed. */
export interface SubgraphStates {
  answered(subgraph: string): void;
  failed(subgraph: string, reason: string): void;
  of(subgraph: string): SubgraphState;
}

/** Remembers, per subgraph, the last fetch that ended. */
export function createSubgraphStates(now: () => Date): SubgraphStates {
  const states = new Map<string, SubgraphState>();
  return {
    answered: (subgraph) => void states.set(subgraph, { state: "up", at: now() }),
    failed: (subgraph, reason) => void states.set(subgraph, { state: "down", at: now(), reason }),
    of: (subgraph) => states.get(subgraph) ?? { state: "unknown" },
  };
}
