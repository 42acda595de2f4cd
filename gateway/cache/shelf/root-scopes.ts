/** What one root answer depends on besides what its shelf does: the entities that it looks up, and the tags of its fields. */
import {
  type ArgumentNode,
  type GraphQLSchema,
  Kind,
  parseValue,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";
import type { Fetch } from "../../plan/plan.ts";
import type { CacheFacts } from "../facts/cache-facts.ts";
import { printTag, type TagFormat } from "../facts/tags.ts";
import * as scope from "../fence/scopes.ts";
import { lookedUpKeys, type RootLookup } from "./root-lookups.ts";
import type { Shelf } from "./shelf.ts";

/** A tag of one root field. */
interface RootTag {
  readonly format: TagFormat;
  readonly args: readonly ArgumentNode[];
  /** What the schema says of arguments that are not given. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

/** `lookups`: undefined where the shelf depends on every row. */
export function rootScopes(
  { subgraph, variables: definitions }: Pick<Fetch, "subgraph" | "variables">,
  text: SelectionSetNode,
  lookups: readonly RootLookup[] | undefined,
  { schema, facts }: { readonly schema: GraphQLSchema; readonly facts: CacheFacts },
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
