/**
 * A request's way through the gateway, from checked parameters to the answer.
 *
 *   operation (cached) ─▶ caller ─▶ variables ─▶ authorise ─▶ execute ─▶ apply decisions ─▶ deprecations ─▶ answer
 *
 * In: parameters and the HTTP request. Out: a rejection (nothing ran) or an operation that is ready to run.
 */
import { randomUUID } from "node:crypto";
import { execute as executeLocally, type GraphQLFormattedError } from "graphql";
import type { GraphQLOutcome, GraphQLParams, GraphQLService, HttpRequest, Prepared } from "#http";
import { AuthenticationError, type Caller } from "#policies";
import { ClientError } from "#schema";
import { gatewayError } from "./errors.ts";
import type { ExecutionResult } from "./execution/executor.ts";
import type { Authorisation } from "./governance-port.ts";
import type { Logger } from "./observability/logger.ts";
import type { GatewayMetrics } from "./observability/metrics.ts";
import { checkVariables } from "./operation/coerce-variables.ts";
import type { PreparedOperation } from "./operation/prepared-operation.ts";
import type { Generation } from "./supergraph/generation.ts";
import type { ClientNames } from "./usage/client-names.ts";
import type { DeprecatedUse } from "./usage/deprecation.ts";
import { deprecationHeaders } from "./usage/deprecation-headers.ts";
import { printDeprecations } from "./usage/print-deprecations.ts";

export interface ServiceOptions {
  /** Undefined once the gateway closes. */
  current(): Generation | undefined;
  /** Who asks. A `ClientError` (401, 403) refuses the request; any other throw is an internal error. */
  authenticate(headers: ReadonlyMap<string, string>): Promise<Caller>;
  readonly clientNames: ClientNames;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
}

/** Everything that one run needs; made once per request. */
interface Run {
  readonly generation: Generation;
  readonly operation: PreparedOperation;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  readonly authorisation: Authorisation;
  readonly request: HttpRequest;
}

/** Answers operations on whatever generation is current when a request comes; `prepare` never throws. */
export function createService(options: ServiceOptions): GraphQLService {
  const { metrics } = options;

  const prepare = async (params: GraphQLParams, request: HttpRequest): Promise<Prepared> => {
    try {
      const run = await prepareRun(params, request, options);
      return {
        kind: "ready",
        operationType: run.operation.type,
        run: () => runOnce(run, () => prepare(params, request), options),
      };
    } catch (error) {
      metrics.requests.inc({ type: "unknown", outcome: "rejected" });
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

async function prepareRun(params: GraphQLParams, request: HttpRequest, options: ServiceOptions): Promise<Run> {
  const generation = options.current();
  if (generation === undefined) throw gatewayError("SHUTTING_DOWN", "The gateway is closing");

  const operation = generation.operations.prepare(readQuery(params), params.operationName);
  if (operation.kind === "rejected") throw new Rejection(operation.status, operation.errors);

  const caller = await options.authenticate(request.headers);

  const variables = params.variables ?? {};
  const badVariables = checkVariables(generation.apiSchema, operation.definition, variables);
  if (badVariables !== undefined) throw new Rejection(badVariables.status, badVariables.errors);

  const authorisation = (await generation.governance?.authorise(operation, caller)) ?? { kind: "allowed" };
  if (authorisation.kind === "refused") {
    throw new ClientError(authorisation.code, authorisation.message, { status: authorisation.status });
  }
  return { generation, operation, variables, caller, authorisation, request };
}

function readQuery({ query, extensions }: GraphQLParams): string {
  if (query !== undefined && query.trim() !== "") return query;
  if (extensions?.persistedQuery !== undefined) {
    throw gatewayError(
      "PERSISTED_QUERY_NOT_SUPPORTED",
      "Persisted queries are not supported; send the operation's text",
    );
  }
  throw gatewayError("BAD_REQUEST", "The request holds no operation; send a `query`");
}

/** A generation can end between `prepare` and `run`: then the operation is prepared again, on its successor. */
async function runOnce(
  run: Run,
  prepareAgain: () => Promise<Prepared>,
  options: ServiceOptions,
): Promise<GraphQLOutcome> {
  const lease = run.generation.lease();
  if (lease === undefined) {
    const again = await prepareAgain();
    if (again.kind === "ready") return again.run();
    return { body: again.result, hasData: false, status: again.status };
  }
  const { metrics } = options;
  const { type } = run.operation;
  const endTimer = metrics.requestSeconds.startTimer({ type });
  metrics.requestsInFlight.inc();
  try {
    const outcome = await answer(run, options);
    metrics.requests.inc({ type, outcome: outcome.kind });
    return outcome.answer;
  } catch (error) {
    metrics.requests.inc({ type, outcome: "failed" });
    const shown = toClientError(error, options.logger);
    return { body: { errors: [formatError(shown)] }, hasData: false, status: shown.status };
  } finally {
    metrics.requestsInFlight.dec();
    endTimer();
    lease.release();
  }
}

async function answer(
  run: Run,
  options: ServiceOptions,
): Promise<{ readonly kind: "ok" | "partial" | "failed"; readonly answer: GraphQLOutcome }> {
  const raw = run.operation.introspectionOnly ? await introspect(run) : await execute(run);
  const { data, errors, extensions } = run.authorisation.kind === "restricted" ? run.authorisation.apply(raw) : raw;

  const uses = deprecatedUses(run);
  if (uses.length > 0) {
    const client = options.clientNames.read(run.request.headers);
    for (const { coordinate } of uses) options.metrics.deprecatedUse.inc({ client, coordinate });
  }
  const allExtensions = { ...extensions, ...(uses.length === 0 ? {} : { deprecations: printDeprecations(uses) }) };
  return {
    kind: errors.length === 0 ? "ok" : data == null ? "failed" : "partial",
    answer: {
      body: {
        ...(data === undefined ? {} : { data }),
        ...(errors.length === 0 ? {} : { errors: errors.map((error) => error.toJSON()) }),
        ...(Object.keys(allExtensions).length === 0 ? {} : { extensions: allExtensions }),
      },
      hasData: data !== undefined,
      headers: deprecationHeaders(uses),
    },
  };
}

function execute({ generation, operation, variables, caller, authorisation, request }: Run): Promise<ExecutionResult> {
  const instead = authorisation.kind === "restricted" ? authorisation.execute : undefined;
  return generation.executor.execute({
    query: instead?.query ?? operation.query,
    document: instead?.document ?? operation.document,
    operationName: operation.name,
    variables,
    caller,
    signal: request.signal,
    headers: request.headers,
  });
}

/** The schema answers for itself: no subgraph, no governance (what is hidden is not in the API schema). */
async function introspect({ generation, operation, variables }: Run): Promise<ExecutionResult> {
  const result = await executeLocally({
    schema: generation.apiSchema,
    document: operation.document,
    operationName: operation.name ?? null,
    variableValues: variables,
  });
  return { data: result.data, errors: result.errors ?? [], extensions: {} };
}

function deprecatedUses({ generation, operation, variables }: Run): readonly DeprecatedUse[] {
  const inVariables = operation.variableDeprecations?.(variables) ?? [];
  if (inVariables.length === 0) return operation.deprecations;
  const more = inVariables.filter((coordinate) => !operation.coordinates.has(coordinate));
  return [...operation.deprecations, ...more.flatMap((coordinate) => generation.deprecations.get(coordinate) ?? [])];
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
