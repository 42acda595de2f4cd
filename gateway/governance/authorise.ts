/**
 * Operation + caller → what was decided about the fields that it reaches. Worked out once per operation and decision
 * vector (what the rules decided for its governed fields) and shared by all callers who get the same one.
 */
import type { GraphQLSchema } from "graphql";
import { LRUCache } from "lru-cache";
import {
  type Caller,
  type Decision,
  type DescribeAccess,
  decideField,
  type HeldObligation,
  type Rules,
  settleDecision,
} from "#policies";
import type { Decisions } from "../execution/executor.ts";
import type { Authorisation } from "../governance-port.ts";
import type { PreparedOperation } from "../operation/prepared-operation.ts";
import { findCertainDenial } from "./certain-denial.ts";
import type { GovernedField, GovernedFields } from "./governed-fields.ts";
import { maskedCoordinates } from "./masked-coordinates.ts";
import { compileOperands, type Operands, type RefuseOperands } from "./operands.ts";
import { reachedFields } from "./reached-fields.ts";
import { shadowOutcomes } from "./shadow-outcomes.ts";

const allowed: Authorisation = Object.freeze({ kind: "allowed" });
const allowedForAll: Authorisation = Object.freeze({ kind: "allowed", isForAll: true });

type Authorise = (
  operation: PreparedOperation,
  caller: Caller,
  variables?: Readonly<Record<string, unknown>>,
) => Authorisation;

/** What is kept per operation. */
interface GovernedOperation {
  readonly fields: readonly GovernedField[];
  readonly refuseOperands: RefuseOperands | undefined;
  readonly byCallerClass: LRUCache<string, Authorisation>;
  readonly byDecisions: LRUCache<string, Authorisation>;
}

/**
 * Guarantees: a denied field is never fetched; no masked value is in the answer; an operation without governed fields, or
 * with only allowed ones, runs as it is written and costs two map look-ups.
 */
export function createAuthorise(
  schema: GraphQLSchema,
  governedFields: GovernedFields,
  rules: Rules,
  operands: Operands = new Map(),
  describeAccess: DescribeAccess = () => undefined,
): Authorise {
  const known = new WeakMap<PreparedOperation, GovernedOperation>();

  return (operation, caller, variables = {}) => {
    let governed = known.get(operation);
    if (governed === undefined) {
      governed = {
        fields: fieldsOf(schema, operation, governedFields),
        refuseOperands: compileOperands(schema, operation, operands),
        byCallerClass: new LRUCache({ max: 64 }),
        byDecisions: new LRUCache({ max: 16 }),
      };
      known.set(operation, governed);
    }
    const refused = governed.refuseOperands?.(caller, variables);
    if (refused !== undefined) return refuse(refused, describeAccess);
    if (governed.fields.length === 0) return governed.refuseOperands === undefined ? allowedForAll : allowed;

    const callerClass = governed.fields.some(({ rows }) => rows !== undefined) ? undefined : rules.callerClass(caller);
    const remembered = callerClass === undefined ? undefined : governed.byCallerClass.get(callerClass);
    if (remembered !== undefined) return remembered;

    const decisions = decideOperation(governed.fields, caller);
    const obligations = obligationsOf(governed.fields, caller);
    const shadow = shadowOutcomes(governed.fields, decisions, caller);
    const vector = JSON.stringify([[...decisions], obligations, shadow]);
    let authorisation = governed.byDecisions.get(vector);
    if (authorisation === undefined) {
      const access = describeAccess(governed.fields.map(namesOf), decisions, obligations);
      const also = {
        ...(access && { access }),
        ...(obligations.length > 0 && { obligations }),
        ...(shadow.length > 0 && { shadow }),
      };
      if (decisions.size > 0) authorisation = { ...restrict(schema, operation, decisions), ...also };
      else authorisation = Object.keys(also).length === 0 ? allowed : { kind: "allowed", ...also };
      governed.byDecisions.set(vector, authorisation);
    }
    if (callerClass !== undefined) governed.byCallerClass.set(callerClass, authorisation);
    return authorisation;
  };
}

/** The decisions for the governed fields of an operation, settled for their types; without those that allow. */
function decideOperation(fields: readonly GovernedField[], caller: Caller): Decisions {
  const decisions = new Map<string, Decision>();
  for (const { coordinate, type, rules, rows } of fields) {
    const decision = rows?.(caller) ?? settleDecision(decideField(rules, caller), type);
    if (decision.effect !== "allow") decisions.set(coordinate, decision);
  }
  return decisions;
}

/** Of all fields, each once, sorted. */
function obligationsOf(fields: readonly GovernedField[], caller: Caller): readonly HeldObligation[] {
  const byKey = new Map<string, HeldObligation>();
  for (const { rules } of fields) {
    for (const rule of rules) {
      for (const held of rule.obligations(caller)) byKey.set(`${held.obligation} ${held.policy}`, held);
    }
  }
  return [...byKey].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, held]) => held);
}

function refuse(
  { coordinate, error }: NonNullable<ReturnType<RefuseOperands>>,
  describeAccess: DescribeAccess,
): Authorisation {
  const { code, message, extensions } = error;
  const denial: Decision = { effect: "deny", policy: String(extensions.policy ?? ""), reason: message };
  const access = describeAccess([[coordinate]], new Map([[coordinate, denial]]), []);
  return { kind: "refused", code, message, status: 403, extensions, ...(access && { access }) };
}

function namesOf({ coordinate, rules }: GovernedField): [string, ...string[]] {
  return [coordinate, ...rules.map((rule) => rule.coordinate)];
}

function fieldsOf(
  schema: GraphQLSchema,
  { document, definition }: PreparedOperation,
  governedFields: GovernedFields,
): readonly GovernedField[] {
  const coordinates = [...reachedFields(schema, document, definition)].sort();
  return coordinates.flatMap((coordinate) => governedFields.get(coordinate) ?? []);
}

function restrict(schema: GraphQLSchema, operation: PreparedOperation, decisions: Decisions): Authorisation {
  const denial = findCertainDenial(schema, operation.document, operation.definition, decisions);
  if (denial !== undefined) return { kind: "refused", code: "FORBIDDEN", message: denial, status: 403 };
  return { kind: "restricted", decisions, masked: maskedCoordinates(decisions) };
}
