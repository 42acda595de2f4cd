import { type DocumentNode, Kind, valueFromASTUntyped } from "graphql";

/** One subgraph of a supergraph. */
export interface Graph {
  /** Its value of `enum join__Graph`, by which the `@join__` directives name it. */
  readonly value: string;
  readonly name: string;
  readonly url: string | undefined;
}

/** Reads `@join__graph` (https://specs.apollo.dev/join/v0.5); a value without one goes by its own name. */
export function readGraphs(supergraph: DocumentNode): readonly Graph[] {
  return supergraph.definitions.flatMap((definition) => {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== "join__Graph") return [];
    return (definition.values ?? []).map(({ name, directives = [] }): Graph => {
      const graph = directives.find((directive) => directive.name.value === "join__graph");
      const said = Object.fromEntries(
        (graph?.arguments ?? []).map((argument) => [argument.name.value, valueFromASTUntyped(argument.value)]),
      );
      return {
        value: name.value,
        name: typeof said.name === "string" ? said.name : name.value,
        url: typeof said.url === "string" && said.url !== "" ? said.url : undefined,
      };
    });
  });
}
