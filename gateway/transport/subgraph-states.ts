import type { CircuitState } from "./circuit-breaker.ts";

/** What is known of one subgraph: from its last fetch, or from why it is not there at all. */
type SubgraphState = { readonly circuit?: Exclude<CircuitState, "closed"> } & (
  | { readonly state: "unknown" }
  | { readonly state: "up"; readonly at: Date }
  | { readonly state: "down"; readonly at: Date; readonly reason: string }
);

/** Last word on every subgraph, for health. Bounded by the subgraphs that were ever composed. */
export interface SubgraphStates {
  answered(subgraph: string): void;
  failed(subgraph: string, reason: string): void;
  circuitChanged(subgraph: string, circuit: CircuitState): void;
  of(subgraph: string): SubgraphState;
}

/** Remembers, per subgraph, the last fetch that ended, and what its circuit breaker does unless that is closed. */
export function createSubgraphStates(now: () => Date): SubgraphStates {
  const states = new Map<string, SubgraphState>();
  const circuits = new Map<string, Exclude<CircuitState, "closed">>();
  return {
    answered: (subgraph) => void states.set(subgraph, { state: "up", at: now() }),
    failed: (subgraph, reason) => void states.set(subgraph, { state: "down", at: now(), reason }),
    circuitChanged(subgraph, circuit) {
      if (circuit === "closed") circuits.delete(subgraph);
      else circuits.set(subgraph, circuit);
    },
    of(subgraph) {
      const state = states.get(subgraph) ?? { state: "unknown" };
      const circuit = circuits.get(subgraph);
      return circuit === undefined ? state : { ...state, circuit };
    },
  };
}
