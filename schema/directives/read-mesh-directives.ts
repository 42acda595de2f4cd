import {
  type ConstDirectiveNode,
  type DocumentNode,
  type EnumValueDefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  type TypeDefinitionNode,
  type TypeExtensionNode,
} from "graphql";
import type { Classification } from "../manifest/model.ts";
import type { MeshDirectiveName } from "./definitions.ts";
import { meshNames } from "./link-names.ts";
import {
  type PiiMark,
  type ProductMark,
  readClassified,
  readColumnsOf,
  readDataProduct,
  readDeprecated,
  readDerived,
  readPii,
  readPurpose,
  readSince,
  readSubject,
  readSunset,
  type SunsetMark,
  stricter,
} from "./readers.ts";

/** What the mesh's directives say about one coordinate, over all subgraphs that speak about it. */
export interface CoordinateDirectives {
  readonly products: readonly ProductMark[];
  readonly pii: readonly PiiMark[];
  /** What its value is a person's key of. */
  readonly subjects: readonly string[];
  /** The strictest level that anybody says. */
  readonly classified: Classification | undefined;
  /** What everybody who names purposes allows; an empty list allows nobody, undefined says nothing. */
  readonly purposes: readonly string[] | undefined;
  /** Fields of the same type that it is made from. */
  readonly derived: readonly string[];
  /** The types whose fields its members, or its arguments, stand for. */
  readonly columnsOf: readonly string[];
  /** Made by a product's own code. */
  readonly computed: boolean;
  /** The versions that brought it, one for each subgraph that says so. */
  readonly since: readonly string[];
  readonly sunset: readonly SunsetMark[];
  /** The reason of GraphQL's own `@deprecated`. */
  readonly deprecated: string | undefined;
}

/**
 * By coordinate (https://spec.graphql.org/draft/#sec-Schema-Coordinates): `Customer`, `Customer.email`, `Status.OPEN`,
 * `CustomerWhere.email`, `Query.customers(where:)`. Only those about which something is said. What a type says is not
 * spread over its fields: who reads them decides what a field takes from its type.
 */
export type MeshDirectives = ReadonlyMap<string, CoordinateDirectives>;

const NOTHING: CoordinateDirectives = {
  products: [],
  pii: [],
  subjects: [],
  classified: undefined,
  purposes: undefined,
  derived: [],
  columnsOf: [],
  computed: false,
  since: [],
  sunset: [],
  deprecated: undefined,
};

const readBefore = new WeakMap<DocumentNode, MeshDirectives>();

/**
 * Reads a subgraph's SDL or a supergraph's; `@link` may have renamed the directives. Saying the same twice is saying it
 * once. Never throws for a document that is valid SDL. A document is read once, however many ask: several do while a
 * graph is loaded.
 */
export function readMeshDirectives(document: DocumentNode): MeshDirectives {
  const known = readBefore.get(document);
  if (known !== undefined) return known;
  const read = collectDirectives(document);
  readBefore.set(document, read);
  return read;
}

function collectDirectives(document: DocumentNode): MeshDirectives {
  const names = meshNames(document);
  const found = new Map<string, CoordinateDirectives>();
  const add = (coordinate: string, directives: readonly ConstDirectiveNode[] | undefined): void => {
    for (const directive of directives ?? []) {
      const name = directive.name.value === "deprecated" ? "deprecated" : names.get(directive.name.value);
      if (name === undefined) continue;
      found.set(coordinate, withDirective(found.get(coordinate) ?? NOTHING, name, directive));
    }
  };
  for (const definition of document.definitions) {
    if (!isTypeDefinitionNode(definition) && !isTypeExtensionNode(definition)) continue;
    const type = definition.name.value;
    add(type, definition.directives);
    for (const member of membersOf(definition)) {
      add(`${type}.${member.name.value}`, member.directives);
      for (const argument of "arguments" in member ? (member.arguments ?? []) : []) {
        add(`${type}.${member.name.value}(${argument.name.value}:)`, argument.directives);
      }
    }
  }
  return found;
}

function withDirective(
  said: CoordinateDirectives,
  name: MeshDirectiveName | "deprecated",
  directive: ConstDirectiveNode,
): CoordinateDirectives {
  switch (name) {
    case "dataProduct": {
      const product = readDataProduct(directive);
      return product === undefined ? said : { ...said, products: withOne(said.products, product) };
    }
    case "pii":
      return { ...said, pii: withOne(said.pii, readPii(directive)) };
    case "classified":
      return { ...said, classified: stricter(said.classified, readClassified(directive)) };
    case "purpose": {
      const purposes = readPurpose(directive);
      return { ...said, purposes: said.purposes?.filter((purpose) => purposes.includes(purpose)) ?? purposes };
    }
    case "derived":
      return { ...said, derived: [...new Set([...said.derived, ...readDerived(directive)])] };
    case "columnsOf": {
      const type = readColumnsOf(directive);
      return type === undefined ? said : { ...said, columnsOf: withOne(said.columnsOf, type) };
    }
    case "subject": {
      const subject = readSubject(directive);
      return subject === undefined ? said : { ...said, subjects: withOne(said.subjects, subject) };
    }
    case "computed":
      return { ...said, computed: true };
    case "since": {
      const version = readSince(directive);
      return version === undefined ? said : { ...said, since: withOne(said.since, version) };
    }
    case "sunset":
      return { ...said, sunset: withOne(said.sunset, readSunset(directive)) };
    case "deprecated":
      return { ...said, deprecated: readDeprecated(directive) };
  }
}

/** Readers build their marks key by key in one order, so equal marks have equal text. */
function withOne<T>(list: readonly T[], mark: T): readonly T[] {
  const written = JSON.stringify(mark);
  return list.some((other) => JSON.stringify(other) === written) ? list : [...list, mark];
}

function membersOf(
  definition: TypeDefinitionNode | TypeExtensionNode,
): readonly (FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode)[] {
  if ("fields" in definition) return definition.fields ?? [];
  return "values" in definition ? (definition.values ?? []) : [];
}
