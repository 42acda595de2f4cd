/**
 * Whoever brings a supergraph and its later versions, in ApolloGateway's form:
 *
 *   initialize({ update, healthCheck, getDataSource }) ──▶ first supergraph, cleanup
 *        update(supergraphSdl) ──▶ another one, from then on until cleanup was called
 */
import type { GatewayGraphQLRequest, GatewayGraphQLResponse } from "@apollo/server-gateway-interface";
import { parse } from "graphql";
import { Cancel } from "#http";
import { anonymous } from "#policies";
import { readGraphs } from "../supergraph/read-graphs.ts";
import { checkSubgraph } from "../transport/check-subgraph.ts";
import type { TransportOptions } from "../transport/create-client.ts";
import { createRequest } from "../transport/create-request.ts";
import { createHttpClient } from "../transport/http.ts";
import type { SubgraphClient } from "../transport/subgraph-client.ts";
import { withTimeout } from "../transport/with-timeout.ts";
import type { ApolloLogger } from "./adapt-logger.ts";

export interface SupergraphHookOptions {
  /** Takes another supergraph. One that cannot be loaded changes nothing; the log and `health()` say why. */
  readonly update: (updatedSupergraphSdl: string) => void;
  /** Rejects when a subgraph of this supergraph does not answer. */
  readonly healthCheck: (supergraphSdl: string) => Promise<void>;
  /** For managers that ask subgraphs for their SDL. */
  readonly getDataSource: (subgraph: { readonly name: string; readonly url?: string }) => SupergraphDataSource;
}

export interface SupergraphDataSource {
  process(options: { readonly request: GatewayGraphQLRequest }): Promise<GatewayGraphQLResponse>;
}

export type SupergraphHook = (options: SupergraphHookOptions) => Promise<{
  supergraphSdl: string;
  /** Called once, when the gateway stops or cannot be loaded. */
  cleanup?: () => Promise<void>;
}>;

export interface SupergraphManager {
  initialize: SupergraphHook;
}

export interface RunningManager {
  readonly first: string;
  /** From now on `take` gets every update, and first the last one that came before. */
  follow(take: (supergraphSdl: string) => void): void;
  /** No update is taken any more. Never rejects: what the manager's cleanup throws is logged. */
  close(): Promise<void>;
}

const timeoutMs = 10_000;
const maxSdlBytes = 10_000_000;

/** Rejects with what the manager's `initialize` throws; it has been cleaned up as far as it can be then. */
export async function startManager(
  given: SupergraphHook | SupergraphManager,
  transport: Partial<TransportOptions> | undefined,
  logger: ApolloLogger,
): Promise<RunningManager> {
  const clients = new Map<string, SubgraphClient>();
  const clientOf = (name: string, url: string | undefined): SubgraphClient => {
    if (url === undefined || !URL.canParse(url))
      throw new Error(`The subgraph "${name}" has no address to be asked at`);
    const known = clients.get(`${name} ${url}`);
    if (known !== undefined) return known;
    const tokens = transport?.tokens;
    const options = { name, url, maxConnections: 1, maxResponseBytes: maxSdlBytes, tokens };
    const client = withTimeout(createHttpClient(options), timeoutMs);
    clients.set(`${name} ${url}`, client);
    return client;
  };

  let take: ((supergraphSdl: string) => void) | undefined;
  let latest: string | undefined;
  let closed = false;
  const closeClients = async (): Promise<void> => {
    await Promise.all([...clients.values()].map((client) => client.close().catch(() => undefined)));
  };
  const options: SupergraphHookOptions = {
    update: (supergraphSdl) => {
      if (closed) throw new Error("`update` was called after the gateway had been stopped");
      latest = supergraphSdl;
      take?.(supergraphSdl);
    },
    healthCheck: (supergraphSdl) => checkSubgraphs(supergraphSdl, clientOf),
    getDataSource: ({ name, url }) => createDataSource(clientOf(name, url)),
  };

  const started = await initialize(given, options).catch(async (error: unknown) => {
    closed = true;
    await closeClients();
    throw error;
  });
  // What `initialize` answers is newer than what it said on the way.
  latest = undefined;

  return {
    first: started.supergraphSdl,
    follow(next) {
      take = next;
      if (latest !== undefined) next(latest);
    },
    async close() {
      if (closed) return;
      closed = true;
      try {
        await started.cleanup?.();
      } catch (error) {
        logger.error(`MeshGateway: the supergraph manager's cleanup failed: ${String(error)}`);
      }
      await closeClients();
    },
  };
}

async function initialize(
  given: SupergraphHook | SupergraphManager,
  options: SupergraphHookOptions,
): ReturnType<SupergraphHook> {
  const started = await (typeof given === "function" ? given(options) : given.initialize(options));
  if (typeof started?.supergraphSdl !== "string" || started.supergraphSdl === "") {
    await started?.cleanup?.();
    throw new TypeError("MeshGateway: the supergraph manager brought no `supergraphSdl`; it must resolve to a text");
  }
  if (started.cleanup !== undefined && typeof started.cleanup !== "function") {
    throw new TypeError("MeshGateway: the supergraph manager's `cleanup` must be a function");
  }
  return started;
}

function createDataSource(client: SubgraphClient): SupergraphDataSource {
  return {
    async process({ request }) {
      const headers = new Map<string, string>();
      for (const [name, value] of request.http?.headers ?? []) headers.set(name.toLowerCase(), value);
      const question = createRequest({
        operationType: "query",
        query: request.query ?? "",
        operationName: request.operationName,
        variables: request.variables ?? {},
        caller: anonymous,
        headers,
      });
      const { data, errors, extensions } = await client.execute(question, new Cancel());
      return {
        ...(data === undefined ? {} : { data }),
        ...(errors === undefined ? {} : { errors }),
        ...(extensions === undefined ? {} : { extensions: { ...extensions } }),
      };
    },
  };
}

async function checkSubgraphs(
  supergraphSdl: string,
  clientOf: (name: string, url: string | undefined) => SubgraphClient,
): Promise<void> {
  const graphs = readGraphs(parse(supergraphSdl, { noLocation: true }));
  const failures: string[] = [];
  await Promise.all(
    graphs.map(async ({ name, url }) => {
      try {
        await checkSubgraph(clientOf(name, url));
      } catch (error) {
        failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
  );
  if (failures.length > 0) throw new Error(`Not every subgraph answers:\n${failures.sort().join("\n")}`);
}
