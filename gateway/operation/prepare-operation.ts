/**
 * A checked document and an operation name → everything about the operation that does not depend on the request.
 * In: document, name. Out: a `PreparedOperation`. Next: authorise, check variables, execute (`service.ts`).
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { DeprecationTable } from "../usage/deprecation.ts";
import { createInputWalker } from "../usage/input-coordinates.ts";
import { collectCoordinates } from "./coordinates.ts";
import { type OperationRejected, rejectWith } from "./operation-rejected.ts";
import type { PreparedOperation } from "./prepared-operation.ts";

/** Codes `GRAPHQL_UNKNOWN_OPERATION_NAME`, `OPERATION_NOT_SUPPORTED`. */
export function prepareOperation(
  query: string,
  document: DocumentNode,
  operationName: string | undefined,
  schema: GraphQLSchema,
  deprecations: DeprecationTable,
): ({ readonly kind: "prepared" } & PreparedOperation) | OperationRejected {
  const definition = findOperation(document, operationName);
  if (definition.kind === "rejected") return definition;
  if (definition.operation === "subscription") {
    return rejectWith("OPERATION_NOT_SUPPORTED", [{ message: "Subscriptions are not supported; use a query" }]);
  }
  const { named, implied } = collectCoordinates(schema, document, definition);
  return {
    kind: "prepared",
    query,
    document,
    definition,
    name: definition.name?.value,
    type: definition.operation,
    coordinates: named,
    impliedCoordinates: implied,
    introspectionOnly: isIntrospectionOnly(definition.selectionSet, document),
    deprecations: [...withTypes(named)].flatMap((coordinate) => deprecations.get(coordinate) ?? []),
    variableDeprecations: createInputWalker(schema, definition, (coordinate) => deprecations.has(coordinate)),
  };
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

function isIntrospectionOnly(set: SelectionSetNode, document: DocumentNode): boolean {
  return set.selections.every((selection) => {
    if (selection.kind === Kind.FIELD) return selection.name.value.startsWith("__");
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : findFragment(document, selection.name.value);
    return inner !== undefined && isIntrospectionOnly(inner.selectionSet, document);
  });
}

function findFragment(document: DocumentNode, name: string): FragmentDefinitionNode | undefined {
  return document.definitions.find(
    (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name,
  ) as FragmentDefinitionNode | undefined; // filter's predicate is not inferred through the second condition
}
