/** `@authenticated`, `@requiresScopes` and `@policy` of a document → what each field asks of its readers. */
import { type ConstDirectiveNode, valueFromASTUntyped } from "graphql";
import type { SchemaDemands } from "./decision.ts";
import type { FederationDirective } from "./federation-names.ts";
import { namedType, type TypeIndex } from "./type-index.ts";

/**
 * Guarantees that a field asks for all that it says itself, that the type it is on says, and that the type it gives says
 * (object, interface, scalar or enum). An argument that cannot be read asks for what nobody has.
 */
export function createDemands(
  types: TypeIndex,
  names: ReadonlyMap<string, FederationDirective>,
): (type: string, field: string) => SchemaDemands {
  return (typeName, fieldName) => {
    const type = types.get(typeName);
    const field = type?.fields.get(fieldName);
    const given = field === undefined ? undefined : types.get(namedType(field.type));
    return readDemands(
      [...(type?.directives ?? []), ...(field?.directives ?? []), ...(given?.directives ?? [])],
      names,
    );
  };
}

function readDemands(
  written: readonly ConstDirectiveNode[],
  names: ReadonlyMap<string, FederationDirective>,
): SchemaDemands {
  let authenticated = false;
  const scopes: (readonly (readonly string[])[])[] = [];
  const policies: (readonly (readonly string[])[])[] = [];
  for (const directive of written) {
    const name = names.get(directive.name.value);
    if (name === "authenticated") authenticated = true;
    if (name === "requiresScopes") scopes.push(alternatives(directive, "scopes"));
    if (name === "policy") policies.push(alternatives(directive, "policies"));
  }
  return { authenticated, scopes: distinct(scopes), policies: distinct(policies) };
}

/** `[[String!]!]!`; GraphQL reads a single value as a list of one, at each level. */
function alternatives(directive: ConstDirectiveNode, argument: string): readonly (readonly string[])[] {
  const value = directive.arguments?.find(({ name }) => name.value === argument)?.value;
  const given: unknown = value === undefined ? undefined : valueFromASTUntyped(value);
  const groups = (Array.isArray(given) ? given : [given]).map((group: unknown) =>
    Array.isArray(group) ? group : [group],
  );
  // A group of nothing would be fulfilled by everybody.
  return groups.filter(
    (group): group is string[] => group.length > 0 && group.every((name) => typeof name === "string"),
  );
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
