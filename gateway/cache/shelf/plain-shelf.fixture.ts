/** A shelf of entities `Order` that everybody sees alike, for tests of what is kept on one. */
import * as scope from "../fence/scopes.ts";
import { fieldOf as sharedFieldOf } from "../shared/stored-names.ts";
import type { Shelf } from "./shelf.ts";

export function plainShelf(given: Partial<Shelf> = {}): Shelf {
  const { subgraph = "orders", id = "order" } = given;
  const scopes = given.scopes ?? [scope.product(subgraph), scope.type(subgraph, "Order")];
  const fieldOf = (each: string): string =>
    sharedFieldOf(each, { hasPersonalKey: () => false, hasPersonalTag: () => false });
  return {
    id,
    prefix: `${id}\n`,
    subgraph,
    title: "Order",
    mode: "on",
    variables: [],
    hint: { maxAge: 60, isPrivate: false, limitedBy: "Order" },
    objective: undefined,
    objectiveSpeaks: true,
    isExpected: true,
    isProduct: true,
    namesPersons: false,
    personal: [],
    subjects: { isPersonal: false, here: [], below: [] },
    subjectKeys: () => [],
    variation: undefined,
    scopes,
    sharedFields: scopes.map(fieldOf),
    fieldOf,
    keyedTypes: ["Order"],
    scopesOf: (representation) => [scope.entity(subgraph, "Order", representation)],
    learnt: { isPrivate: false, hasKept: false, lastRefusal: undefined },
    ...given,
  };
}
