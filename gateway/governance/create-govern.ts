/**
 * In: policies. Out: the gateway's `Govern` port, which reads the governed coordinates of each supergraph and answers
 * what a caller may get from an operation. Next: `service.ts` asks it before it executes and applies it to the answer.
 */
import {
  createDescribeAccess,
  createRules,
  lintPolicies,
  type Policy,
  policySetVersion,
  type ReportFailure,
  readGovernedCoordinates,
} from "#policies";
import type { Finding } from "#schema";
import type { Govern } from "../governance-port.ts";
import { createAuthorise } from "./authorise.ts";
import { readGovernedFields } from "./governed-fields.ts";
import { readOperands } from "./operands.ts";
import { readUnfilteredRows } from "./unfiltered-rows.ts";
import { createVariation } from "./variation.ts";

export interface GovernOptions {
  readonly policies: readonly Policy[];
  /** Called with the cause when a policy could not be decided; the caller of the graph gets a denial without it. */
  readonly reportFailure?: ReportFailure;
  /** Called once per supergraph with what is wrong between the policies and the graph, if anything is. */
  readonly onFindings?: (findings: readonly Finding[]) => void;
}

/** Guarantees that a policy set with errors (two policies of one name) is refused: the generation is not built. */
export function createGovern(options: GovernOptions): Govern {
  const { policies, reportFailure, onFindings } = options;
  const version = policySetVersion(policies);
  return ({ document, apiSchema }) => {
    const coordinates = readGovernedCoordinates(document);
    const findings = lintPolicies(policies, coordinates);
    if (findings.length > 0) onFindings?.(findings);
    const error = findings.find(({ level }) => level === "error");
    if (error !== undefined) throw new Error(error.message);

    const rules = createRules(policies, coordinates, reportFailure === undefined ? {} : { reportFailure });
    const unfiltered = readUnfilteredRows(document, rules);
    const governedFields = readGovernedFields(document, apiSchema, rules, unfiltered);
    const operands = readOperands(document, apiSchema, rules);
    const describeAccess = createDescribeAccess(document, coordinates, policies);
    return {
      authorise: createAuthorise(apiSchema, governedFields, rules, operands, describeAccess),
      version,
      variation: (types, compared) => createVariation(rules, types, compared),
    };
  };
}
