import type { CacheFacts } from "../facts/cache-facts.ts";
import { keyValues } from "../facts/key-sets.ts";
import * as scope from "../fence/scopes.ts";
import type { Invalidated } from "./invalidated.ts";

const none: ReadonlySet<string> = new Set();

/** The scopes that are invalidated, as a graph with these facts knows them. */
export function scopesOf(invalidated: Invalidated, facts: CacheFacts): readonly string[] {
  switch (invalidated.kind) {
    case "all":
      return [scope.all, ...facts.subgraphs.flatMap(productScopes)];
    case "product":
      return productScopes(invalidated.product);
    case "otherVersions": {
      const { versions = none } = facts.products.get(invalidated.product) ?? {};
      const isOther = versions.size > 0 && !versions.has(invalidated.productVersion);
      return isOther ? productScopes(invalidated.product) : [];
    }
    case "type":
      return forEach(subgraphsOf(invalidated, facts), (subgraph) => [
        ...facts.relatedTypes(invalidated.type).map((type) => scope.type(subgraph, type)),
      ]);
    case "rows":
      return forEach([invalidated.product], (subgraph) => [
        scope.changes(subgraph),
        ...facts.relatedTypes(invalidated.type).map((type) => scope.type(subgraph, type)),
      ]);
    case "entity":
      return forEach(subgraphsOf(invalidated, facts), (subgraph) => [
        scope.changes(subgraph),
        ...entityScopes(subgraph, invalidated, facts),
      ]);
    case "tag":
      return forEach(invalidated.product === undefined ? facts.subgraphs : [invalidated.product], (subgraph) => [
        scope.tag(subgraph, invalidated.tag),
      ]);
  }
}

function productScopes(product: string): readonly string[] {
  return [scope.product(product), scope.any(product)];
}

/** Whatever else depends on a subgraph as a whole goes too. */
function forEach(subgraphs: readonly string[], scopes: (subgraph: string) => readonly string[]): readonly string[] {
  return subgraphs.flatMap((subgraph) => [scope.any(subgraph), ...scopes(subgraph)]);
}

function subgraphsOf(
  { type, product }: { readonly type: string; readonly product?: string | undefined },
  facts: CacheFacts,
): readonly string[] {
  if (product !== undefined) return [product];
  // A subgraph may know it by an interface alone (`@interfaceObject`).
  return [...new Set(facts.relatedTypes(type).flatMap((name) => facts.subgraphsOf(name)))];
}

/**
 * The entity by every key whose values are known. Where an interface stands for it, or it for an interface, it is meant by
 * both names; and what is kept without any of the known keys might be it.
 */
function entityScopes(
  subgraph: string,
  { type, key }: Extract<Invalidated, { kind: "entity" }>,
  facts: CacheFacts,
): readonly string[] {
  return facts.relatedTypes(type).flatMap((name) => {
    const sets = facts.keys.get(name) ?? [];
    const known = sets.flatMap((set) => {
      const values = keyValues(set, key);
      return values === undefined ? [] : [{ set, values }];
    });
    // Without a key that anybody asks by, any of the type may be meant.
    if (known.length === 0) return [scope.type(subgraph, name)];
    return [
      ...known.map(({ set, values }) => scope.entity(subgraph, name, `${set.name} ${values}`)),
      // Whatever is kept without one of the known keys might be it; one will do, since it is without all of them.
      ...known.slice(0, 1).map(({ set }) => scope.otherKey(subgraph, name, set.name)),
    ];
  });
}
