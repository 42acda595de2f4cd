/**
 * Measure against a planner fault: for the re-entry after `@requires` it takes the first `@key` of a type that needs no
 * external field, even one with `resolvable: false`; the subgraph then gets a representation that it cannot resolve and
 * answers null. With each graph's resolvable keys first, the first one is right.
 */
import { type ConstDirectiveNode, type DocumentNode, Kind, visit } from "graphql";

/** The same supergraph; only the order of `@join__type` applications differs. */
export function orderKeys(supergraph: DocumentNode): DocumentNode {
  const reorder = {
    enter<T extends { readonly directives?: readonly ConstDirectiveNode[] }>(node: T): T | undefined {
      const directives = node.directives ?? [];
      const joins = directives.filter((directive) => directive.name.value === "join__type");
      if (!joins.some(isUnresolvable)) return undefined;
      const ordered = [...joins.filter((join) => !isUnresolvable(join)), ...joins.filter(isUnresolvable)];
      let next = 0;
      return {
        ...node,
        directives: directives.map((directive) =>
          directive.name.value === "join__type" ? (ordered[next++] ?? directive) : directive,
        ),
      };
    },
  };
  return visit(supergraph, { ObjectTypeDefinition: reorder, InterfaceTypeDefinition: reorder });
}

function isUnresolvable(join: ConstDirectiveNode): boolean {
  return (join.arguments ?? []).some(
    ({ name, value }) => name.value === "resolvable" && value.kind === Kind.BOOLEAN && !value.value,
  );
}
