/** Who declares what: the `@join__` directives of a supergraph (https://specs.apollo.dev/join/v0.5). */
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type InputObjectTypeDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  valueFromASTUntyped,
} from "graphql";
import { readGraphs } from "./read-graphs.ts";

/** Names of the subgraphs that declare a coordinate (`Order.total`, `OrderFilter.region`, `Region.WEST`), sorted. */
export type SubgraphsOf = (coordinate: string) => readonly string[];

/** Reads a supergraph once. An argument's coordinate (`Query.orders(first:)`) belongs to whom its field belongs to. */
export function readSubgraphsOf(supergraph: DocumentNode): SubgraphsOf {
  const graphs = new Map(readGraphs(supergraph).map(({ value, name }) => [value, name]));
  const byCoordinate = new Map<string, readonly string[]>();
  const add = (coordinate: string, directives: readonly ConstDirectiveNode[], directive: string): boolean => {
    const names = new Set<string>();
    for (const { name, arguments: args = [] } of directives) {
      if (name.value !== directive) continue;
      const read = Object.fromEntries(args.map((arg) => [arg.name.value, valueFromASTUntyped(arg.value)]));
      const graph = graphs.get(String(read.graph));
      // An external field is declared where it is used, not where it comes from.
      if (graph !== undefined && read.external !== true) names.add(graph);
    }
    if (names.size > 0) byCoordinate.set(coordinate, [...names].sort());
    return names.size > 0;
  };

  for (const definition of supergraph.definitions) {
    if (!declaresMembers(definition)) continue;
    const type = definition.name.value;
    add(type, definition.directives ?? [], "join__type");
    const isEnum = definition.kind === Kind.ENUM_TYPE_DEFINITION;
    for (const member of (isEnum ? definition.values : definition.fields) ?? []) {
      const coordinate = `${type}.${member.name.value}`;
      const own = add(coordinate, member.directives ?? [], isEnum ? "join__enumValue" : "join__field");
      // A member without a graph of its own comes from all that declare the type.
      if (!own) byCoordinate.set(coordinate, byCoordinate.get(type) ?? []);
    }
  }
  return (coordinate) => byCoordinate.get(coordinate.replace(/\(.*$/, "")) ?? [];
}

function declaresMembers(
  definition: DefinitionNode,
): definition is
  | ObjectTypeDefinitionNode
  | InterfaceTypeDefinitionNode
  | InputObjectTypeDefinitionNode
  | EnumTypeDefinitionNode {
  return (
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
    definition.kind === Kind.INTERFACE_TYPE_DEFINITION ||
    definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION ||
    definition.kind === Kind.ENUM_TYPE_DEFINITION
  );
}
