/**
 * The reference executor: @apollo/gateway behind our port.
 *
 * One ApolloGateway serves exactly one supergraph. It is loaded through the gateway's own life cycle (a supergraph manager
 * that hands over the SDL, services built from it, `stop` with the manager's clean-up), but never updated in place: its
 * `update` switches planner and schema under requests that are between two awaits, and leaves a mixture behind when the
 * new planner cannot be built. A reload therefore loads a second ApolloGateway beside the first (`supergraph/`).
 *
 * In: a validated operation, caller, headers, signal. Out: data as text, errors at the client's paths, merged extensions.
 */

import { ApolloGateway, type GraphQLDataSource } from "@apollo/gateway";
import { type DocumentNode, GraphQLError, type GraphQLSchema, Kind, parse, visit } from "graphql";
import { gatewayError } from "../../errors.ts";
import type { Logger } from "../../observability/logger.ts";
import { schemaWithPurpose } from "../../plan/purpose.ts";
import { createRequest } from "../../transport/create-request.ts";
import type { SubgraphClient } from "../../transport/subgraph-client.ts";
import { SubgraphFailure } from "../../transport/subgraph-failure.ts";
import { AnswerExtensions } from "../answer-extensions.ts";
import type { ExecutionRequest, ExecutionResult } from "../executor.ts";
import type { ExecutorOptions, LoadedExecutor } from "../loaded-executor.ts";
import { reportErrors, reportFailedFetch } from "../report-fetch.ts";
import { readFailure, readSubgraphError } from "../subgraph-errors.ts";
import { createGoverned } from "./governed-operation.ts";
import { type PlannableOperation, toPlannable } from "./plannable-operation.ts";

// ApolloGateway's constructor starts to probe cloud metadata addresses and to report to the outside unless this is set.
process.env.APOLLO_TELEMETRY_DISABLED = "true";

/** What travels from `execute` through ApolloGateway to the data sources. */
interface FetchContext {
  readonly request: ExecutionRequest;
  readonly headers: ReadonlyMap<string, string>;
  readonly extensions: AnswerExtensions;
}

type ExecutorInput = Parameters<ApolloGateway["executor"]>[0];
type FetchOptions = Parameters<GraphQLDataSource["process"]>[0];
type FetchResponse = Awaited<ReturnType<GraphQLDataSource["process"]>>;

/**
 * Loads the supergraph. Rejects when it is no valid supergraph; nothing is left running then.
 * `execute` raises `REQUEST_ABORTED` when its signal ends it, and lets what ApolloGateway throws through.
 */
export async function createApolloExecutor(options: ExecutorOptions): Promise<LoadedExecutor> {
  const { logger } = options;
  const apolloLogger = adaptLogger(logger);
  const gateway = new ApolloGateway({
    supergraphSdl: async () => ({ supergraphSdl: options.supergraphSdl }),
    buildService: ({ name, url }) =>
      createDataSource(options.client({ name, url: url === "" ? undefined : url }), options),
    __exposeQueryPlanExperimental: false,
    logger: apolloLogger,
  });
  const { schema, executor } = await gateway.load();
  const apiSchema = schemaWithPurpose(schema);
  const plannable = new WeakMap<DocumentNode, PlannableOperation>();
  const fieldNames = fieldNamesOf(options.supergraphSdl);
  const governed = createGoverned(apiSchema, options.masks);

  return {
    apiSchema,
    async execute(request: ExecutionRequest): Promise<ExecutionResult> {
      assertWanted(request);
      const extensions = new AnswerExtensions();
      const context: FetchContext = { request, headers: options.propagate(request.headers), extensions };
      const { query, document, apply } = governed(request);
      let operation = plannable.get(document);
      if (operation === undefined) {
        operation = toPlannable(query, document, fieldNames);
        plannable.set(document, operation);
      }
      const answer = await executor(toExecutorInput(request, operation, context, apiSchema, apolloLogger));
      assertWanted(request);
      // ApolloGateway leaves `data` out when a subgraph's value breaks its own completion; it was executed all the same.
      const raw = operation.restoreData(answer.data ?? null);
      const { data, errors: denials } = raw === null ? { data: null, errors: [] } : apply(raw);
      const errors = [...(answer.errors ?? []).map(cleanError), ...completionErrors(answer.extensions)];
      return {
        text: JSON.stringify(data),
        errors: [...errors.map((error) => restoreError(error, operation)), ...denials],
        extensions: extensions.read(),
      };
    },
    supergraphSchema: undefined,
    keepIn: () => undefined,
    usesOf: () => [],
    fetchesOf: () => undefined,
    warm: () => Promise.resolve(),
    close: () => gateway.stop(),
  };
}

function assertWanted({ signal }: ExecutionRequest): void {
  if (signal.aborted) throw gatewayError("REQUEST_ABORTED", "The request was aborted", { cause: signal.reason });
}

function toExecutorInput(
  { operationName, variables }: ExecutionRequest,
  { query, document }: PlannableOperation,
  context: FetchContext,
  schema: GraphQLSchema,
  logger: ReturnType<typeof adaptLogger>,
): ExecutorInput {
  const definitions = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const operation = definitions.find(({ name }) => operationName === undefined || name?.value === operationName);
  // Of Apollo Server's request context, ApolloGateway reads only what is given here; the rest (cache, schema hash, cache
  // policy) is for Apollo Server's own plugins.
  const input = {
    request: { query, variables, ...(operationName === undefined ? {} : { operationName }) },
    document,
    operation,
    operationName: operationName ?? null,
    source: query,
    // Key of ApolloGateway's plan cache: the text itself cannot collide.
    queryHash: query,
    schema,
    context,
    logger,
    metrics: {},
  };
  return input as unknown as ExecutorInput; // see above: the missing members are never read
}

/** Never rejects: a fetch that brought no answer becomes errors with places in the client's answer. */
function createDataSource(
  client: SubgraphClient,
  { subgraphMessages, logger }: Pick<ExecutorOptions, "subgraphMessages" | "logger">,
): GraphQLDataSource {
  const subgraph = client.name;
  return {
    async process(options: FetchOptions): Promise<FetchResponse> {
      // ApolloGateway's own health check and SDL loading are never asked for: the gateway has its own.
      if (options.kind !== "incoming operation") throw new Error(`Unexpected ${options.kind}`);
      const { request, headers, extensions } = options.context as FetchContext;
      const { query = "", operationName, variables = {} } = options.request;
      try {
        const fetch = createRequest({
          operationType: query.startsWith("mutation") ? "mutation" : "query",
          query,
          operationName,
          variables,
          caller: request.caller,
          headers,
        });
        const response = await client.execute(fetch, request.signal);
        extensions.add(response.extensions);
        const errors = response.errors?.map((error) => readSubgraphError(subgraph, error, subgraphMessages));
        if (errors !== undefined) {
          const codes = errors.map((error) => error.extensions?.code);
          reportErrors(logger, subgraph, codes);
        }
        return { data: response.data ?? null, ...(errors === undefined ? {} : { errors }) };
      } catch (cause) {
        const failure = cause instanceof SubgraphFailure ? cause : new SubgraphFailure(subgraph, "internal", { cause });
        reportFailedFetch(logger, failure);
        return failedFetch(failure, query, options);
      }
    },
  };
}

/**
 * A root fetch: one error at each root field it would have filled. An entity fetch: one error at the nearest field above
 * all entities, since one per entity would say the same a hundred times.
 */
function failedFetch(failure: SubgraphFailure, query: string, options: FetchOptions): FetchResponse {
  const error = readFailure(failure);
  const path = "pathInIncomingRequest" in options ? (options.pathInIncomingRequest ?? []) : [];
  if (path.length > 0) {
    const end = path.indexOf("@");
    const place = path.slice(0, end === -1 ? path.length : end).filter((part) => !String(part).startsWith("..."));
    // ApolloGateway puts the fetch's own path before a path it is given, so this error goes around it, already placed.
    throw new GraphQLError(error.message, {
      path: place as string[],
      extensions: error.extensions,
      originalError: failure,
    });
  }
  return { data: null, errors: rootFieldsOf(query).map((field) => ({ ...error, path: [field] })) };
}

function rootFieldsOf(query: string): readonly string[] {
  const operation = parse(query, { noLocation: true }).definitions.find(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  return (operation?.selectionSet.selections ?? []).flatMap((selection) =>
    selection.kind === Kind.FIELD ? [selection.alias?.value ?? selection.name.value] : [],
  );
}

/**
 * ApolloGateway reports a null for a non-null field as an extension when no subgraph reported an error. A client must be
 * told in `errors` (GraphQL specification, 6.4.4), so it becomes one.
 */
function completionErrors(extensions: Record<string, unknown> | undefined): readonly GraphQLError[] {
  const errors = extensions?.valueCompletion;
  if (!Array.isArray(errors)) return [];
  return errors
    .filter((error) => error instanceof GraphQLError)
    .map(
      (error) =>
        new GraphQLError(error.message, {
          ...(error.path === undefined ? {} : { path: error.path }),
          extensions: { code: "RESPONSE_VALIDATION_FAILED" },
        }),
    );
}

/**
 * Lets through what a data source made (it names its subgraph). Everything else is ApolloGateway's own complaint about an
 * answer's shape, and some of those quote the value: only their place is kept.
 */
function cleanError(error: Error): GraphQLError {
  if (error instanceof GraphQLError && error.extensions.serviceName !== undefined) return error;
  const path = error instanceof GraphQLError ? error.path : undefined;
  return new GraphQLError("A subgraph answered with a value that the schema does not allow", {
    ...(path === undefined ? {} : { path }),
    extensions: { code: "RESPONSE_VALIDATION_FAILED" },
  });
}

function restoreError(error: GraphQLError, { restorePath, restoreText }: PlannableOperation): GraphQLError {
  return new GraphQLError(restoreText(error.message), {
    ...(error.path === undefined ? {} : { path: restorePath(error.path) }),
    extensions: error.extensions,
    originalError: error.originalError ?? null,
  });
}

/** Every name that a key or a required field can have. */
function fieldNamesOf(supergraphSdl: string): ReadonlySet<string> {
  const names = new Set(["__typename"]);
  visit(parse(supergraphSdl, { noLocation: true }), { FieldDefinition: ({ name }) => void names.add(name.value) });
  return names;
}

function adaptLogger(logger: Logger): {
  debug(message?: unknown): void;
  info(message?: unknown): void;
  warn(message?: unknown): void;
  error(message?: unknown): void;
} {
  const part = { part: "apollo-gateway" };
  return {
    debug: (message) => logger.debug(part, String(message)),
    info: (message) => logger.debug(part, String(message)),
    warn: (message) => logger.warn(part, String(message)),
    error: (message) => logger.error(part, String(message)),
  };
}
