import type { ExplainedOperation } from "#gateway";
import type { Caller } from "#policies";
import { readConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";
import { callerOf, openMeshGovernance, refuseQuery } from "../mesh/open-mesh-governance.ts";
import { printExplanation } from "../terminal/print-explanation.ts";

export interface PolicyExplainOptions {
  readonly config?: string;
  readonly as: string;
  readonly purpose?: string;
  readonly operation?: string;
  readonly json: boolean;
}

/** What a principal gets of a query (or of one coordinate, `Customer.email`), and which policy decides why. */
export async function explainPolicies(asked: string, options: PolicyExplainOptions): Promise<void> {
  const config = await readConfig(options.config);
  const caller = await callerOf(config.authentication.principals, options.as, options.purpose);
  const { governance } = await openMeshGovernance(config);
  let explained: ExplainedOperation;
  if (/^\w+\.\w+$/.test(asked)) {
    const field = governance.explainField(caller, asked);
    if (field === undefined) throw commandError("QUERY_INVALID", `the graph has no field ${asked}`);
    explained = { refused: undefined, fields: [field], ungoverned: [], rows: [] };
  } else {
    try {
      explained = governance.explainOperation(caller, asked, options.operation);
    } catch (error) {
      refuseQuery(error);
    }
  }
  if (options.json) console.log(JSON.stringify({ caller: told(caller), ...explained }, undefined, 2));
  else for (const line of printExplanation(caller, explained)) console.log(line);
}

function told({ principal, purpose }: Caller): object {
  return { ...principal, purpose: purpose ?? null };
}
