/**
 * Measure against a planner fault: a root field that no subgraph can resolve (an interface without runtime types behind
 * `@interfaceObject`) is dropped silently, and the client would get `null` without an error.
 */
import { type DocumentNode, GraphQLError, Kind, type OperationDefinitionNode, type SelectionSetNode } from "graphql";
import type { GatewayErrorCode } from "../errors.ts";
import { fetchesOf, type Plan, type Selection } from "./plan.ts";
import type { ReservedNames } from "./reserved-names.ts";

/** Throws a GraphQLError at the client's path of the first root field which no root fetch of the plan selects. */
export function assertRootFieldsPlanned(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  names: ReservedNames,
  plan: Plan,
): void {
  const planned = new Set<string>();
  for (const fetch of fetchesOf(plan.root)) {
    if (fetch.path.length === 0 && fetch.requires === undefined) collectKeys(fetch.selections, planned);
  }

  function check(set: SelectionSetNode): void {
    for (const node of set.selections) {
      switch (node.kind) {
        case Kind.INLINE_FRAGMENT:
          check(node.selectionSet);
          break;
        case Kind.FRAGMENT_SPREAD:
          for (const definition of document.definitions) {
            if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === node.name.value) {
              check(definition.selectionSet);
            }
          }
          break;
        case Kind.FIELD: {
          const name = node.name.value;
          if (name.startsWith("__") || planned.has(names.keyOf(node, plan.operation === "mutation"))) break;
          throw new GraphQLError(`No subgraph can resolve the ${plan.operation} field "${name}".`, {
            path: [node.alias?.value ?? name],
            extensions: { code: "FIELD_NOT_RESOLVABLE" satisfies GatewayErrorCode },
          });
        }
      }
    }
  }

  check(operation.selectionSet);
}

function collectKeys(selections: readonly Selection[], keys: Set<string>): void {
  for (const selection of selections) {
    if (selection.kind === "field") keys.add(selection.key);
    else collectKeys(selection.selections, keys);
  }
}
