/**
 * Measure against a planner fault: selections are merged by response name without regard to arguments, so a field that
 * `@requires` wants with arguments, `price(currency: "USD")`, and the same field with other arguments (of the client or
 * of another `@requires`) become one, and one of them silently wins.
 *
 * The planner gets a supergraph in which every field with arguments inside a `requires` string has an argument-free
 * **synthetic** copy: one name for (field, arguments), the same type, resolvable by the same subgraphs, on the type, on
 * the interfaces that declare the field and on the types that implement those. The `requires` strings use the copy.
 * Afterwards the plan is translated back: a fetch selects `_rq0_price: price(currency: "USD")`, and a representation
 * reads `_rq0_price` but says `price`.
 */
import {
  type DirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  type StringValueNode,
  visit,
} from "graphql";
import type { Fetch, Requirement, Selection } from "./plan.ts";

export interface SyntheticField {
  readonly field: string;
  /** As printed with parentheses. */
  readonly args: string;
}

export interface SyntheticFields {
  /** The supergraph for the planner; it does not pass the validation of `requires` strings. */
  readonly supergraph: DocumentNode;
  readonly fieldByName: ReadonlyMap<string, SyntheticField>;
}

type FieldsType = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** No synthetic name equals a field of the supergraph. */
export function addSyntheticFields(supergraph: DocumentNode): SyntheticFields {
  const types = new Map<string, FieldsType>();
  const fieldNames = new Set<string>();
  for (const node of supergraph.definitions) {
    if (node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION) {
      types.set(node.name.value, node);
      for (const field of node.fields ?? []) fieldNames.add(field.name.value);
    }
  }
  let prefix = "_rq";
  while ([...fieldNames].some((name) => name.startsWith(prefix))) prefix += "q";

  const nameByUse = new Map<string, string>();
  const fieldByName = new Map<string, SyntheticField>();
  /** type → synthetic name → the field it copies. */
  const added = new Map<string, Map<string, string>>();

  function add(typeName: string, field: string, synthetic: string): void {
    const type = types.get(typeName);
    if (!type?.fields?.some(({ name }) => name.value === field)) return;
    const ofType = added.get(typeName) ?? new Map<string, string>();
    if (ofType.has(synthetic)) return;
    added.set(typeName, ofType.set(synthetic, field));
    for (const { name } of type.interfaces ?? []) add(name.value, field, synthetic);
    for (const other of types.values()) {
      if (other.interfaces?.some(({ name }) => name.value === typeName)) add(other.name.value, field, synthetic);
    }
  }

  function rewriteSet(set: SelectionSetNode, typeName: string): SelectionSetNode {
    return {
      ...set,
      selections: set.selections.map((node) => {
        if (node.kind === Kind.FRAGMENT_SPREAD) return node;
        if (node.kind === Kind.INLINE_FRAGMENT) {
          return { ...node, selectionSet: rewriteSet(node.selectionSet, node.typeCondition?.name.value ?? typeName) };
        }
        const field = node.name.value;
        const definition = types.get(typeName)?.fields?.find(({ name }) => name.value === field);
        const below = definition === undefined ? "" : namedTypeOf(definition);
        const selectionSet = node.selectionSet && rewriteSet(node.selectionSet, below);
        if (node.arguments === undefined || node.arguments.length === 0) {
          return selectionSet === undefined ? node : { ...node, selectionSet };
        }
        const args = `(${node.arguments
          .map((argument) => print(argument))
          .sort()
          .join(",")})`;
        const use = `${field}${args}`;
        const synthetic = nameByUse.get(use) ?? `${prefix}${nameByUse.size}_${field}`;
        nameByUse.set(use, synthetic);
        fieldByName.set(synthetic, { field, args });
        add(typeName, field, synthetic);
        return {
          kind: Kind.FIELD,
          name: { kind: Kind.NAME, value: synthetic },
          ...(selectionSet && { selectionSet }),
        };
      }),
    };
  }

  const rewritten = visit(supergraph, {
    ObjectTypeDefinition: { enter: (type) => rewriteRequires(type, rewriteSet) },
    InterfaceTypeDefinition: { enter: (type) => rewriteRequires(type, rewriteSet) },
  });
  if (fieldByName.size === 0) return { supergraph, fieldByName };

  function addFields<T extends FieldsType>(type: T): T | undefined {
    const copies = added.get(type.name.value);
    if (copies === undefined) return undefined;
    const fields = [...copies].flatMap(([synthetic, field]): FieldDefinitionNode[] => {
      const original = type.fields?.find(({ name }) => name.value === field);
      if (original === undefined) return [];
      return [{ ...original, name: { kind: Kind.NAME, value: synthetic }, arguments: [] }];
    });
    return { ...type, fields: [...(type.fields ?? []), ...fields] };
  }
  return {
    supergraph: visit(rewritten, {
      ObjectTypeDefinition: { enter: addFields<ObjectTypeDefinitionNode> },
      InterfaceTypeDefinition: { enter: addFields<InterfaceTypeDefinitionNode> },
    }),
    fieldByName,
  };
}

function rewriteRequires<T extends FieldsType>(
  type: T,
  rewriteSet: (set: SelectionSetNode, typeName: string) => SelectionSetNode,
): T {
  const fields = type.fields?.map((field) => ({
    ...field,
    directives: (field.directives ?? []).map((directive) => {
      const requires = requiresOf(directive);
      if (requires === undefined || !requires.value.includes("(")) return directive;
      const [definition] = parse(`{${requires.value}}`, { noLocation: true }).definitions;
      if (definition?.kind !== Kind.OPERATION_DEFINITION) return directive;
      const text = print(rewriteSet(definition.selectionSet, type.name.value));
      const value: StringValueNode = { kind: Kind.STRING, value: text.trim().slice(1, -1).replace(/\s+/g, " ").trim() };
      return {
        ...directive,
        arguments: (directive.arguments ?? []).map((argument) =>
          argument.name.value === "requires" ? { ...argument, value } : argument,
        ),
      };
    }),
  }));
  return fields === undefined ? type : { ...type, fields };
}

function requiresOf(directive: DirectiveNode): StringValueNode | undefined {
  if (directive.name.value !== "join__field") return undefined;
  const value = directive.arguments?.find(({ name }) => name.value === "requires")?.value;
  return value?.kind === Kind.STRING ? value : undefined;
}

function namedTypeOf(field: FieldDefinitionNode): string {
  let type = field.type;
  while (type.kind !== Kind.NAMED_TYPE) type = type.type;
  return type.name.value;
}

/** A fetch that speaks to subgraphs about their own fields again. */
export function translateSyntheticFields(fetch: Fetch, fieldByName: ReadonlyMap<string, SyntheticField>): Fetch {
  if (fieldByName.size === 0) return fetch;

  function translateSelection(selection: Selection): Selection {
    const selections = selection.selections?.map(translateSelection);
    if (selection.kind === "fragment") return { ...selection, selections: selections ?? [] };
    const synthetic = fieldByName.get(selection.name);
    if (synthetic === undefined) return { ...selection, selections };
    return { ...selection, name: synthetic.field, args: synthetic.args, selections };
  }

  function translateRequirement(requirement: Requirement): Requirement {
    const selections = requirement.selections?.map(translateRequirement);
    if (requirement.kind === "fragment") return { ...requirement, selections: selections ?? [] };
    const synthetic = fieldByName.get(requirement.name);
    return { ...requirement, name: synthetic?.field ?? requirement.name, selections };
  }

  return {
    ...fetch,
    selections: fetch.selections.map(translateSelection),
    requires: fetch.requires?.map(translateRequirement),
  };
}
