/** What is asked. The same graph and the same rows for all: `../engine/shop.ts`. */
import { deepQuery, smallQuery, wideQuery } from "../engine/shop.ts";

export const workloadNames = ["deep", "deep-changing", "wide", "wide-changing", "small", "mutation"] as const;
export type WorkloadName = (typeof workloadNames)[number];

export interface Workload {
  readonly name: WorkloadName;
  readonly what: string;
  /** The JSON of the whole GraphQL request. */
  readonly body: string;
  /**
   * Whether names are others in every answer of a subgraph. Where they are not, a gateway may know an answer's bytes again
   * and spare itself the work it did for them before.
   */
  readonly rowsChange: boolean;
  /** For latencies at a fixed arrival rate: what the slowest contestant can still answer with one core. */
  readonly perSecond: number;
}

const addReview = `mutation AddReview($upc: String!, $body: String!) {
  addReview(upc: $upc, body: $body) { id body author { name username } product { upc name price } }
}`;

const deep = {
  what: "four subgraphs, five levels, few entities that repeat",
  body: JSON.stringify({ query: deepQuery }),
  perSecond: 40,
} as const;
const wide = {
  what: "two subgraphs, 1,000 entities, none repeated",
  body: JSON.stringify({ query: wideQuery, variables: { first: 1000 } }),
  perSecond: 40,
} as const;

export const workloads: Readonly<Record<WorkloadName, Workload>> = {
  deep: { name: "deep", ...deep, rowsChange: false },
  "deep-changing": {
    name: "deep-changing",
    ...deep,
    what: `${deep.what}; every subgraph answer is new`,
    rowsChange: true,
  },
  wide: { name: "wide", ...wide, rowsChange: false },
  "wide-changing": {
    name: "wide-changing",
    ...wide,
    what: `${wide.what}; every subgraph answer is new`,
    rowsChange: true,
  },
  small: {
    name: "small",
    what: "one subgraph, one entity",
    body: JSON.stringify({ query: smallQuery }),
    rowsChange: false,
    perSecond: 400,
  },
  mutation: {
    name: "mutation",
    what: "a mutation and two entity fetches",
    body: JSON.stringify({ query: addReview, variables: { upc: "p1", body: "sturdy" } }),
    rowsChange: false,
    perSecond: 200,
  },
};

/** Operation `number` of any many that nobody has sent before: the deep query with other names and another selection. */
export function neverSeen(number: number): string {
  const query = deepQuery
    .replace("query Deep", `query Deep${number}`)
    .replace("{ id body }", `{ id body${number}: body }`)
    .replace("inStock name price", number % 2 === 0 ? "inStock name" : "inStock price")
    .replace("id username name", number % 3 === 0 ? "id name" : "id username name");
  return JSON.stringify({ query });
}
