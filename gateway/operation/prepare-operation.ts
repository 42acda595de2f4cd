/**
 * A checked document and an operation name → everything about the operation that does not depend on the request.
 * In: document, name. Out: a `PreparedOperation`. Next: authorise, check variables, execute (`service.ts`).
 */
import { type DocumentNode, type GraphQLSchema, Kind, type OperationDefinitionNode, print } from "graphql";
import { declaredPurpose, withoutPurpose } from "../plan/purpose.ts";
import type { DeprecationTable } from "../usage/deprecation.ts";
import { createInputWalker } from "../usage/input-coordinates.ts";
import { compileVariables } from "./compile-variables.ts";
import { collectCoordinates } from "./coordinates.ts";
import { type CostModel, compileCost } from "./cost/compile-cost.ts";
import { type OperationRejected, rejectWith } from "./operation-rejected.ts";
import type { PreparedOperation } from "./prepared-operation.ts";

export interface PrepareOptions {
  readonly schema: GraphQLSchema;
  readonly deprecations: DeprecationTable;
  /** Whether messages may name what the client did not name. */
  readonly hints: boolean;
  /** Undefined where costs are not limited. */
  readonly cost: CostModel | undefined;
}

/** Codes `GRAPHQL_UNKNOWN_OPERATION_NAME`, `OPERATION_NOT_SUPPORTED`. */
export function prepareOperation(
  text: string,
  written: DocumentNode,
  operationName: string | undefined,
  { schema, deprecations, hints, cost }: PrepareOptions,
): ({ readonly kind: "prepared" } & PreparedOperation) | OperationRejected {
  const document = withoutPurpose(written);
  const query = document === written ? text : print(document);
  const definition = findOperation(document, operationName);
  if (definition.kind === "rejected") return definition;
  if (definition.operation === "subscription") {
    return rejectWith("OPERATION_NOT_SUPPORTED", [{ message: "Subscriptions are not supported; use a query" }]);
  }
  const coordinates = collectCoordinates(schema, document, definition);
  return {
    kind: "prepared",
    query,
    document,
    definition,
    purpose: document === written ? undefined : purposeIn(written, operationName),
    name: definition.name?.value,
    type: definition.operation,
    coordinates,
    deprecations: [...withTypes(coordinates)].flatMap((coordinate) => deprecations.get(coordinate) ?? []),
    variableDeprecations: createInputWalker(schema, definition, (coordinate) => deprecations.has(coordinate)),
    checkVariables: compileVariables(schema, definition, hints),
    estimateCost: cost === undefined ? undefined : compileCost(cost, document, definition),
  };
}

function purposeIn(document: DocumentNode, operationName: string | undefined): string | undefined {
  const operation = findOperation(document, operationName);
  return operation.kind === "rejected" ? undefined : declaredPurpose(operation);
}

/** A deprecated type is touched by selecting any field of it. */
function withTypes(coordinates: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...coordinates].flatMap((coordinate) => [coordinate.slice(0, coordinate.indexOf(".")), coordinate]));
}

/** GetOperation of the GraphQL specification, section 6.1. */
function findOperation(
  document: DocumentNode,
  operationName: string | undefined,
): OperationDefinitionNode | OperationRejected {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operationName === undefined) {
    const [only, second] = operations;
    if (only !== undefined && second === undefined) return only;
    const message =
      only === undefined
        ? "The document holds no operation"
        : "The document holds several operations: say which one in `operationName`";
    return rejectWith("GRAPHQL_UNKNOWN_OPERATION_NAME", [{ message }]);
  }
  const found = operations.find(({ name }) => name?.value === operationName);
  return (
    found ??
    rejectWith("GRAPHQL_UNKNOWN_OPERATION_NAME", [{ message: `The document holds no operation "${operationName}"` }])
  );
}
