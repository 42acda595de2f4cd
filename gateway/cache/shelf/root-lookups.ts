/**
 * Root fields that look one entity up by its key, as data products of a mesh have them: `customer(customerId: …)`. What they
 * answer changes with that entity alone, whether it is there or not.
 */
import {
  type ArgumentNode,
  type GraphQLSchema,
  getNullableType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";
import type { Selection } from "../../plan/plan.ts";
import type { CacheFacts } from "../facts/cache-facts.ts";
import { type KeySet, keyValues } from "../facts/key-sets.ts";
import { describeSelection } from "./describe-selection.ts";

export interface RootLookup {
  readonly type: string;
  /** Of the type; the arguments are the fields of one of them. */
  readonly keys: readonly KeySet[];
  readonly args: readonly ArgumentNode[];
}

/** Undefined when some field is anything else: then any row of the subgraph may be in the answer. */
export function readRootLookups(
  selections: readonly Selection[],
  text: SelectionSetNode,
  graph: { readonly schema: GraphQLSchema; readonly facts: CacheFacts },
): readonly RootLookup[] | undefined {
  const lookups: RootLookup[] = [];
  for (const [index, selection] of selections.entries()) {
    const written = text.selections[index];
    if (selection.kind !== "field" || written?.kind !== Kind.FIELD) return undefined;
    if (selection.name === "__typename") continue;
    const lookup = readLookup(selection, written.arguments ?? [], graph);
    if (lookup === undefined) return undefined;
    lookups.push(lookup);
  }
  return lookups.length === 0 ? undefined : lookups;
}

function readLookup(
  { name, selections = [] }: Extract<Selection, { kind: "field" }>,
  args: readonly ArgumentNode[],
  graph: { readonly schema: GraphQLSchema; readonly facts: CacheFacts },
): RootLookup | undefined {
  const { schema, facts } = graph;
  const field = schema.getQueryType()?.getFields()[name];
  const type = field && getNullableType(field.type);
  if (!isObjectType(type) || facts.isComputed(`Query.${name}`)) return undefined;
  const keys = facts.keys.get(type.name) ?? [];
  const names = args.map((argument) => argument.name.value).sort();
  const isKey = keys.some(
    ({ fields }) =>
      fields.length === names.length &&
      fields.every(({ name: key, fields: nested }, index) => nested === undefined && key === names[index]),
  );
  const asEntity: Selection = { kind: "fragment", on: type.name, directives: "", selections };
  return isKey && describeSelection([asEntity], undefined, graph).isOwn ? { type: type.name, keys, args } : undefined;
}

/** The entity's names by each key: its values, or undefined where the arguments do not have them. */
export function lookedUpKeys(
  { keys, args }: RootLookup,
  variables: Readonly<Record<string, unknown>>,
): readonly { readonly set: KeySet; readonly values: string | undefined }[] | undefined {
  const given = Object.fromEntries(args.map(({ name, value }) => [name.value, valueFromASTUntyped(value, variables)]));
  // Whatever a product takes null for, it names no entity.
  if (Object.values(given).some((value) => value === null || value === undefined)) return undefined;
  return keys.map((set) => ({ set, values: keyValues(set, given) }));
}
