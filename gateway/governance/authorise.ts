/**
 * Operation + caller → what may be executed and what is done to the answer. Everything is worked out once per operation
 * and decision vector (what the rules decided for its governed fields) and shared by all callers who get the same one.
 */
import { type DocumentNode, type GraphQLSchema, isListType, isNonNullType, Kind, print, visit } from "graphql";
import { LRUCache } from "lru-cache";
import { type Caller, type Decision, decideField, denialError, type Rules, settleDecision } from "#policies";
import type { ExecutionResult } from "../execution/executor.ts";
import type { Authorisation } from "../governance-port.ts";
import type { PreparedOperation } from "../operation/prepared-operation.ts";
import { compileAnswerShape, type ObjectShape } from "./answer-shape.ts";
import { applyDecisions } from "./apply-decisions.ts";
import type { GovernedField, GovernedFields } from "./governed-fields.ts";
import { type MaskedCoordinate, maskedCoordinates } from "./masked-coordinates.ts";
import { type Decisions, rewriteOperation } from "./rewrite-operation.ts";

const allowed: Authorisation = Object.freeze({ kind: "allowed" });

/** What is kept per operation. */
interface GovernedOperation {
  readonly fields: readonly GovernedField[];
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
): (operation: PreparedOperation, caller: Caller) => Authorisation {
  const known = new WeakMap<PreparedOperation, GovernedOperation>();

  return (operation, caller) => {
    let governed = known.get(operation);
    if (governed === undefined) {
      governed = {
        fields: fieldsOf(operation, governedFields),
        byCallerClass: new LRUCache({ max: 64 }),
        byDecisions: new LRUCache({ max: 16 }),
      };
      known.set(operation, governed);
    }
    if (governed.fields.length === 0) return allowed;

    const callerClass = rules.callerClass(caller);
    const remembered = callerClass === undefined ? undefined : governed.byCallerClass.get(callerClass);
    if (remembered !== undefined) return remembered;

    const decisions = decideOperation(governed.fields, caller);
    const vector = JSON.stringify([...decisions]);
    let authorisation = governed.byDecisions.get(vector);
    if (authorisation === undefined) {
      authorisation = decisions.size === 0 ? allowed : restrict(schema, operation, decisions);
      governed.byDecisions.set(vector, authorisation);
    }
    if (callerClass !== undefined) governed.byCallerClass.set(callerClass, authorisation);
    return authorisation;
  };
}

/** The decisions for the governed fields of an operation, settled for their types; without those that allow. */
function decideOperation(fields: readonly GovernedField[], caller: Caller): Decisions {
  const decisions = new Map<string, Decision>();
  for (const { coordinate, type, rules } of fields) {
    const decision = settleDecision(decideField(rules, caller), type);
    if (decision.effect !== "allow") decisions.set(coordinate, decision);
  }
  return decisions;
}

function fieldsOf(operation: PreparedOperation, governedFields: GovernedFields): readonly GovernedField[] {
  const coordinates = [...new Set([...operation.coordinates, ...operation.impliedCoordinates])].sort();
  return coordinates.flatMap((coordinate) => governedFields.get(coordinate) ?? []);
}

function restrict(schema: GraphQLSchema, operation: PreparedOperation, decisions: Decisions): Authorisation {
  const rewritten = rewriteOperation(schema, operation.document, operation.definition, decisions);
  const shape = compileAnswerShape(schema, rewritten, decisions);
  // A fragment on a type that its place cannot have: selected, yet never in an answer.
  if (shape === undefined) return allowed;
  const certain = hasConditions(rewritten.definition) ? undefined : findCertainDenial(shape);
  if (certain !== undefined) {
    const { message } = denialError(certain.coordinate, certain.decision);
    return { kind: "refused", code: "FORBIDDEN", message, status: 403 };
  }
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [rewritten.definition] };
  const masked = maskedCoordinates(decisions);
  return {
    kind: "restricted",
    execute: rewritten.changed ? { query: print(document), document } : undefined,
    apply: (result) => apply(result, shape, masked),
  };
}

function apply(result: ExecutionResult, shape: ObjectShape, masked: readonly MaskedCoordinate[]): ExecutionResult {
  const extensions = masked.length === 0 ? result.extensions : { ...result.extensions, masked };
  if (result.data === null || result.data === undefined) return { ...result, extensions };
  const { data, errors } = applyDecisions(result.data, shape);
  return { data, errors: [...result.errors, ...errors], extensions };
}

/** A denied field that would null the whole answer whatever the data are: every field down to it is there and not null. */
function findCertainDenial(
  shape: ObjectShape,
): { readonly coordinate: string; readonly decision: Extract<Decision, { effect: "deny" }> } | undefined {
  for (const field of shape.values()) {
    if (!("type" in field) || !isNonNullType(field.type)) continue;
    if (field.kind === "hidden" && field.decision.effect === "deny") {
      return { coordinate: field.coordinate, decision: field.decision };
    }
    if (field.kind !== "nested" || isListType(field.type.ofType) || field.shape.kind !== "object") continue;
    const found = findCertainDenial(field.shape.shape);
    if (found !== undefined) return found;
  }
  return undefined;
}

function hasConditions(definition: Parameters<typeof visit>[0]): boolean {
  let found = false;
  visit(definition, {
    Directive({ name }) {
      found ||= name.value === "skip" || name.value === "include";
    },
  });
  return found;
}
