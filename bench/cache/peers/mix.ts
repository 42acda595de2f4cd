/** What a product page, a profile and a few lists ask for: five queries over entities that partly are the same. */
import { deepQuery, smallQuery } from "../../engine/shop.ts";

const product = "upc name price inStock shippingEstimate";

export const mixedBodies: readonly string[] = [
  { query: smallQuery },
  { query: deepQuery },
  { query: `query Top($first: Int!) { topProducts(first: $first) { ${product} } }`, variables: { first: 20 } },
  { query: `query Top($first: Int!) { topProducts(first: $first) { ${product} } }`, variables: { first: 10 } },
  {
    query: `query Profile($id: ID!) { user(id: $id) { name username reviews { body product { ${product} } } } }`,
    variables: { id: "u1" },
  },
].map((request) => JSON.stringify(request));

/** Each caller asks each query so often. */
export const timesEach = 2;

export interface MixedRequest {
  /** Positions. */
  readonly caller: number;
  readonly body: number;
}

/** Who asks what, in an order that is the same each time and looks like none. */
export function mix(callers: number): readonly MixedRequest[] {
  const requests = Array.from({ length: callers * mixedBodies.length * timesEach }, (_, index) => ({
    caller: index % callers,
    body: Math.floor(index / callers) % mixedBodies.length,
  }));
  // Numerical Recipes' generator and a shuffle by it (Fisher and Yates).
  let state = 7;
  for (let last = requests.length - 1; last > 0; last--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (last + 1));
    const [one, two] = [requests[last], requests[other]];
    if (one === undefined || two === undefined) continue;
    requests[last] = two;
    requests[other] = one;
  }
  return requests;
}
