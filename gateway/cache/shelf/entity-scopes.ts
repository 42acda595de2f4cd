/** What one entity depends on besides what its shelf does: it is known by every key whose values its representation has. */
import type { CacheFacts } from "../facts/cache-facts.ts";
import { readFirstField } from "../facts/first-field.ts";
import { keyValues } from "../facts/key-sets.ts";
import { printTag } from "../facts/tags.ts";
import * as scope from "../fence/scopes.ts";
import type { Shelf } from "./shelf.ts";

/** `types`: those of the selection, whose scopes everything on the shelf has. */
export function entityScopes(subgraph: string, types: readonly string[], facts: CacheFacts): Shelf["scopesOf"] {
  const ofType = (type: string): readonly string[] => (types.includes(type) ? [] : [scope.type(subgraph, type)]);
  /** By type and field: what to hold besides the entity, where the field is the type's only key. */
  const onlyKeys = new Map<string, readonly string[] | undefined>();
  const onlyKey = (type: string, field: string): readonly string[] | undefined => {
    const kind = `${type} ${field}`;
    if (!onlyKeys.has(kind)) {
      const [set, ...others] = facts.keys.get(type) ?? [];
      const isOnly = others.length === 0 && set?.fields.length === 1 && set.name === field;
      onlyKeys.set(kind, isOnly && !facts.tags.has(`${subgraph} ${type}`) ? ofType(type) : undefined);
    }
    return onlyKeys.get(kind);
  };

  return (representation) => {
    const first = readFirstField(representation);
    const also = first && onlyKey(first.type, first.field);
    if (first !== undefined && also !== undefined) {
      const own = scope.entity(subgraph, first.type, `${first.field} ${first.values}`);
      return also.length === 0 ? [own] : [...also, own];
    }
    // Written by ourselves.
    const object = JSON.parse(representation) as { readonly __typename?: unknown };
    const type = String(object.__typename);
    const names = [...ofType(type)];
    for (const set of facts.keys.get(type) ?? []) {
      const values = keyValues(set, object);
      names.push(
        values === undefined
          ? scope.otherKey(subgraph, type, set.name)
          : scope.entity(subgraph, type, `${set.name} ${values}`),
      );
    }
    for (const format of facts.tags.get(`${subgraph} ${type}`) ?? []) {
      const text = printTag(format, object);
      if (text !== undefined) names.push(scope.tag(subgraph, text));
    }
    return names;
  };
}
