/**
 * What the values of a field are made from: `@requires`, `@fromContext` and `@derived` in a subgraph's SDL,
 * `@join__field(requires:)` and `contextArguments` in a supergraph.
 */
import {
  type ConstDirectiveNode,
  type FieldDefinitionNode,
  Kind,
  parse,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";
import type { FederationDirective } from "./federation-names.ts";
import { namedType, relatedTypes, type TypeIndex } from "./type-index.ts";

/**
 * Coordinates by field. Guarantees every coordinate that a value may come from: of an object type the fields of its
 * interfaces too, of an interface or union those of all types behind it.
 *
 * @param derived by coordinate the fields of the same type that `@derived` names.
 */
export function createMadeFrom(
  types: TypeIndex,
  names: ReadonlyMap<string, FederationDirective>,
  derived: (coordinate: string) => readonly string[],
): (type: string, field: FieldDefinitionNode) => readonly string[] {
  const contexts = readContexts(types, names);

  return (type, field) => {
    const found = new Set<string>();
    const addSelection = (text: string, on: readonly string[]): void => {
      const set = readSelection(text);
      if (set !== undefined) for (const each of on) collect(types, each, set, found);
    };
    addSelection(derived(`${type}.${field.name.value}`).join(" "), [type]);
    for (const directive of field.directives ?? []) {
      const given = argumentsOf(directive);
      const name = directive.name.value;
      if (names.get(name) === "requires") addSelection(asText(given.fields), [type]);
      if (name !== "join__field") continue;
      addSelection(asText(given.requires), [type]);
      for (const argument of asList(given.contextArguments)) {
        const { context, selection } = argument as { readonly context?: unknown; readonly selection?: unknown };
        addSelection(asText(selection), contexts.get(asText(context)) ?? []);
      }
    }
    for (const argument of field.arguments ?? []) {
      for (const directive of argument.directives ?? []) {
        if (names.get(directive.name.value) !== "fromContext") continue;
        // `$name selection`
        const [, context = "", selection = ""] =
          /^\s*\$(\w+)([\s\S]*)$/.exec(asText(argumentsOf(directive).field)) ?? [];
        addSelection(selection, contexts.get(context) ?? []);
      }
    }
    found.delete(`${type}.${field.name.value}`);
    return [...found].sort();
  };
}

/** Context name → the types that set it. */
function readContexts(
  types: TypeIndex,
  names: ReadonlyMap<string, FederationDirective>,
): ReadonlyMap<string, readonly string[]> {
  const contexts = new Map<string, string[]>();
  for (const { name, directives } of types.values()) {
    for (const directive of directives) {
      if (names.get(directive.name.value) !== "context") continue;
      const context = asText(argumentsOf(directive).name);
      contexts.set(context, [...(contexts.get(context) ?? []), name]);
    }
  }
  return contexts;
}

/** A FieldSet, with or without braces around it. Composition has read it before; one that it could not read selects nothing. */
function readSelection(text: string): SelectionSetNode | undefined {
  const inner = text.trim();
  if (inner === "") return undefined;
  try {
    const [definition] = parse(inner.startsWith("{") ? inner : `{ ${inner} }`, { noLocation: true }).definitions;
    return definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet : undefined;
  } catch {
    return undefined;
  }
}

function collect(types: TypeIndex, type: string, set: SelectionSetNode, found: Set<string>): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      collect(types, selection.typeCondition?.name.value ?? type, selection.selectionSet, found);
      continue;
    }
    const name = selection.name.value;
    for (const related of relatedTypes(types, type)) {
      const field = types.get(related)?.fields.get(name);
      if (field === undefined) continue;
      found.add(`${related}.${name}`);
      if (selection.selectionSet !== undefined) {
        collect(types, namedType(field.type), selection.selectionSet, found);
      }
    }
  }
}

function argumentsOf(directive: ConstDirectiveNode): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    (directive.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)]),
  );
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function asList(value: unknown): readonly object[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "object" && each !== null) : [];
}
