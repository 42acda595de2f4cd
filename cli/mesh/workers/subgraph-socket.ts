/**
 * The subgraphs of this process for the workers: GraphQL over HTTP on a Unix socket in a folder that only this user can
 * enter. That alone opens nothing: like a product that is served on its own, a subgraph believes the gateway's signed
 * token, and here nobody else is answered at all.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InProcessSubgraph, SubgraphAddress } from "#gateway";
import { createGraphQLHandler, createNodeListener, type GraphQLService, type HttpHandler, toAbortSignal } from "#http";
import { AuthenticationError, type GatewayTokenVerifier, gatewayTokenHeader } from "#policies";

export interface SubgraphSocket {
  /** Where exactly this object is asked, not its successor: a request ends on the generation on which it began. */
  addressOf(subgraph: InProcessSubgraph): SubgraphAddress;
  /** Forgets all other subgraphs. */
  keepOnly(subgraphs: ReadonlySet<InProcessSubgraph>): void;
  close(): Promise<void>;
}

export interface SubgraphSocketOptions {
  /** Tells the gateway's tokens for this subgraph. */
  verifier(subgraph: string): GatewayTokenVerifier;
  readonly onInternalError: (error: unknown, id: string) => void;
}

/** What the gateway sends is the gateway's own work: it has no limit when the subgraph is called as an object either. */
const maxBodyBytes = 1_000_000_000;

/** Resolves when it listens. */
export async function openSubgraphSocket(options: SubgraphSocketOptions): Promise<SubgraphSocket> {
  const { onInternalError } = options;
  const folder = process.platform === "win32" ? undefined : await mkdtemp(join(tmpdir(), "datamesh-"));
  const socketPath = folder === undefined ? `\\\\.\\pipe\\datamesh-${randomUUID()}` : join(folder, "subgraphs");
  const served = new Map<string, { readonly subgraph: InProcessSubgraph; readonly handler: HttpHandler }>();
  const pathBySubgraph = new Map<InProcessSubgraph, string>();
  const nobody = createGraphQLHandler({ prepare: () => rejected(404, "NOT_FOUND", "This subgraph is gone.") });

  const server = createServer(
    createNodeListener((request) => (served.get(request.url)?.handler ?? nobody)(request), { maxBodyBytes }),
  );
  // Longer than a client keeps a connection: it never sends on one that is being closed.
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });

  return {
    addressOf(subgraph) {
      let path = pathBySubgraph.get(subgraph);
      if (path === undefined) {
        path = `/${randomUUID()}/${encodeURIComponent(subgraph.name)}`;
        const service = createInternalService(subgraph, options.verifier(subgraph.name));
        pathBySubgraph.set(subgraph, path);
        served.set(path, { subgraph, handler: createGraphQLHandler(service, { onInternalError }) });
      }
      return { url: `http://subgraphs.invalid${path}`, socketPath };
    },
    keepOnly(subgraphs) {
      for (const [subgraph, path] of pathBySubgraph) {
        if (subgraphs.has(subgraph)) continue;
        pathBySubgraph.delete(subgraph);
        served.delete(path);
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Answers the gateway for the caller whom its token names, and nobody else. */
function createInternalService(subgraph: InProcessSubgraph, verifier: GatewayTokenVerifier): GraphQLService {
  return {
    async prepare({ query, operationName, variables }, { headers, signal }) {
      const token = headers.get(gatewayTokenHeader);
      if (token === undefined) return rejected(401, "UNAUTHENTICATED", "Only the gateway is answered here.");
      if (query === undefined) return rejected(400, "BAD_REQUEST", "The request has no `query`.");
      try {
        const caller = await verifier.verify(token);
        return {
          kind: "ready",
          // The gateway sends POST alone, so that it does not matter here what it asks for.
          operationType: "query",
          async run() {
            const { cacheControl, age, ...body } = await subgraph.execute({
              query,
              operationName,
              variables: variables ?? {},
              caller,
              masking: "gateway",
              signal: toAbortSignal(signal),
            });
            return { body, hasData: body.data !== undefined, headers: cacheHeaders(cacheControl, age) };
          },
        };
      } catch (error) {
        if (!(error instanceof AuthenticationError)) throw error;
        return rejected(error.status, error.code, error.message);
      }
    },
  };
}

/** How long the answer may be kept is not in its body. */
function cacheHeaders(cacheControl: string | undefined, age: number | undefined): Readonly<Record<string, string>> {
  return {
    ...(cacheControl === undefined ? {} : { "cache-control": cacheControl }),
    ...(age === undefined ? {} : { age: String(age) }),
  };
}

function rejected(status: number, code: string, message: string) {
  return { kind: "rejected", status, result: { errors: [{ message, extensions: { code } }] } } as const;
}
