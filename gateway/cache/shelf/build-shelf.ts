/** A group of fetches, or a root fetch, → its shelf. Once for each plan; equal ones are one object within a generation. */
import { createHash } from "node:crypto";
import {
  type ArgumentNode,
  type GraphQLSchema,
  Kind,
  parse,
  parseValue,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";
import { LRUCache } from "lru-cache";
import { entityLifetime, rootLifetime, type SelectionLifetime } from "#schema";
import type { GovernanceTable } from "../../governance-port.ts";
import type { Fetch } from "../../plan/plan.ts";
import { printSelections } from "../../plan/print-selections.ts";
import type { CacheMode, CacheOptions } from "../cache-options.ts";
import type { CacheFacts } from "../facts/cache-facts.ts";
import { readFirstField } from "../facts/first-field.ts";
import { keyValues } from "../facts/key-sets.ts";
import { printTag, type TagFormat } from "../facts/tags.ts";
import * as scope from "../fence/scopes.ts";
import { fieldOf } from "../shared/stored-names.ts";
import { type DescribedSelection, describeSelection } from "./describe-selection.ts";
import { requiresPersonal } from "./requires-personal.ts";
import { lookedUpKeys, type RootLookup, readRootLookups } from "./root-lookups.ts";
import type { Shelf } from "./shelf.ts";

export interface ShelfBuilder {
  /** Names what else every entry depends on: the schema, the policies and the form in which entries are kept. */
  readonly edition: string;
  readonly schema: GraphQLSchema;
  readonly facts: CacheFacts;
  readonly governance: Pick<GovernanceTable, "variation"> | undefined;
  readonly options: Pick<CacheOptions, "mode" | "modes">;
  /** A short name for a shelf's id. */
  numberOf(shelfId: string): number;
}

/** Selections are clients' to choose, so there is no end of them. */
const maxShelves = 5_000;

/** Undefined for what is never kept: other operations than queries, and products that are switched off. */
export function createShelves(builder: ShelfBuilder): (fetch: Fetch) => Shelf | undefined {
  const known = new LRUCache<string, Shelf>({ max: maxShelves });
  return (fetch) => {
    if (fetch.operation !== "query" || modeOf(fetch.subgraph, builder.options) === "off") return undefined;
    const id = shelfId(fetch, builder.edition);
    const shelf = known.get(id) ?? buildShelf(id, fetch, builder);
    known.set(id, shelf);
    return shelf;
  };
}

function modeOf(subgraph: string, { mode, modes }: ShelfBuilder["options"]): CacheMode {
  return (Object.hasOwn(modes, subgraph) ? modes[subgraph] : undefined) ?? mode;
}

function shelfId(fetch: Fetch, edition: string): string {
  const { subgraph, requires, selections, variables, outputRewrites, directives } = fetch;
  const kind = requires === undefined ? "root" : "entities";
  // A variable that is not given stands for its default, which is the operation's.
  const defaults = variables.flatMap(({ name, defaultValue }) =>
    defaultValue === undefined ? [] : [[name, defaultValue]],
  );
  const text = JSON.stringify([
    edition,
    subgraph,
    kind,
    printSelections(selections),
    defaults,
    outputRewrites,
    directives,
  ]);
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

function buildShelf(id: string, fetch: Fetch, builder: ShelfBuilder): Shelf {
  const { schema, facts, governance, options } = builder;
  const { subgraph, selections, requires } = fetch;
  const isRoot = requires === undefined;
  const text = readSelections(printSelections(selections));
  const root = schema.getQueryType();
  const described = describeSelection(selections, isRoot ? (root ?? undefined) : undefined, { schema, facts });
  const isProduct = facts.products.has(subgraph);
  const lookups = isRoot && isProduct ? readRootLookups(selections, text, { schema, facts }) : undefined;
  const scopes = broadScopes(subgraph, lookups === undefined ? described : { ...described, isOwn: true });
  const related = (names: readonly string[]): readonly string[] => [
    ...new Set(names.flatMap((name) => facts.relatedTypes(name))),
  ];
  const hint = readHint(text, isRoot, subgraph, { schema, facts });
  const objective = facts.products.get(subgraph)?.freshness;
  return {
    id,
    prefix: `${builder.numberOf(id)}\n`,
    subgraph,
    title: titleOf(text, isRoot),
    mode: modeOf(subgraph, options),
    variables: fetch.variables.map(({ name }) => name),
    hint,
    objective,
    objectiveSpeaks: !described.isComputed,
    isExpected:
      hint === undefined ? objective !== undefined && objective > 0 && !described.isComputed : hint.maxAge > 0,
    isProduct,
    namesPersons: namesPersons(fetch, described, { schema, facts }),
    personal: described.personal,
    subjects: described.subjects,
    subjectKeys: (type) => subjectKeys(type, facts),
    variation: governance?.variation?.(related(described.types), related(described.compared)),
    scopes,
    sharedFields: scopes.map((name) => fieldOf(name, facts)),
    fieldOf: (name) => fieldOf(name, facts),
    keyedTypes: isRoot ? [...new Set((lookups ?? []).map(({ type }) => type))] : conditionsOf(text),
    scopesOf: isRoot ? rootScopes(fetch, text, lookups, { schema, facts }) : entityScopes(subgraph, described, facts),
    learnt: { isPrivate: false, hasKept: false, lastRefusal: undefined },
  };
}

function readSelections(text: string): SelectionSetNode {
  const [operation] = parse(text, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error("A fetch without selections.");
  return operation.selectionSet;
}

function readHint(
  text: SelectionSetNode,
  isRoot: boolean,
  subgraph: string,
  { schema, facts }: Pick<ShelfBuilder, "schema" | "facts">,
): SelectionLifetime | undefined {
  const hints = facts.hints.get(subgraph);
  const root = schema.getQueryType();
  if (hints === undefined) return undefined;
  if (!isRoot) return entityLifetime(text, { schema, hints });
  return root ? rootLifetime(text, root, { schema, hints }) : undefined;
}

function titleOf(text: SelectionSetNode, isRoot: boolean): string {
  if (!isRoot) return conditionsOf(text).join(" | ");
  const names = text.selections.flatMap((selection) =>
    selection.kind === Kind.FIELD && selection.name.value !== "__typename" ? [selection.name.value] : [],
  );
  return `Query { ${names.join(" ")} }`;
}

function conditionsOf({ selections }: SelectionSetNode): readonly string[] {
  return selections.flatMap((selection) =>
    selection.kind === Kind.INLINE_FRAGMENT ? (selection.typeCondition?.name.value ?? []) : [],
  );
}

function broadScopes(subgraph: string, { isOwn, types, compared }: DescribedSelection): readonly string[] {
  return [
    scope.product(subgraph),
    ...(isOwn ? [] : [scope.changes(subgraph)]),
    ...[...new Set([...types, ...compared])].map((name) => scope.type(subgraph, name)),
  ];
}

function subjectKeys(type: string, facts: CacheFacts): ReturnType<Shelf["subjectKeys"]> {
  const fields = new Set((facts.keys.get(type) ?? []).flatMap((set) => set.fields.map(({ name }) => name)));
  return [...fields].flatMap((field) => {
    const of = facts.relatedTypes(type).flatMap((name) => facts.subjectsOf(`${name}.${field}`));
    return of.length === 0 ? [] : [[field, [...new Set(of)]] as const];
  });
}

function namesPersons(
  { requires, variables }: Fetch,
  { types, compared }: DescribedSelection,
  graph: Pick<ShelfBuilder, "schema" | "facts">,
): boolean {
  const isAsked = variables.length > 0 && [...types, ...compared].some((type) => graph.facts.hasPersonalFields(type));
  return isAsked || (requires !== undefined && requiresPersonal(requires, undefined, graph));
}

/** An entity is known by every key whose values its representation has. */
function entityScopes(subgraph: string, { types }: DescribedSelection, facts: CacheFacts): Shelf["scopesOf"] {
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

/** A tag of one root field. */
interface RootTag {
  readonly format: TagFormat;
  readonly args: readonly ArgumentNode[];
  /** What the schema says of arguments that are not given. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

function rootScopes(
  { subgraph, variables: definitions }: Fetch,
  text: SelectionSetNode,
  lookups: readonly RootLookup[] | undefined,
  { schema, facts }: Pick<ShelfBuilder, "schema" | "facts">,
): Shelf["scopesOf"] {
  const tagged = text.selections.flatMap((selection): readonly RootTag[] => {
    if (selection.kind !== Kind.FIELD) return [];
    const { name, arguments: args = [] } = selection;
    const declared = schema.getQueryType()?.getFields()[name.value]?.args ?? [];
    const defaults = Object.fromEntries(declared.map(({ name: argument, defaultValue }) => [argument, defaultValue]));
    const formats = facts.tags.get(`${subgraph} Query.${name.value}`) ?? [];
    return formats.map((format) => ({ format, args, defaults }));
  });
  if (tagged.length === 0 && lookups === undefined) return () => [];
  const ofOperation = Object.fromEntries(
    definitions.flatMap(({ name, defaultValue }) =>
      defaultValue === undefined ? [] : [[name, valueFromASTUntyped(parseValue(defaultValue))]],
    ),
  );
  return (_, given) => {
    const variables = { ...ofOperation, ...given };
    return [
      ...(lookups ?? []).flatMap((lookup) => lookupScopes(subgraph, lookup, variables)),
      ...tagged.flatMap((tag) => tagOf(subgraph, tag, variables) ?? []),
    ];
  };
}

function lookupScopes(
  subgraph: string,
  lookup: RootLookup,
  variables: Readonly<Record<string, unknown>>,
): readonly string[] {
  const keys = lookedUpKeys(lookup, variables);
  if (keys === undefined) return [scope.changes(subgraph)];
  return keys.map(({ set, values }) =>
    values === undefined
      ? scope.otherKey(subgraph, lookup.type, set.name)
      : scope.entity(subgraph, lookup.type, `${set.name} ${values}`),
  );
}

function tagOf(
  subgraph: string,
  { format, args, defaults }: RootTag,
  variables: Readonly<Record<string, unknown>>,
): string | undefined {
  const given = args.flatMap(({ name, value }) => {
    const read = valueFromASTUntyped(value, variables);
    return read === undefined ? [] : [[name.value, read] as const];
  });
  const text = printTag(format, { ...defaults, ...Object.fromEntries(given) });
  return text === undefined ? undefined : scope.tag(subgraph, text);
}
