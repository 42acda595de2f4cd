/**
 * What a supergraph says about the cost of its parts: `@cost` and `@listSize` (https://specs.apollo.dev/cost/v0.1, federation
 * 2.9 and later), under whatever names the subgraphs imported them. Composition has checked them and merged what several
 * subgraphs say: the highest weight and size count.
 */
import {
  type ConstDirectiveNode,
  type DocumentNode,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  valueFromASTUntyped,
} from "graphql";
import { linkedNames } from "#schema";

/** `@listSize` on a field that is a list, or whose object has lists. */
export interface ListSize {
  /** When no slicing argument says it. */
  readonly assumedSize: number | undefined;
  /** Arguments whose number is the size; a path (`filter.max`) leads into an input object. */
  readonly slicingArguments: readonly string[];
  /** Fields of the returned object that have the size, instead of the field itself. */
  readonly sizedFields: readonly string[];
  readonly requireOneSlicingArgument: boolean;
}

export interface CostDirectives {
  /** By coordinate: `Address`, `Query.book`, `Query.books(filter:)`, `BookFilter.text`. */
  readonly weights: ReadonlyMap<string, number>;
  /** By coordinate of the field. */
  readonly listSizes: ReadonlyMap<string, ListSize>;
}

const specification = {
  identity: "https://specs.apollo.dev/cost",
  versions: "v0\\.\\d+",
  directives: ["cost", "listSize"],
} as const;

/** A supergraph that links the specification nowhere has no weights: its own `@cost` is something else. */
export function readCostDirectives(supergraph: DocumentNode): CostDirectives {
  const names = linkedNames(supergraph, specification);
  const weights = new Map<string, number>();
  const listSizes = new Map<string, ListSize>();
  const read = (coordinate: string, directives: readonly ConstDirectiveNode[] | undefined): void => {
    for (const directive of directives ?? []) {
      const name = names.get(directive.name.value);
      if (name === "cost") {
        const { weight } = argumentsOf(directive);
        if (typeof weight === "number") weights.set(coordinate, weight);
      } else if (name === "listSize") listSizes.set(coordinate, readListSize(directive));
    }
  };
  for (const definition of names.size === 0 ? [] : supergraph.definitions) {
    if (!isTypeDefinitionNode(definition) && !isTypeExtensionNode(definition)) continue;
    const type = definition.name.value;
    read(type, definition.directives);
    for (const field of "fields" in definition ? (definition.fields ?? []) : []) {
      read(`${type}.${field.name.value}`, field.directives);
      for (const argument of "arguments" in field ? (field.arguments ?? []) : []) {
        read(`${type}.${field.name.value}(${argument.name.value}:)`, argument.directives);
      }
    }
  }
  return { weights, listSizes };
}

function readListSize(directive: ConstDirectiveNode): ListSize {
  const { assumedSize, slicingArguments, sizedFields, requireOneSlicingArgument } = argumentsOf(directive);
  return {
    assumedSize: typeof assumedSize === "number" ? assumedSize : undefined,
    slicingArguments: textsOf(slicingArguments),
    sizedFields: textsOf(sizedFields),
    requireOneSlicingArgument: requireOneSlicingArgument !== false,
  };
}

function argumentsOf(directive: ConstDirectiveNode): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    (directive.arguments ?? []).map((argument) => [argument.name.value, valueFromASTUntyped(argument.value)]),
  );
}

/** GraphQL reads a single value as a list of one. */
function textsOf(value: unknown): readonly string[] {
  return [value].flat().filter((text) => typeof text === "string");
}
