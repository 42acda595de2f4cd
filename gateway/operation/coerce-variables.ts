import {
  coerceInputValue,
  type GraphQLFormattedError,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
} from "graphql";
import { type OperationRejected, rejectWith } from "./operation-rejected.ts";

const maxReportedErrors = 20;

/**
 * Checks the variables as the GraphQL specification's section 6.1.2 says, before anything runs. Undefined when all are
 * well; `BAD_USER_INPUT` otherwise, with the variable and the path into its value in `extensions`.
 * What is sent to subgraphs stays as the client wrote it: a coerced custom scalar could not be written as JSON again.
 */
export function checkVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  values: Readonly<Record<string, unknown>>,
): OperationRejected | undefined {
  const errors: (GraphQLFormattedError & { readonly message: string })[] = [];
  const report = (variable: string, path: readonly (string | number)[], problem: string): void => {
    if (errors.length >= maxReportedErrors) return;
    const place = path.length === 0 ? "" : ` at "${[variable, ...path].join(".")}"`;
    const message = `Variable "$${variable}" has an invalid value${place}: ${problem}`;
    errors.push({ message, extensions: { variable, path: [variable, ...path] } });
  };

  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type);
    if (!isInputType(type)) continue; // validation has refused it
    const given = Object.hasOwn(values, name) ? values[name] : undefined;
    if (given === undefined) {
      if (isNonNullType(type) && definition.defaultValue === undefined) {
        report(name, [], `it is required, of type "${String(type)}", and was not given`);
      }
    } else if (given === null) {
      if (isNonNullType(type)) report(name, [], `null is not allowed for type "${String(type)}"`);
    } else {
      coerceInputValue(given, type, (path, _value, error) => report(name, path, error.message));
    }
  }
  return errors.length === 0 ? undefined : rejectWith("BAD_USER_INPUT", errors);
}
