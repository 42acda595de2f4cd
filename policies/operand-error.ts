/** Errors for what the policies do not let a caller compute, the same in a subgraph and at the gateway. */
import { ClientError } from "#schema";
import type { Decision } from "./decision.ts";
import { policyErrors } from "./errors.ts";

/** OPERAND_FORBIDDEN. Names the field and the policy, never what it was compared with. */
export function operandError(coordinate: string, decision: Decision): ClientError {
  const policy = decision.effect === "allow" ? undefined : decision.policy;
  const because = policy === undefined ? "" : `: the policy ${policy} does not show its values to this caller`;
  return new ClientError(
    "OPERAND_FORBIDDEN",
    `${coordinate} cannot be filtered, sorted, grouped or added up by${because}.`,
    {
      status: policyErrors.OPERAND_FORBIDDEN.status,
      extensions: { coordinate, ...(policy === undefined ? {} : { policy }) },
    },
  );
}

/** GROUP_TOO_SMALL. Says how large a group must be, not how large it is. */
export function groupTooSmallError(
  type: string,
  { size, policies }: { readonly size: number; readonly policies: readonly string[] },
): ClientError {
  return new ClientError(
    "GROUP_TOO_SMALL",
    `Fewer than ${size} rows of ${type} match, and their number is not shown (${policies.join(", ")}). Ask about more of them.`,
    { status: policyErrors.GROUP_TOO_SMALL.status, extensions: { type, minGroup: size, policies } },
  );
}
