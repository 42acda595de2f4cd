/** A client operation with everything about it that does not depend on the request. */
import type { DocumentNode, OperationDefinitionNode, OperationTypeNode } from "graphql";
import type { DeprecatedUse } from "../usage/deprecation.ts";
import type { InputWalker } from "../usage/input-coordinates.ts";
import type { CheckVariables } from "./compile-variables.ts";
import type { EstimateCost } from "./cost/compile-cost.ts";

/** One object per text and operation name within a generation: safe as a key of a WeakMap. */
export interface PreparedOperation {
  readonly query: string;
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  /** What `@purpose(name:)` on the operation says; query, document and definition are without it. */
  readonly purpose: string | undefined;
  readonly name: string | undefined;
  readonly type: OperationTypeNode;
  /**
   * Schema coordinates that it names itself, through fragments too: `Order.total`, `Query.orders(first:)`,
   * `OrderFilter.region`, `Region.WEST`. Introspection is left out.
   */
  readonly coordinates: ReadonlySet<string>;
  /** Deprecated coordinates among `coordinates`. */
  readonly deprecations: readonly DeprecatedUse[];
  /** Finds deprecated input fields and enum values in variables; undefined when none can be reached. */
  readonly variableDeprecations: InputWalker | undefined;
  readonly checkVariables: CheckVariables;
  /** Undefined where costs are not limited. */
  readonly estimateCost: EstimateCost | undefined;
}
