/** SDL of a subgraph or a supergraph → what policies can know of each of its fields. */
import {
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  type InterfaceTypeExtensionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  print,
  valueFromASTUntyped,
} from "graphql";
import { type MeshDirectives, readMeshDirectives } from "#schema";
import { createDemands } from "./access-directives.ts";
import type { GovernedCoordinate } from "./decision.ts";
import { type FederationDirective, federationNames } from "./federation-names.ts";
import { createMadeFrom } from "./made-from.ts";
import { indexTypes, type TypeIndex } from "./type-index.ts";

interface Product {
  readonly name: string;
  readonly domain: string;
  readonly tags?: readonly string[];
}

/**
 * Guarantees an entry for every field of every object and interface type, the federation's own aside; several entries
 * where several products resolve the field, one for each. What is personal or classified is the strictest view of all
 * subgraphs that speak about the field. A field takes from its type what it does not say itself, and its classification
 * is at least the type's. What the schema asks of readers and what a field is made from is read as well.
 *
 * @param fallback the product of fields for which the document names none.
 */
export function readGovernedCoordinates(
  document: DocumentNode,
  fallback: Product = { name: "", domain: "" },
): readonly GovernedCoordinate[] {
  const directives = readMeshDirectives(document);
  const productByName = new Map(
    [...directives.values()].flatMap(({ products }) => products).map((it) => [it.name, it]),
  );
  const graphByEnumValue = readGraphs(document);
  const names = federationNames(document);
  const types = indexTypes(document);
  const demandsOf = createDemands(types, names);
  const madeFrom = createMadeFrom(types, names, (coordinate) => directives.get(coordinate)?.derived ?? []);

  const productsOf = (definition: DefinitionWithFields, field: FieldDefinitionNode): readonly Product[] => {
    const type = definition.name.value;
    const own = directives.get(`${type}.${field.name.value}`)?.products ?? [];
    if (own.length > 0) return own;
    // In a supergraph, the subgraph that resolves the field is the product, whatever else the type belongs to.
    const graphs = graphsOf(field, "join__field", graphByEnumValue);
    if (graphs.length > 0) return graphs.map((name) => productByName.get(name) ?? { name, domain: "" });
    const ofType = directives.get(type)?.products ?? [];
    if (ofType.length > 0) return ofType;
    // A type of which nobody says whose it is, such as one of groups, is its subgraphs'.
    const ofGraphs = graphsOf(definition, "join__type", graphByEnumValue);
    return ofGraphs.length > 0 ? ofGraphs.map((name) => productByName.get(name) ?? { name, domain: "" }) : [fallback];
  };

  const entries = new Map<string, GovernedCoordinate>();
  for (const definition of document.definitions) {
    if (!hasFields(definition) || definition.name.value.startsWith("_")) continue;
    for (const field of definition.fields ?? []) {
      if (field.name.value.startsWith("_")) continue;
      const type = definition.name.value;
      const known = {
        ...describe(type, field, directives),
        madeFrom: madeFrom(type, field),
        demands: demandsOf(type, field.name.value),
      };
      const ownTags = tagsOf(types, names, type, field);
      for (const { name: product, domain, tags = [] } of productsOf(definition, field)) {
        entries.set(`${known.coordinate} ${product}`, {
          ...known,
          product,
          domain,
          tags: [...new Set([...ownTags, ...tags])].sort(),
        });
      }
    }
  }
  return [...entries.values()];
}

type DefinitionWithFields =
  | ObjectTypeDefinitionNode
  | ObjectTypeExtensionNode
  | InterfaceTypeDefinitionNode
  | InterfaceTypeExtensionNode;

const kindsWithFields: readonly string[] = [
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.OBJECT_TYPE_EXTENSION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_EXTENSION,
];

function hasFields(definition: DefinitionNode): definition is DefinitionWithFields {
  return kindsWithFields.includes(definition.kind);
}

function describe(
  type: string,
  field: FieldDefinitionNode,
  directives: MeshDirectives,
): Omit<GovernedCoordinate, "product" | "domain" | "tags" | "madeFrom" | "demands"> {
  const coordinate = `${type}.${field.name.value}`;
  const ofField = directives.get(coordinate);
  const ofType = directives.get(type);
  return {
    coordinate,
    pii: [...new Set((ofField?.pii ?? []).map(({ category }) => category))].sort(),
    classification: stricterOf(ofField?.classified, ofType?.classified),
    purposes: ofField?.purposes ?? ofType?.purposes ?? [],
    ...((ofField?.purposes ?? ofType?.purposes) !== undefined && { purposeLimited: true }),
    type: print(field.type),
  };
}

/** `@tag` of the field and of its type. */
function tagsOf(
  types: TypeIndex,
  names: ReadonlyMap<string, FederationDirective>,
  type: string,
  field: FieldDefinitionNode,
): readonly string[] {
  return [...(types.get(type)?.directives ?? []), ...(field.directives ?? [])].flatMap((directive) => {
    const value = directive.arguments?.find(({ name }) => name.value === "name")?.value;
    return names.get(directive.name.value) === "tag" && value?.kind === Kind.STRING ? [value.value] : [];
  });
}

const levels = ["public", "internal", "confidential", "restricted"] as const;
type Level = GovernedCoordinate["classification"];

function stricterOf(one: Level, other: Level): Level {
  if (one === undefined || other === undefined) return one ?? other;
  return levels.indexOf(one) >= levels.indexOf(other) ? one : other;
}

/** `join__Graph` of a supergraph: enum value → subgraph name (join specification, `@join__graph`). */
function readGraphs(document: DocumentNode): ReadonlyMap<string, string> {
  const graphs = new Map<string, string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== "join__Graph") continue;
    for (const value of definition.values ?? []) {
      const directive = value.directives?.find(({ name }) => name.value === "join__graph");
      const name = directive?.arguments?.find((argument) => argument.name.value === "name")?.value;
      if (name?.kind === Kind.STRING) graphs.set(value.name.value, name.value);
    }
  }
  return graphs;
}

/** The subgraphs that resolve a field or have a type, without those that only know of it (`external: true`). */
function graphsOf(
  node: FieldDefinitionNode | DefinitionWithFields,
  join: "join__field" | "join__type",
  graphByEnumValue: ReadonlyMap<string, string>,
): readonly string[] {
  const names = new Set<string>();
  for (const directive of node.directives ?? []) {
    if (directive.name.value !== join) continue;
    const given = Object.fromEntries(
      (directive.arguments ?? []).map((argument) => [argument.name.value, valueFromASTUntyped(argument.value)]),
    );
    const name = graphByEnumValue.get(String(given.graph));
    if (name !== undefined && given.external !== true) names.add(name);
  }
  return [...names];
}
