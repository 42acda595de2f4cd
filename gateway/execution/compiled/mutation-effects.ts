/**
 * What a mutation has changed, as far as its answer tells: the entities in it. They are named by their keys where those
 * were selected, else by their type. A field of the mutation that names none, or that failed, may have changed anything of
 * its subgraph.
 */
import {
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
} from "graphql";
import { type Invalidated, type KeySet, keyValues } from "../../cache/index.ts";
import type { Fetch, Selection } from "../../plan/plan.ts";
import type { JsonObject } from "./run-state.ts";

export interface MutationEffects {
  /** Of the data that the subgraph answered; undefined for no data. */
  read(data: JsonObject | null | undefined): readonly Invalidated[];
}

/** Where objects may stand in an answer, by response name. */
interface Places {
  readonly type: string | undefined;
  readonly below: readonly (readonly [key: string, places: Places])[];
}

/** Undefined for a fetch that is no mutation's root. */
export function describeEffects(
  { operation, requires, selections, subgraph }: Fetch,
  schema: GraphQLSchema,
  keys: ReadonlyMap<string, readonly KeySet[]>,
): MutationEffects | undefined {
  const root = schema.getMutationType();
  if (operation !== "mutation" || requires !== undefined || !root) return undefined;
  const below = new Map(placesOf(selections, root, schema).below);
  const fields = responseNames(selections);
  const unknown: Invalidated = { kind: "product", product: subgraph };
  return {
    read(data) {
      if (!data) return [unknown];
      const found: Invalidated[] = [];
      let isWhole = true;
      for (const field of fields) {
        const before = found.length;
        const places = below.get(field);
        if (places !== undefined) collect(data[field], places, keys, found);
        if (found.length === before) isWhole = false;
      }
      return isWhole ? [...found, ...rowsOf(found, subgraph)] : [unknown, ...found];
    },
  };
}

function responseNames(selections: readonly Selection[]): readonly string[] {
  const names = selections.flatMap((selection): readonly string[] =>
    selection.kind === "fragment"
      ? responseNames(selection.selections)
      : selection.name.startsWith("__")
        ? []
        : [selection.key],
  );
  return [...new Set(names)];
}

function placesOf(selections: readonly Selection[], parent: GraphQLCompositeType, schema: GraphQLSchema): Places {
  const below = new Map<string, Places>();
  const visit = (set: readonly Selection[], type: GraphQLCompositeType): void => {
    for (const selection of set) {
      if (selection.kind === "fragment") {
        const condition = selection.on === undefined ? undefined : schema.getType(selection.on);
        visit(selection.selections, isCompositeType(condition) ? condition : type);
        continue;
      }
      const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[selection.name] : undefined;
      const returned = field && getNamedType(field.type);
      if (!isCompositeType(returned) || selection.selections === undefined) continue;
      const places = placesOf(selection.selections, returned, schema);
      const known = below.get(selection.key);
      below.set(selection.key, known === undefined ? places : { ...known, below: [...known.below, ...places.below] });
    }
  };
  visit(selections, parent);
  return { type: isObjectType(parent) ? parent.name : undefined, below: [...below] };
}

function collect(
  value: unknown,
  { type, below }: Places,
  keys: ReadonlyMap<string, readonly KeySet[]>,
  found: Invalidated[],
): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, { type, below }, keys, found);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const object = value as JsonObject;
  const named = typeof object.__typename === "string" ? object.__typename : type;
  const sets = named === undefined ? undefined : keys.get(named);
  if (named !== undefined && sets !== undefined) {
    const isKnown = sets.some((set) => keyValues(set, object) !== undefined);
    found.push(isKnown ? { kind: "entity", type: named, key: object } : { kind: "type", type: named });
  }
  for (const [key, places] of below) if (Object.hasOwn(object, key)) collect(object[key], places, keys, found);
}

/** Lists and sums of the subgraph that was written to. */
function rowsOf(found: readonly Invalidated[], product: string): readonly Invalidated[] {
  const types = new Set(found.flatMap((each) => ("type" in each ? [each.type] : [])));
  return [...types].map((type) => ({ kind: "rows", type, product }));
}
