import { createShop, deepQuery, type Subgraph, smallQuery, wideQuery } from "./shop.ts";

export const contestants = ["apollo", "engine"] as const;
export type ContestantName = (typeof contestants)[number];

export const workloadNames = ["deep", "wide", "small"] as const;
export type WorkloadName = (typeof workloadNames)[number];

export interface Workload {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly shop: readonly Subgraph[];
  /** So many that a round takes about 0.1 s. */
  readonly requestsPerRound: Readonly<Record<ContestantName, number>>;
}

export function createWorkload(name: WorkloadName): Workload {
  const shop = createShop();
  switch (name) {
    case "deep":
      return { query: deepQuery, variables: {}, shop, requestsPerRound: { apollo: 20, engine: 300 } };
    case "wide":
      return { query: wideQuery, variables: { first: 1000 }, shop, requestsPerRound: { apollo: 20, engine: 100 } };
    case "small":
      return { query: smallQuery, variables: {}, shop, requestsPerRound: { apollo: 2000, engine: 10_000 } };
  }
}
