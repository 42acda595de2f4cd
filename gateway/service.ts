/**
 * A request's way through the gateway, from checked parameters to the answer.
 *
 *   text ─▶ operation (cached) ─▶ caller ─▶ variables, cost ─▶ authorise ─▶ execute with the decisions ─▶ deprecations ─▶ answer
 *
 * In: parameters and the HTTP request. Out: a rejection (nothing ran) or an operation that is ready to run.
 */
import { randomUUID } from "node:crypto";
import type { GraphQLFormattedError } from "graphql";
import type {
  Cancellation,
  GraphQLOutcome,
  GraphQLParams,
  GraphQLService,
  HttpRequest,
  Prepared,
  RunOptions,
} from "#http";
import { type AuditLog, type AuditPlace, AuthenticationError, type Caller, purposeNotGranted } from "#policies";
import { ClientError } from "#schema";
import { type Answered, findAnswer, makeAnswer } from "./answer.ts";
import { auditEvent } from "./audit-event.ts";
import type { GatewayCache } from "./cache/index.ts";
import { gatewayError } from "./errors.ts";
import type { ShadowOutcome } from "./governance-port.ts";
import type { Logger } from "./observability/logger.ts";
import type { GatewayMetrics } from "./observability/metrics.ts";
import { checkCost } from "./operation/cost/check-cost.ts";
import type { Documents } from "./operation/documents/documents.ts";
import type { OperationLimits } from "./operation/limits.ts";
import {
  createRequestDeduplication,
  type RequestDeduplication,
  type RequestDeduplicationOptions,
  type ShareableRequest,
} from "./request-deduplication.ts";
import type { Run } from "./run.ts";
import type { Generation } from "./supergraph/generation.ts";
import type { ClientNames } from "./usage/client-names.ts";
import type { DeprecatedUse } from "./usage/deprecation.ts";

export interface ServiceOptions {
  /** Undefined once the gateway closes. */
  current(): Generation | undefined;
  /** Who asks. A `ClientError` (401, 403) refuses the request; any other throw is an internal error. */
  authenticate(headers: ReadonlyMap<string, string>, declaredPurpose?: string): Promise<Caller>;
  readonly documents: Documents;
  readonly clientNames: ClientNames;
  readonly limits: Pick<OperationLimits, "maxCost">;
  /** Where answers of subgraphs are kept; undefined keeps none. */
  readonly cache: GatewayCache | undefined;
  /** Where reads of personal data are recorded; undefined records none. */
  readonly audit: AuditLog | undefined;
  /** Answers identical queries under way once; undefined answers each. */
  readonly deduplication: RequestDeduplicationOptions | undefined;
  /** The client's headers that subgraphs see. */
  propagate(headers: ReadonlyMap<string, string>): ReadonlyMap<string, string>;
  /** Their names. */
  readonly propagated: readonly string[];
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  /** Milliseconds of the clock of what is kept. */
  now(): number;
}

const atOnce: RunOptions = { incremental: false };

/** Answers operations on whatever generation is current when a request comes; `prepare` never throws. */
export function createService(options: ServiceOptions): GraphQLService {
  const { metrics, deduplication } = options;
  const shared = deduplication && createRequestDeduplication<Answered>(deduplication);

  const prepare = async (params: GraphQLParams, request: HttpRequest): Promise<Prepared> => {
    try {
      const run = await prepareRun(params, request, options);
      return {
        kind: "ready",
        operationType: run.operation.type,
        run: ({ incremental } = atOnce) =>
          runOnce({ ...run, incremental }, () => prepare(params, request), shared, options),
      };
    } catch (error) {
      metrics.requestCounts.count("unknown", "rejected");
      return error instanceof Rejection ? error.prepared : rejected(toClientError(error, options.logger));
    }
  };
  return { prepare };
}

/** Ends a request before anything ran. */
class Rejection extends Error {
  readonly prepared: Prepared & { kind: "rejected" };
  constructor(status: number, errors: readonly GraphQLFormattedError[]) {
    super("rejected");
    this.prepared = { kind: "rejected", status, result: { errors } };
  }
}

async function prepareRun(
  params: GraphQLParams,
  request: HttpRequest,
  options: ServiceOptions,
): Promise<Omit<Run, "incremental">> {
  const generation = options.current();
  if (generation === undefined) throw gatewayError("SHUTTING_DOWN", "The gateway is closing");

  const asked = options.documents.find(params);
  const { text, register } = asked instanceof Promise ? await asked : asked;
  const operation = generation.operations.prepare(text, params.operationName);
  if (operation.kind === "rejected") throw new Rejection(operation.status, operation.errors);
  register?.(operation.document);

  const caller = await options.authenticate(request.headers, operation.purpose);
  // Whoever authenticates has to look at it: what is declared and not granted must not pass as if it were not there.
  if (operation.purpose !== undefined && caller.purpose !== operation.purpose) {
    throw purposeNotGranted(operation.purpose);
  }

  const variables = params.variables ?? {};
  const badVariables = operation.checkVariables(variables);
  if (badVariables !== undefined) throw new Rejection(badVariables.status, badVariables.errors);

  const estimate = operation.estimateCost?.(variables);
  if (estimate !== undefined) {
    options.metrics.operationCost.observe(estimate.cost);
    const tooExpensive = checkCost(estimate, options.limits.maxCost);
    if (tooExpensive !== undefined) throw new Rejection(tooExpensive.status, tooExpensive.errors);
  }

  const authorisation = (await generation.governance?.authorise(operation, caller, variables)) ?? { kind: "allowed" };
  if (authorisation.shadow !== undefined) countShadow(authorisation.shadow, options.metrics);
  if (authorisation.kind === "refused") {
    if (authorisation.access !== undefined && options.audit !== undefined) {
      const place = await reserve(options.audit, request.signal);
      place.record(auditEvent({ generation, operation, caller, access: authorisation.access, request }, "refused"));
    }
    const { code, message, status, extensions = {} } = authorisation;
    throw new ClientError(code, message, { status, extensions });
  }
  return { generation, operation, variables, caller, authorisation, request };
}

/** A generation can end between `prepare` and `run`: then the operation is prepared again, on its successor. */
async function runOnce(
  run: Run,
  prepareAgain: () => Promise<Prepared>,
  shared: RequestDeduplication<Answered> | undefined,
  options: ServiceOptions,
): Promise<GraphQLOutcome> {
  const lease = run.generation.lease();
  if (lease === undefined) {
    const again = await prepareAgain();
    if (again.kind === "ready") return again.run({ incremental: run.incremental });
    return { body: again.result, hasData: false, status: again.status };
  }
  const { metrics } = options;
  const { type } = run.operation;
  let place: AuditPlace | undefined;
  const beganAt = performance.now();
  metrics.requestCounts.inFlight++;
  let later: Answered["later"];
  const finish = (): void => {
    metrics.requestCounts.inFlight--;
    metrics.requestSeconds.observe(type, (performance.now() - beganAt) / 1_000);
    lease.release();
  };
  try {
    place = await reservePlace(run, options);
    const kept = findAnswer(run, options);
    const answered =
      kept === undefined || kept === "due" ? await makeOnce({ ...run, isHot: kept === "due" }, shared, options) : kept;
    recordAccess(place, run, answered.kind === "failed" ? "failed" : "answered", answered.rows);
    countUses(answered.uses, run, options);
    ({ later } = answered);
    const count = (hasErrors: boolean): void =>
      metrics.requestCounts.count(type, hasErrors && answered.kind === "ok" ? "partial" : answered.kind);
    if (later === undefined) count(false);
    else void later.then(count).finally(finish);
    return answered.outcome;
  } catch (error) {
    recordAccess(place, run, "failed");
    metrics.requestCounts.count(type, "failed");
    const shown = toClientError(error, options.logger);
    return { body: { errors: [formatError(shown)] }, hasData: false, status: shown.status };
  } finally {
    if (later === undefined) finish();
  }
}

function makeOnce(
  run: Run,
  shared: RequestDeduplication<Answered> | undefined,
  options: ServiceOptions,
): Promise<Answered> {
  return shared === undefined
    ? makeAnswer(run, run.request.signal, options)
    : shared.share(shareable(run), (signal) => makeAnswer(run, signal, options));
}

function countShadow(outcomes: readonly ShadowOutcome[], { shadowOutcomes }: GatewayMetrics): void {
  for (const { coordinate, policy, outcome } of outcomes) shadowOutcomes.inc({ coordinate, policy, outcome });
}

/** A place in the audit's queue, before anything is fetched; undefined for what reaches no personal data. */
async function reservePlace(
  { authorisation, request }: Run,
  { audit }: Pick<ServiceOptions, "audit">,
): Promise<AuditPlace | undefined> {
  return audit === undefined || authorisation.access === undefined ? undefined : reserve(audit, request.signal);
}

/** A client that goes away while there is no place is no fault of ours. */
async function reserve(audit: AuditLog, signal: Cancellation): Promise<AuditPlace> {
  try {
    return await audit.reserve(signal);
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw gatewayError("REQUEST_ABORTED", "The request was aborted before its read could be recorded.", { cause });
  }
}

function recordAccess(
  place: AuditPlace | undefined,
  run: Run,
  outcome: "answered" | "failed",
  rows?: ReadonlyMap<string, number>,
): void {
  const { access } = run.authorisation;
  if (place !== undefined && access !== undefined) place.record(auditEvent({ ...run, access }, outcome, rows));
}

function shareable({ operation, variables, caller, authorisation, request, incremental }: Run): ShareableRequest {
  const decisions = authorisation.kind === "restricted" ? authorisation.decisions : undefined;
  const { headers, signal } = request;
  return { operation, variables, caller, decisions, headers, inParts: incremental, signal };
}

function countUses(
  uses: readonly DeprecatedUse[],
  { request }: Run,
  { clientNames, metrics }: Pick<ServiceOptions, "clientNames" | "metrics">,
): void {
  if (uses.length === 0) return;
  const client = clientNames.read(request.headers);
  for (const { coordinate } of uses) metrics.deprecatedUse.inc({ client, coordinate });
}

/** What may be shown: a `ClientError` as it is; anything else under an id that finds its cause in the log. */
function toClientError(error: unknown, logger: Logger): ClientError {
  if (error instanceof ClientError) return error;
  const errorId = randomUUID();
  logger.error({ errorId, err: error }, "a request failed");
  return gatewayError("INTERNAL_SERVER_ERROR", "Something went wrong in the gateway", {
    extensions: { errorId },
    cause: error,
  });
}

function formatError(error: ClientError): GraphQLFormattedError {
  return { message: error.message, extensions: { code: error.code, ...error.extensions } };
}

function rejected(error: ClientError): Prepared {
  const result = { errors: [formatError(error)] };
  // A refused token is answered with what to send instead (RFC 6750, section 3).
  if (error instanceof AuthenticationError) {
    return { kind: "rejected", status: error.status, result, headers: error.headers };
  }
  return { kind: "rejected", status: error.status, result };
}
