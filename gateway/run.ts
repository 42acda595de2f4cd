/** One operation of one client, ready to run. */
import type { HttpRequest } from "#http";
import type { Caller } from "#policies";
import type { Authorisation } from "./governance-port.ts";
import type { PreparedOperation } from "./operation/prepared-operation.ts";
import type { Generation } from "./supergraph/generation.ts";
import type { DeprecatedUse } from "./usage/deprecation.ts";

/** Everything that one run needs; made once per request. */
export interface Run {
  readonly generation: Generation;
  readonly operation: PreparedOperation;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  readonly authorisation: Authorisation;
  readonly request: HttpRequest;
  /** The client takes deferred parts of the answer later. */
  readonly incremental: boolean;
  /** The answer is asked for often: what it is made of is read anew before it ends. */
  readonly isHot?: boolean;
}

/** The deprecated coordinates that the operation names itself or in its variables. */
export function deprecatedUses({ generation, operation, variables }: Run): readonly DeprecatedUse[] {
  const inVariables = operation.variableDeprecations?.(variables) ?? [];
  if (inVariables.length === 0) return operation.deprecations;
  const more = inVariables.filter((coordinate) => !operation.coordinates.has(coordinate));
  return [...operation.deprecations, ...more.flatMap((coordinate) => generation.deprecations.get(coordinate) ?? [])];
}
