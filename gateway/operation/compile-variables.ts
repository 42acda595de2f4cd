import {
  coerceInputValue,
  type GraphQLFormattedError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInputType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
} from "graphql";
import { withoutValue } from "#schema";
import { type OperationRejected, rejectWith } from "./operation-rejected.ts";

const maxReportedErrors = 20;

/**
 * Undefined when all are well; `BAD_USER_INPUT` otherwise, with the variable and the path into its value in `extensions`.
 * Hot: once per request.
 */
export type CheckVariables = (values: Readonly<Record<string, unknown>>) => OperationRejected | undefined;

/**
 * Checks variables as the GraphQL specification's section 6.1.2 says, before anything runs. What is sent to subgraphs
 * stays as the client wrote it: a coerced custom scalar could not be written as JSON again.
 *
 * @param hints whether messages may name fields and values that the client did not name
 */
export function compileVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  hints: boolean,
): CheckVariables {
  const variables = (operation.variableDefinitions ?? []).flatMap((definition) => {
    const type = typeFromAST(schema, definition.type);
    if (!isInputType(type)) return []; // validation has refused it
    const { value: name } = definition.variable.name;
    return [{ name, type, hasDefault: definition.defaultValue !== undefined, isolates: hasInheritedNames(type) }];
  });

  return (values) => {
    let errors: GraphQLFormattedError[] | undefined;
    const report = (variable: string, path: readonly (string | number)[], problem: string): void => {
      errors ??= [];
      if (errors.length >= maxReportedErrors) return;
      const place = path.length === 0 ? "" : ` at "${[variable, ...path].join(".")}"`;
      const message = `Variable "$${variable}" has an invalid value${place}: ${problem}`;
      errors.push({ message, extensions: { variable, path: [variable, ...path] } });
    };
    for (const { name, type, hasDefault, isolates } of variables) {
      const given = Object.hasOwn(values, name) ? values[name] : undefined;
      if (given === undefined) {
        if (isNonNullType(type) && !hasDefault) {
          report(name, [], `it is required, of type "${String(type)}", and was not given`);
        }
      } else if (given === null) {
        if (isNonNullType(type)) report(name, [], `null is not allowed for type "${String(type)}"`);
      } else {
        const value = isolates ? isolate(given) : given;
        coerceInputValue(value, type, (path, _value, error) => report(name, path, withoutValue(error.message)), !hints);
      }
    }
    return errors === undefined ? undefined : rejectWith("BAD_USER_INPUT", errors);
  };
}

/** Whether a field of an input object has a name that every object has, such as `constructor`. */
function hasInheritedNames(type: GraphQLInputType): boolean {
  const reached = new Set([getNamedType(type)]);
  for (const named of reached) {
    if (!isInputObjectType(named)) continue;
    for (const field of Object.values(named.getFields())) {
      if (field.name in Object.prototype) return true;
      reached.add(getNamedType(field.type)); // a Set is iterated to its end, also past what is added here
    }
  }
  return false;
}

/** graphql-js reads a field that is not there from the prototype. */
function isolate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(isolate);
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [name, inner] of Object.entries(value)) copy[name] = isolate(inner);
  return copy;
}
