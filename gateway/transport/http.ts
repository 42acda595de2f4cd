import { Pool } from "undici";
import { type Caller, gatewayTokenHeader } from "#policies";
import { HttpExchange } from "./http-exchange.ts";
import type { SubgraphClient, SubgraphResponse } from "./subgraph-client.ts";
import { SubgraphFailure } from "./subgraph-failure.ts";

export interface HttpClientOptions {
  readonly name: string;
  readonly url: string;
  /** A Unix socket (or named pipe) that listens in place of the URL's host and port. */
  readonly socketPath?: string;
  /** Connections kept to this subgraph. */
  readonly maxConnections: number;
  readonly maxResponseBytes: number;
  /** Whether every response holds its bytes, so that it can be shared (`with-deduplication.ts`); false by default. */
  readonly keepsBytes?: boolean;
  /** Signs a short-lived token that carries the caller to exactly this subgraph; undefined sends none. */
  readonly tokens: GatewayTokens | undefined;
}

/** Makes the token that a subgraph believes. */
export interface GatewayTokens {
  sign(subgraph: string, caller: Caller): string | Promise<string>;
}

/** Names and values by turns, as undici takes them without a look at the object's keys. */
const everyRequest: readonly string[] = [
  "content-type",
  "application/json",
  "accept",
  "application/graphql-response+json, application/json;q=0.9",
  // Between machines of one network, decompression costs more than it saves.
  "accept-encoding",
  "identity",
];

/**
 * GraphQL over HTTP to one subgraph, over kept connections. Guarantees a checked response or a `SubgraphFailure`: a wrong
 * media type, broken JSON, a body over `maxResponseBytes` or a broken connection never reach the plan.
 * A well-formed GraphQL response is taken whatever its status (GraphQL over HTTP, 6.4: 4xx and 5xx may carry one).
 * Redirects are not followed. Hot: once per request to a subgraph (bench/transport).
 */
export function createHttpClient(options: HttpClientOptions): SubgraphClient {
  const { name, tokens, keepsBytes = false } = options;
  const exchangeOptions = { subgraph: name, maxBytes: options.maxResponseBytes, keepsBytes };
  const url = new URL(options.url);
  const path = `${url.pathname}${url.search}`;
  // Timeouts are the wrapper's (`with-timeout.ts`): one clock decides, not two.
  const pool = new Pool(url.origin, {
    connections: options.maxConnections,
    ...(options.socketPath === undefined ? {} : { socketPath: options.socketPath }),
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
  });

  return {
    name,
    execute(request, cancellation) {
      const send = (token: string | undefined): Promise<SubgraphResponse> =>
        new Promise((resolve, reject) => {
          const exchange = new HttpExchange(exchangeOptions, request, cancellation, resolve, reject);
          if (cancellation.aborted) return exchange.handleEvent();
          const headers = headersFor(request.headers, token);
          pool.dispatch({ method: "POST", path, headers, body: request.body }, exchange);
        });
      if (tokens === undefined) return send(undefined);
      return signed(name, tokens, request.caller).then(send);
    },
    // Waits for what is under way; a generation closes its clients only after its last request.
    close: () => pool.close(),
  };
}

function headersFor(propagated: ReadonlyMap<string, string>, token: string | undefined): string[] {
  // undici only reads it.
  if (propagated.size === 0 && token === undefined) return everyRequest as string[];
  const headers = everyRequest.slice();
  for (const [name, value] of propagated) headers.push(name, value);
  if (token !== undefined) headers.push(gatewayTokenHeader, token);
  return headers;
}

async function signed(subgraph: string, tokens: GatewayTokens, caller: Caller): Promise<string> {
  try {
    return await tokens.sign(subgraph, caller);
  } catch (cause) {
    throw new SubgraphFailure(subgraph, "internal", { detail: "no token could be signed", cause });
  }
}
