/**
 * An operation + what is hidden from the caller → the operation that is executed instead.
 *
 * - A hidden field (denied, or null by decision) is replaced by `__typename` under an alias of ours, so that it is never
 *   asked for. The stand-in keeps the field's place among its siblings and its `@skip` and `@include`, so the answer tells
 *   where the field would have been.
 * - A field of an interface that is hidden for some of the object types behind it is asked for on the others only.
 * - When an interface or union leads to anything restricted, the runtime types of such places are asked for too.
 *
 * Fragment spreads become inline fragments, because one fragment can stand in places with different types around it.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import type { Decision } from "#policies";
import type { Decisions } from "../executor.ts";

export interface RewrittenOperation {
  /** Without fragment spreads. */
  readonly definition: OperationDefinitionNode;
  /** False when it asks for exactly what the client's operation asks for. */
  readonly changed: boolean;
  /** The alias under which `__typename` is asked for where the runtime type matters. */
  readonly typeAlias: string;
  /** Alias of a stand-in → the field it stands for. */
  readonly standIns: ReadonlyMap<string, { readonly responseKey: string; readonly fieldName: string }>;
}

/** The operation must be valid for the schema. */
export function rewriteOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  definition: OperationDefinitionNode,
  decisions: Decisions,
): RewrittenOperation {
  const rootType = schema.getRootType(definition.operation);
  if (rootType == null) throw new Error(`The schema has no ${definition.operation} type`);
  return new Rewriter(schema, document, decisions).rewrite(definition, rootType);
}

class Rewriter {
  readonly #schema: GraphQLSchema;
  readonly #decisions: Decisions;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #prefix: string;
  readonly #standIns = new Map<string, { readonly responseKey: string; readonly fieldName: string }>();
  readonly #standInAliases = new Map<string, string>();
  /** Everywhere or nowhere: selections of one key are merged, and any of them may be the one that is skipped. */
  #asksRuntimeTypes = false;
  #changed = false;

  constructor(schema: GraphQLSchema, document: DocumentNode, decisions: Decisions) {
    this.#schema = schema;
    this.#decisions = decisions;
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
    }
    this.#prefix = unusedPrefix(document);
  }

  rewrite(definition: OperationDefinitionNode, rootType: GraphQLObjectType): RewrittenOperation {
    this.#asksRuntimeTypes = this.#isRestrictedUnderAbstract(definition.selectionSet, rootType, false);
    const selectionSet = this.#selectionSet(definition.selectionSet, rootType);
    return {
      definition: { ...definition, selectionSet },
      changed: this.#changed,
      typeAlias: this.#typeAlias,
      standIns: this.#standIns,
    };
  }

  get #typeAlias(): string {
    return `${this.#prefix}type`;
  }

  #selectionSet(selectionSet: SelectionSetNode, parent: GraphQLCompositeType): SelectionSetNode {
    return {
      ...selectionSet,
      selections: selectionSet.selections.flatMap((selection) => this.#selection(selection, parent)),
    };
  }

  #selection(selection: SelectionNode, parent: GraphQLCompositeType): readonly SelectionNode[] {
    switch (selection.kind) {
      case Kind.FIELD:
        return this.#field(selection, parent);
      case Kind.INLINE_FRAGMENT:
      case Kind.FRAGMENT_SPREAD: {
        const fragment = this.#fragmentOf(selection);
        const { typeCondition } = fragment;
        return [
          {
            kind: Kind.INLINE_FRAGMENT,
            ...(typeCondition === undefined ? {} : { typeCondition }),
            directives: selection.directives ?? [],
            selectionSet: this.#selectionSet(fragment.selectionSet, this.#conditionType(fragment, parent)),
          },
        ];
      }
    }
  }

  #field(field: FieldNode, parent: GraphQLCompositeType): readonly SelectionNode[] {
    const name = field.name.value;
    // Unions have no field but `__typename`.
    if (name.startsWith("__") || isUnionType(parent)) return [field];
    const hidden = this.#objectTypesOf(parent).filter((type) => isHidden(this.#decisions.get(`${type.name}.${name}`)));
    if (hidden.length === 0) return [this.#shownField(field, parent)];

    this.#changed = true;
    const standIn = this.#standIn(field);
    const shown = this.#objectTypesOf(parent).filter((type) => !hidden.includes(type));
    if (shown.length === 0) return [standIn];
    return [
      ...hidden.map((type) => onType(type, standIn)),
      ...shown.map((type) => onType(type, this.#shownField(field, type))),
    ];
  }

  #shownField(field: FieldNode, parent: GraphQLCompositeType): FieldNode {
    const definition = isUnionType(parent) ? undefined : parent.getFields()[field.name.value];
    const type = getNamedType(definition?.type);
    if (field.selectionSet === undefined || !isCompositeType(type)) return field;
    const selectionSet = this.#selectionSet(field.selectionSet, type);
    if (!isAbstractType(type) || !this.#asksRuntimeTypes) return { ...field, selectionSet };
    this.#changed = true;
    return {
      ...field,
      selectionSet: { ...selectionSet, selections: [typename(this.#typeAlias), ...selectionSet.selections] },
    };
  }

  /** Whether anything is masked or hidden in a place that an interface or union leads to. */
  #isRestrictedUnderAbstract(selectionSet: SelectionSetNode, parent: GraphQLCompositeType, isUnder: boolean): boolean {
    return selectionSet.selections.some((selection) => {
      if (selection.kind !== Kind.FIELD) {
        const fragment = this.#fragmentOf(selection);
        const type = this.#conditionType(fragment, parent);
        return this.#isRestrictedUnderAbstract(fragment.selectionSet, type, isUnder);
      }
      if (isUnionType(parent)) return false;
      const name = selection.name.value;
      const isRestricted = (type: GraphQLObjectType): boolean => this.#decisions.has(`${type.name}.${name}`);
      if (isUnder && this.#objectTypesOf(parent).some(isRestricted)) return true;
      const type = getNamedType(parent.getFields()[name]?.type);
      if (selection.selectionSet === undefined || !isCompositeType(type)) return false;
      return this.#isRestrictedUnderAbstract(selection.selectionSet, type, isUnder || isAbstractType(type));
    });
  }

  #fragmentOf(selection: FragmentSpreadNode | InlineFragmentNode): FragmentDefinitionNode | InlineFragmentNode {
    if (selection.kind === Kind.INLINE_FRAGMENT) return selection;
    const fragment = this.#fragments.get(selection.name.value);
    if (fragment === undefined) throw new Error("A validated operation names an unknown fragment");
    return fragment;
  }

  /** One alias per response key and field, so that a field selected twice stands in the answer once, as it would itself. */
  #standIn(field: FieldNode): FieldNode {
    const responseKey = responseKeyOf(field);
    const fieldName = field.name.value;
    const id = `${responseKey}: ${fieldName}`;
    let alias = this.#standInAliases.get(id);
    if (alias === undefined) {
      alias = `${this.#prefix}${this.#standIns.size}`;
      this.#standInAliases.set(id, alias);
      this.#standIns.set(alias, { responseKey, fieldName });
    }
    return { ...typename(alias), directives: field.directives ?? [] };
  }

  #objectTypesOf(type: GraphQLCompositeType): readonly GraphQLObjectType[] {
    return isObjectType(type) ? [type] : this.#schema.getPossibleTypes(type);
  }

  #conditionType(
    { typeCondition }: Pick<InlineFragmentNode, "typeCondition">,
    parent: GraphQLCompositeType,
  ): GraphQLCompositeType {
    if (typeCondition === undefined) return parent;
    const type = this.#schema.getType(typeCondition.name.value);
    if (!isCompositeType(type)) throw new Error("A validated operation names an unknown type");
    return type;
  }
}

function responseKeyOf(field: FieldNode): string {
  return field.alias?.value ?? field.name.value;
}

function isHidden(decision: Decision | undefined): boolean {
  return decision?.effect === "deny" || decision?.effect === "null";
}

function typename(alias: string): FieldNode {
  return {
    kind: Kind.FIELD,
    alias: { kind: Kind.NAME, value: alias },
    name: { kind: Kind.NAME, value: "__typename" },
    arguments: [],
    directives: [],
  };
}

function onType(type: GraphQLObjectType, selection: SelectionNode): InlineFragmentNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } },
    directives: [],
    selectionSet: { kind: Kind.SELECTION_SET, selections: [selection] },
  };
}

/** A prefix that no name of the client's text begins with, so that our aliases are ours alone. */
function unusedPrefix(document: DocumentNode): string {
  const text = JSON.stringify(document, (key, value: unknown) => (key === "loc" ? undefined : value));
  let prefix = "mesh_";
  while (text.includes(prefix)) prefix = `mesh_${prefix}`;
  return prefix;
}
