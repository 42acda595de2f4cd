/** A group of fetches, or a root fetch, → its shelf. Once for each plan; equal ones are one object within a generation. */
import { createHash } from "node:crypto";
import { type GraphQLSchema, Kind, parse, type SelectionSetNode } from "graphql";
import { LRUCache } from "lru-cache";
import { entityLifetime, rootLifetime, type SelectionLifetime } from "#schema";
import type { GovernanceTable } from "../../governance-port.ts";
import type { Fetch } from "../../plan/plan.ts";
import { printSelections } from "../../plan/print-selections.ts";
import type { CacheMode, CacheOptions } from "../cache-options.ts";
import type { CacheFacts } from "../facts/cache-facts.ts";
import * as scope from "../fence/scopes.ts";
import { fieldOf } from "../shared/stored-names.ts";
import { type DescribedSelection, describeSelection } from "./describe-selection.ts";
import { entityScopes } from "./entity-scopes.ts";
import { requiresPersonal } from "./requires-personal.ts";
import { readRootLookups } from "./root-lookups.ts";
import { rootScopes } from "./root-scopes.ts";
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
    scopesOf: isRoot
      ? rootScopes(fetch, text, lookups, { schema, facts })
      : entityScopes(subgraph, described.types, facts),
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
