/**
 * Deprecated input fields and enum values that come in variables: which of an operation's variables can hold any is known
 * once per operation; only those are walked, per request, and only for operations that have some.
 */
import {
  type GraphQLInputType,
  type GraphQLNamedInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  type OperationDefinitionNode,
  typeFromAST,
} from "graphql";

/** Coordinates of interest in the variables of one request; each once. */
export type InputWalker = (variables: Readonly<Record<string, unknown>>) => readonly string[];

/**
 * Undefined when no variable of the operation can hold a coordinate of interest. The walker expects checked variables
 * and leaves alone what does not fit its type. It is linear in the variables' size.
 */
export function createInputWalker(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  isOfInterest: (coordinate: string) => boolean,
): InputWalker | undefined {
  const reaches = createReach(isOfInterest);
  const variables = (operation.variableDefinitions ?? []).flatMap(({ variable, type: node }) => {
    const type = typeFromAST(schema, node);
    return isInputType(type) && reaches(getNamedType(type)) ? [{ name: variable.name.value, type }] : [];
  });
  if (variables.length === 0) return undefined;
  return (values) => {
    const found = new Set<string>();
    for (const { name, type } of variables) {
      if (Object.hasOwn(values, name)) walk(values[name], type, found);
    }
    return [...found].filter(isOfInterest);
  };
}

function walk(value: unknown, type: GraphQLInputType, found: Set<string>): void {
  if (value === null || value === undefined) return;
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    // A single value is a list of one (GraphQL specification, 3.11, input coercion).
    for (const item of Array.isArray(value) ? value : [value]) walk(item, nullable.ofType, found);
  } else if (isEnumType(nullable)) {
    if (typeof value === "string") found.add(`${nullable.name}.${value}`);
  } else if (isInputObjectType(nullable) && typeof value === "object") {
    const fields = nullable.getFields();
    for (const [name, inner] of Object.entries(value)) {
      const field = fields[name];
      if (field === undefined) continue;
      found.add(`${nullable.name}.${name}`);
      walk(inner, field.type, found);
    }
  }
}

/** Whether a coordinate of interest can be met below a type; input types may refer to themselves. */
function createReach(isOfInterest: (coordinate: string) => boolean): (type: GraphQLNamedInputType) => boolean {
  return (start) => {
    const types = new Set<GraphQLNamedInputType>([start]);
    for (const type of types) {
      if (isEnumType(type) && type.getValues().some(({ name }) => isOfInterest(`${type.name}.${name}`))) return true;
      if (!isInputObjectType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        if (isOfInterest(`${type.name}.${field.name}`)) return true;
        types.add(getNamedType(field.type));
      }
    }
    return false;
  };
}
