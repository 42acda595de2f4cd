/** What the supergraph says that caching depends on, read once for a generation. */
import { type DocumentNode, Kind } from "graphql";
import { type GovernedCoordinate, readGovernedCoordinates } from "#policies";
import { type CacheHints, readMeshDirectives } from "#schema";
import { readGraphs } from "../../supergraph/read-graphs.ts";
import { type KeySet, readKeySets } from "./key-sets.ts";
import { readTagFormats, type TagFormats } from "./tags.ts";

export interface CacheFacts {
  readonly subgraphs: readonly string[];
  /** By subgraph: its `@cacheControl`. */
  readonly hints: ReadonlyMap<string, CacheHints>;
  /** Subgraphs that are data products of a mesh. */
  readonly products: ReadonlyMap<string, ProductFacts>;
  /** By type. */
  readonly keys: ReadonlyMap<string, readonly KeySet[]>;
  /** By type: the type, the interfaces and unions that it is of, and the types that are of it. */
  relatedTypes(name: string): readonly string[];
  /** The subgraphs that know the type. */
  subgraphsOf(type: string): readonly string[];
  /** Categories of personal data that a field's value is, or is made from. */
  personalCategories(coordinate: string): readonly string[];
  /** Whether a field of the type, or of one that stands for it, is personal. */
  hasPersonalFields(type: string): boolean;
  /** Whether a key by which the type's entities are known is personal. */
  hasPersonalKey(type: string): boolean;
  /** Whether tags of the subgraph may be made of personal data. */
  hasPersonalTag(subgraph: string): boolean;
  /** What the field's value is a person's key of. */
  subjectsOf(coordinate: string): readonly string[];
  isComputed(coordinate: string): boolean;
  /** The types whose columns its members or arguments stand for. */
  columnsOf(coordinate: string): readonly string[];
  readonly tags: TagFormats;
}

interface ProductFacts {
  /** How old its data may be, in seconds, where it says so. */
  readonly freshness: number | undefined;
  /** Of the product: one, but where its subgraph contradicts itself. */
  readonly versions: ReadonlySet<string>;
}

const none: readonly string[] = [];

export function readCacheFacts(supergraph: DocumentNode, hints: ReadonlyMap<string, CacheHints>): CacheFacts {
  const directives = readMeshDirectives(supergraph);
  const graphs = readGraphs(supergraph);
  const nameByValue = new Map(graphs.map(({ value, name }) => [value, name]));
  const nameOfGraph = (value: string): string => nameByValue.get(value) ?? value;

  const products = new Map<string, ProductFacts>();
  for (const { products: marks } of directives.values()) {
    for (const { name, freshness, version } of marks) {
      const known = products.get(name);
      products.set(name, {
        freshness: freshness === undefined ? known?.freshness : Math.min(freshness, known?.freshness ?? freshness),
        versions: new Set([...(known?.versions ?? none), version]),
      });
    }
  }

  const related = new Map<string, Set<string>>();
  const subgraphs = new Map<string, Set<string>>();
  const relate = (one: string, other: string): void => {
    related.set(one, (related.get(one) ?? new Set([one])).add(other));
    related.set(other, (related.get(other) ?? new Set([other])).add(one));
  };
  for (const definition of supergraph.definitions) {
    if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
      for (const member of definition.types ?? []) relate(definition.name.value, member.name.value);
      continue;
    }
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const { name, interfaces = [], directives: own = [] } = definition;
    for (const implemented of interfaces) relate(name.value, implemented.name.value);
    for (const directive of own) {
      if (directive.name.value !== "join__type") continue;
      const graph = directive.arguments?.find((argument) => argument.name.value === "graph")?.value;
      if (graph?.kind !== Kind.ENUM) continue;
      subgraphs.set(name.value, (subgraphs.get(name.value) ?? new Set()).add(nameOfGraph(graph.value)));
    }
  }

  const personal = closeOverMadeFrom(readGovernedCoordinates(supergraph));
  const keys = readKeySets(supergraph);
  const relatedTypes = (name: string): readonly string[] => [...(related.get(name) ?? [name])];
  const typesWithPersonal = new Set([...personal.keys()].map((coordinate) => coordinate.split(".", 1)[0] ?? ""));
  const typesWithPersonalKey = new Set(
    [...keys].filter(([type, sets]) => sets.some((set) => isPersonalKey(set, type, personal))).map(([type]) => type),
  );
  const hasPersonalFields = (type: string): boolean => relatedTypes(type).some((name) => typesWithPersonal.has(name));
  const tags = readTagFormats(supergraph, nameOfGraph);
  const subgraphsWithPersonalTag = new Set(
    [...tags].flatMap(([key, formats]) => {
      const [subgraph, coordinate] = [key.slice(0, key.lastIndexOf(" ")), key.slice(key.lastIndexOf(" ") + 1)];
      const returned = returnedBy(supergraph, coordinate);
      // Of an argument nobody knows what it is: it is personal where what is asked for may be.
      const isPersonal = ([name, ...nested]: readonly string[]): boolean =>
        returned === undefined
          ? nested.length > 0 || personal.has(`${coordinate}.${name}`)
          : hasPersonalFields(returned);
      return formats.flat().some((part) => typeof part !== "string" && isPersonal(part)) ? [subgraph] : [];
    }),
  );
  return {
    subgraphs: graphs.map(({ name }) => name),
    hints,
    products,
    keys,
    relatedTypes,
    hasPersonalFields,
    hasPersonalKey: (type) => relatedTypes(type).some((name) => typesWithPersonalKey.has(name)),
    hasPersonalTag: (subgraph) => subgraphsWithPersonalTag.has(subgraph),
    subgraphsOf: (type) => [...(subgraphs.get(type) ?? [])],
    personalCategories: (coordinate) => personal.get(coordinate) ?? none,
    subjectsOf: (coordinate) => directives.get(coordinate)?.subjects ?? none,
    columnsOf: (coordinate) => directives.get(coordinate)?.columnsOf ?? none,
    isComputed: (coordinate) => directives.get(coordinate)?.computed ?? false,
    tags,
  };
}

/** The type of a field; undefined for the coordinate of a type. */
function returnedBy({ definitions }: DocumentNode, coordinate: string): string | undefined {
  const [parent, name] = coordinate.split(".");
  for (const definition of definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION || definition.name.value !== parent) continue;
    let type = definition.fields?.find((field) => field.name.value === name)?.type;
    while (type !== undefined && type.kind !== Kind.NAMED_TYPE) type = type.type;
    return type?.name.value;
  }
  return undefined;
}

/** A nested key names objects whose types are not looked up: whatever it names counts as personal. */
function isPersonalKey({ fields }: KeySet, type: string, personal: ReadonlyMap<string, unknown>): boolean {
  return fields.some(({ name, fields: nested }) => nested !== undefined || personal.has(`${type}.${name}`));
}

/** A value that is made from personal data is personal. */
function closeOverMadeFrom(coordinates: readonly GovernedCoordinate[]): ReadonlyMap<string, readonly string[]> {
  const direct = new Map<string, { categories: Set<string>; from: Set<string> }>();
  for (const { coordinate, pii, madeFrom = [] } of coordinates) {
    const known = direct.get(coordinate) ?? { categories: new Set(), from: new Set() };
    for (const category of pii) known.categories.add(category);
    for (const from of madeFrom) known.from.add(from);
    direct.set(coordinate, known);
  }
  const closed = new Map<string, readonly string[]>();
  for (const coordinate of direct.keys()) {
    const categories = new Set<string>();
    const seen = new Set<string>();
    const visit = (at: string): void => {
      if (seen.has(at)) return;
      seen.add(at);
      for (const category of direct.get(at)?.categories ?? []) categories.add(category);
      direct.get(at)?.from.forEach(visit);
    };
    visit(coordinate);
    if (categories.size > 0) closed.set(coordinate, [...categories].sort());
  }
  return closed;
}
