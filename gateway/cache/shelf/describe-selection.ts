/**
 * What a fetch selects, as far as caching depends on it.
 *
 * A selection is **own** when all of it stands in the one row that is asked for: leaves, parts of value types, and the
 * keys of entities that it refers to. Whatever else it holds (lists of rows, sums, rows of other entities, what code
 * computes) may change when any row of the subgraph does.
 */
import {
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
} from "graphql";
import type { Selection } from "../../plan/plan.ts";
import type { CacheFacts } from "../facts/cache-facts.ts";

export interface DescribedSelection {
  readonly isOwn: boolean;
  /** Whether code of a product computes something in it. */
  readonly isComputed: boolean;
  /** Types of the objects in it, and of what stands for rows: sorted. */
  readonly types: readonly string[];
  /** Types whose columns may decide what is in it: by arguments, orders, cursors. */
  readonly compared: readonly string[];
  /** Categories of personal data in it, sorted. */
  readonly personal: readonly string[];
  /** Where it tells whose data it holds. */
  readonly subjects: SubjectPlaces;
}

/** Of the objects at one place of an answer; by response name. */
export interface SubjectPlaces {
  /** The objects hold personal data themselves. */
  readonly isPersonal: boolean;
  readonly here: readonly (readonly [key: string, of: readonly string[]])[];
  readonly below: readonly (readonly [key: string, places: SubjectPlaces])[];
}

/** `parent`: of the fields at the top; undefined for entities, whose fragments say their types. */
export function describeSelection(
  selections: readonly Selection[],
  parent: GraphQLCompositeType | undefined,
  { schema, facts }: { readonly schema: GraphQLSchema; readonly facts: CacheFacts },
): DescribedSelection {
  const types = new Set<string>();
  const compared = new Set<string>();
  const personal = new Set<string>();
  let isOwn = true;
  let isComputed = false;

  const visitField = (
    type: GraphQLCompositeType,
    { name, key, selections: below }: Extract<Selection, { kind: "field" }>,
    places: OpenPlaces,
  ): void => {
    if (name.startsWith("__")) return;
    for (const each of facts.relatedTypes(type.name)) {
      const coordinate = `${each}.${name}`;
      for (const category of facts.personalCategories(coordinate)) {
        personal.add(category);
        places.markPersonal();
      }
      const subjects = facts.subjectsOf(coordinate);
      if (subjects.length > 0) places.add(key, subjects);
      if (facts.isComputed(coordinate)) {
        isComputed = true;
        isOwn = false;
      }
    }
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    const returned = field && getNamedType(field.type);
    if (field === undefined || returned === undefined || !isCompositeType(returned)) return;
    for (const each of comparedBy(field, type, facts)) compared.add(each);
    types.add(returned.name);
    const rowTypes = rowTypesOf(returned);
    for (const each of rowTypes) types.add(each);
    const keys = facts.keys.get(returned.name) ?? [];
    const isReference =
      keys.length > 0 &&
      selectsOnly(
        below ?? [],
        keys.flatMap((set) => set.fields.map((it) => it.name)),
      );
    // Which rows there are is said by those rows, even where no more than their keys is asked for.
    const isRows = rowTypes.length > 0 || (keys.length > 0 && isListType(getNullableType(field.type)));
    if (field.args.length > 0 || isRows || (keys.length > 0 && !isReference)) isOwn = false;
    visit(below ?? [], returned, places.below(key));
  };

  const visit = (set: readonly Selection[], type: GraphQLCompositeType | undefined, places: OpenPlaces): void => {
    for (const selection of set) {
      if (selection.kind === "field") {
        if (type !== undefined) visitField(type, selection, places);
        continue;
      }
      const condition = selection.on === undefined ? undefined : schema.getType(selection.on);
      const narrowed = isCompositeType(condition) ? condition : type;
      if (narrowed !== undefined) types.add(narrowed.name);
      visit(selection.selections, narrowed, places);
    }
  };

  const places = createPlaces();
  visit(selections, parent, places);
  return {
    isOwn: isOwn && parent === undefined,
    isComputed,
    types: [...types].sort(),
    compared: [...compared].sort(),
    personal: [...personal].sort(),
    subjects: places.close(),
  };
}

/** Arguments that stand for columns of a type name it by their input types (`@columnsOf`), or the field itself does. */
function comparedBy(
  field: GraphQLField<unknown, unknown>,
  parent: GraphQLCompositeType,
  facts: CacheFacts,
): readonly string[] {
  return [
    `${parent.name}.${field.name}`,
    getNamedType(field.type).name,
    ...field.args.map((argument) => getNamedType(argument.type).name),
  ].flatMap((coordinate) => facts.columnsOf(coordinate));
}

/** Of a type that stands for rows, such as a connection: the rows' own types, even if only their number is asked for. */
function rowTypesOf(type: GraphQLCompositeType): readonly string[] {
  if (!isObjectType(type)) return [];
  const objects = (of: GraphQLCompositeType): readonly GraphQLCompositeType[] =>
    isObjectType(of)
      ? Object.values(of.getFields()).flatMap((field) => {
          const named = getNamedType(field.type);
          return isCompositeType(named) ? [named] : [];
        })
      : [];
  return ["nodes", "edges"].some((name) => type.getFields()[name] !== undefined)
    ? objects(type).flatMap((of) => [of.name, ...objects(of).map(({ name }) => name)])
    : [];
}

function selectsOnly(selections: readonly Selection[], names: readonly string[]): boolean {
  return selections.every((selection) =>
    selection.kind === "fragment"
      ? selectsOnly(selection.selections, names)
      : selection.name === "__typename" || names.includes(selection.name),
  );
}

interface OpenPlaces {
  markPersonal(): void;
  add(key: string, of: readonly string[]): void;
  below(key: string): OpenPlaces;
  close(): SubjectPlaces;
}

function createPlaces(): OpenPlaces {
  const here = new Map<string, Set<string>>();
  const below = new Map<string, OpenPlaces>();
  let isPersonal = false;
  return {
    markPersonal() {
      isPersonal = true;
    },
    add: (key, of) => void here.set(key, new Set([...(here.get(key) ?? []), ...of])),
    below(key) {
      const known = below.get(key) ?? createPlaces();
      below.set(key, known);
      return known;
    },
    close() {
      const closed = [...below].map(([key, places]) => [key, places.close()] as const);
      return {
        isPersonal,
        here: [...here].map(([key, of]) => [key, [...of]] as const),
        below: closed.filter(([, places]) => places.isPersonal || places.here.length > 0 || places.below.length > 0),
      };
    },
  };
}
