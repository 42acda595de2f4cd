/**
 * How much an operation may cost at most, before anything runs. The arithmetic is that of Apollo Router's demand control,
 * whose weights many schemas have already, on the directives of the IBM cost specification:
 *
 *   operation = fields of the root, and 10 for a mutation
 *   field     = max(0, length × weight + arguments) + length × fields selected in it
 *   weight    = `@cost` of the field, else of its type, else 1 for an object and 0 for a scalar or an enum
 *   length    = 1 for what is no list; see list-length.ts
 *
 * It is an upper bound wherever sizes are: an abstract type has the highest weight of its object types, and what is
 * selected on several types of a union is added up. Fields that the executor merges count once, `@skip` and `@include` are
 * heeded.
 *
 * In: a valid operation, once. Out: a function of the variables, in which everything else is folded into constants.
 * Cost: linear in the operation with its fragments written out.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";
import { compileArguments } from "./input-cost.ts";
import { compileLength } from "./list-length.ts";
import type { CostDirectives } from "./read-cost-directives.ts";
import { type CostRun, evaluate, largestOf, sumOf, type Term, type UnsizedField } from "./terms.ts";

export interface CostModel {
  readonly schema: GraphQLSchema;
  readonly directives: CostDirectives;
  /** Length of a list about which nothing is said. */
  readonly assumedListSize: number;
}

export interface CostEstimate {
  readonly cost: number;
  /** A field that must say its size by exactly one argument and does not; the cost then means nothing. */
  readonly unsized: UnsizedField | undefined;
}

/** Variables as the client sent them, checked. Hot: once per request. */
export type EstimateCost = (variables: Readonly<Record<string, unknown>>) => CostEstimate;

const mutationCost = 10;

/** The document must be valid for the schema, so that fragments end and fields that share a name can be merged. */
export function compileCost(
  model: CostModel,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): EstimateCost {
  const root = model.schema.getRootType(operation.operation);
  if (root == null) return () => ({ cost: 0, unsized: undefined }); // validation has refused it
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const fields = new Compilation(model, fragments).selections([{ set: operation.selectionSet, when: [] }], root, none);
  const total = sumOf([operation.operation === "mutation" ? mutationCost : 0, fields]);
  if (typeof total === "number") {
    const estimate: CostEstimate = { cost: total, unsized: undefined };
    return () => estimate;
  }
  const defaults = new Map<string, unknown>();
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue !== undefined) defaults.set(variable.name.value, valueFromASTUntyped(defaultValue));
  }
  return (variables) => {
    const run: CostRun = {
      variable(name) {
        const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
        return given === undefined ? defaults.get(name) : given;
      },
      unsized: undefined,
    };
    return { cost: evaluate(total, run), unsized: run.unsized };
  };
}

/** A `@skip` or `@include` that a variable decides. */
interface Condition {
  readonly variable: string;
  readonly includes: boolean;
}

interface Selections {
  readonly set: SelectionSetNode;
  /** All of them must hold. */
  readonly when: readonly Condition[];
}

/** Selections of one field that the executor merges: of one type, under one name. */
interface MergedField {
  readonly parent: GraphQLCompositeType;
  readonly node: FieldNode;
  readonly occurrences: { readonly node: FieldNode; readonly when: readonly Condition[] }[];
}

/** Lengths that a field says for lists of the object that it returns, by field name. */
type SizedFields = ReadonlyMap<string, Term>;
const none: SizedFields = new Map();

class Compilation {
  readonly #model: CostModel;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;

  constructor(model: CostModel, fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#model = model;
    this.#fragments = fragments;
  }

  selections(all: readonly Selections[], type: GraphQLCompositeType, sized: SizedFields): Term {
    const merged = new Map<string, MergedField>();
    for (const { set, when } of all) this.#collect(set, type, when, merged);
    return sumOf([...merged.values()].map((field) => this.#field(field, sized)));
  }

  #collect(
    set: SelectionSetNode,
    type: GraphQLCompositeType,
    when: readonly Condition[],
    merged: Map<string, MergedField>,
  ): void {
    for (const selection of set.selections) {
      const conditions = conditionsOf(selection);
      if (conditions === "never") continue;
      const all = conditions.length === 0 ? when : [...when, ...conditions];
      if (selection.kind === Kind.FIELD) {
        const name = selection.alias?.value ?? selection.name.value;
        const key = `${type.name}.${name}`;
        const known = merged.get(key);
        if (known !== undefined) known.occurrences.push({ node: selection, when: all });
        else merged.set(key, { parent: type, node: selection, occurrences: [{ node: selection, when: all }] });
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value);
      if (fragment === undefined) continue; // validation has refused it
      const on = fragment.typeCondition === undefined ? type : this.#narrow(type, fragment.typeCondition.name.value);
      this.#collect(fragment.selectionSet, on, all, merged);
    }
  }

  /** A wider condition says nothing new: its fields are then the type's own, and merge with them. */
  #narrow(type: GraphQLCompositeType, condition: string): GraphQLCompositeType {
    const { schema } = this.#model;
    const on = schema.getType(condition);
    if (!isCompositeType(on)) return type; // validation has refused it
    return isAbstractType(on) && !isUnionType(type) && schema.isSubType(on, type) ? type : on;
  }

  #field({ parent, node, occurrences }: MergedField, sizedByParent: SizedFields): Term {
    const field = definitionOf(parent, node.name.value);
    if (field === undefined) return 0; // `__typename` and introspection ask nobody
    const facts = this.#factsOf(parent, node, field);
    const weight = Math.max(0, ...facts.map((fact) => fact.weight));
    const given = largestOf(facts.map((fact) => fact.given));
    const depth = listDepth(field.type);
    const length: Term =
      depth === 0 ? 1 : (sizedByParent.get(field.name) ?? largestOf(facts.map((fact) => fact.length)));
    const sized = new Map<string, Term>();
    for (const fact of facts) {
      for (const name of fact.sizedFields) sized.set(name, largestOf([sized.get(name) ?? 0, fact.length]));
    }
    const named = getNamedType(field.type);
    const sets = occurrences.flatMap(({ node: { selectionSet }, when }) =>
      selectionSet === undefined ? [] : [{ set: selectionSet, when }],
    );
    const inner = isCompositeType(named) ? this.selections(sets, named, sized) : 0;
    // Nothing is said about lists within lists.
    const further = this.#model.assumedListSize ** Math.max(0, depth - 1);
    const costOf = (count: number, ofArguments: number, ofSelections: number): number =>
      Math.max(0, product(count * further, weight) + ofArguments) + product(count * further, ofSelections);
    const cost: Term =
      typeof length === "number" && typeof given === "number" && typeof inner === "number"
        ? costOf(length, given, inner)
        : (run) => costOf(evaluate(length, run), evaluate(given, run), evaluate(inner, run));
    return whenIncluded(occurrences, cost);
  }

  /** What the directives say of a field, once for each way in which the types behind an abstract type differ. */
  #factsOf(
    parent: GraphQLCompositeType,
    node: FieldNode,
    field: GraphQLField<unknown, unknown>,
  ): readonly FieldFacts[] {
    const { directives, assumedListSize } = this.#model;
    const { weights, listSizes } = directives;
    const distinct = new Map<string, FieldFacts>();
    for (const type of this.#typesOf(parent)) {
      const coordinate = `${type.name}.${field.name}`;
      const implementation = definitionOf(type, field.name) ?? field;
      const weight = weights.get(coordinate) ?? this.#weightOf(getNamedType(implementation.type));
      const listSize = listSizes.get(coordinate) ?? listSizes.get(`${parent.name}.${field.name}`);
      const ofArguments = implementation.args.map(({ name, defaultValue }) => [
        weights.get(`${coordinate}(${name}:)`),
        listSize === undefined ? undefined : defaultValue,
      ]);
      const key = JSON.stringify([weight, listSize, ofArguments]);
      if (distinct.has(key)) continue;
      distinct.set(key, {
        weight,
        given: compileArguments(node, implementation, coordinate, weights),
        length:
          listSize === undefined
            ? assumedListSize
            : compileLength(node, implementation, coordinate, listSize, assumedListSize),
        sizedFields: listSize?.sizedFields ?? [],
      });
    }
    return [...distinct.values()];
  }

  /** The type and, where it is abstract, what may stand behind it. */
  #typesOf(type: GraphQLCompositeType): readonly GraphQLCompositeType[] {
    return isAbstractType(type) ? this.#model.schema.getPossibleTypes(type) : [type];
  }

  #weightOf(type: GraphQLNamedType): number {
    const { directives } = this.#model;
    if (!isCompositeType(type)) return directives.weights.get(type.name) ?? 0;
    return Math.max(...this.#typesOf(type).map(({ name }) => directives.weights.get(name) ?? 1), 0);
  }
}

interface FieldFacts {
  readonly weight: number;
  readonly given: Term;
  readonly length: Term;
  readonly sizedFields: readonly string[];
}

function definitionOf(type: GraphQLCompositeType, name: string): GraphQLField<unknown, unknown> | undefined {
  return "getFields" in type ? type.getFields()[name] : undefined;
}

/** Nothing, however often: an unbounded length of what costs nothing is no number otherwise. */
function product(times: number, cost: number): number {
  return cost === 0 ? 0 : times * cost;
}

function whenIncluded(occurrences: MergedField["occurrences"], cost: Term): Term {
  if (occurrences.some(({ when }) => when.length === 0)) return cost;
  const alternatives = occurrences.map(({ when }) => when);
  return (run) => (alternatives.some((when) => when.every((one) => holds(one, run))) ? evaluate(cost, run) : 0);
}

function holds({ variable, includes }: Condition, run: CostRun): boolean {
  return (run.variable(variable) === true) === includes;
}

function conditionsOf(selection: SelectionNode): readonly Condition[] | "never" {
  const conditions: Condition[] = [];
  for (const { name, arguments: given = [] } of selection.directives ?? []) {
    if (name.value !== "skip" && name.value !== "include") continue;
    const includes = name.value === "include";
    const value = given.find((argument) => argument.name.value === "if")?.value;
    if (value?.kind === Kind.VARIABLE) conditions.push({ variable: value.name.value, includes });
    else if (value?.kind === Kind.BOOLEAN && value.value !== includes) return "never";
  }
  return conditions;
}

function listDepth(type: GraphQLOutputType): number {
  if (isNonNullType(type)) return listDepth(type.ofType);
  return isListType(type) ? 1 + listDepth(type.ofType) : 0;
}
