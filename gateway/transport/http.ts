import { type Dispatcher, Pool } from "undici";
import { type Caller, gatewayTokenHeader } from "#policies";
import { readResponse } from "./read-response.ts";
import type { SubgraphClient, SubgraphRequest, SubgraphResponse } from "./subgraph-client.ts";
import { SubgraphFailure } from "./subgraph-failure.ts";

export interface HttpClientOptions {
  readonly name: string;
  readonly url: string;
  /** Connections kept to this subgraph. */
  readonly maxConnections: number;
  readonly maxResponseBytes: number;
  /** Signs a short-lived token that carries the caller to exactly this subgraph; undefined sends none. */
  readonly tokens: GatewayTokens | undefined;
}

/** Makes the token that a subgraph believes. */
export interface GatewayTokens {
  sign(subgraph: string, caller: Caller): string | Promise<string>;
}

/**
 * GraphQL over HTTP to one subgraph, over kept connections. Guarantees a checked response or a `SubgraphFailure`: a wrong
 * media type, broken JSON, a body over `maxResponseBytes` or a broken connection never reach the plan.
 * A well-formed GraphQL response is taken whatever its status (GraphQL over HTTP, 6.4: 4xx and 5xx may carry one).
 */
export function createHttpClient(options: HttpClientOptions): SubgraphClient {
  const { name } = options;
  const url = new URL(options.url);
  const path = `${url.pathname}${url.search}`;
  // Timeouts are the wrapper's (`with-timeout.ts`): one clock decides, not two.
  const pool = new Pool(url.origin, {
    connections: options.maxConnections,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
  });

  return {
    name,
    async execute(request: SubgraphRequest): Promise<SubgraphResponse> {
      const { signal } = request;
      try {
        const token = await options.tokens?.sign(name, request.caller);
        const response = await pool.request({
          path,
          method: "POST",
          headers: {
            ...Object.fromEntries(request.headers),
            "content-type": "application/json",
            accept: "application/graphql-response+json, application/json;q=0.9",
            ...(token === undefined ? {} : { [gatewayTokenHeader]: token }),
          },
          body: JSON.stringify({
            query: request.query,
            ...(request.operationName === undefined ? {} : { operationName: request.operationName }),
            variables: request.variables,
          }),
          signal,
        });
        return await readBody(name, response, options.maxResponseBytes);
      } catch (cause) {
        if (cause instanceof SubgraphFailure) throw cause;
        throw new SubgraphFailure(name, signal.aborted ? "aborted" : "unreachable", { cause });
      }
    },
    // Waits for what is under way; a generation closes its clients only after its last request.
    close: () => pool.close(),
  };
}

async function readBody(
  name: string,
  { statusCode, headers, body }: Dispatcher.ResponseData,
  maxBytes: number,
): Promise<SubgraphResponse> {
  const ok = statusCode >= 200 && statusCode < 300;
  const status = { detail: `status ${statusCode}` };
  if (!isJson(headers["content-type"])) {
    discard(body);
    throw new SubgraphFailure(name, ok ? "media-type" : "http-status", status);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      discard(body);
      throw new SubgraphFailure(name, "too-large", { detail: `over ${maxBytes} bytes` });
    }
    chunks.push(chunk);
  }
  try {
    return readResponse(name, parseJson(name, Buffer.concat(chunks).toString("utf8")));
  } catch (cause) {
    // A proxy's JSON error page is an HTTP error first.
    if (!ok) throw new SubgraphFailure(name, "http-status", { ...status, cause });
    throw cause;
  }
}

// Closes the connection rather than reading what nobody wants; the stream then says "aborted", which is no news.
function discard(body: Dispatcher.ResponseData["body"]): void {
  body.on("error", () => undefined);
  body.destroy();
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // JSON.parse quotes the text in its message: the cause would carry data into the log.
    throw new SubgraphFailure(name, "invalid-json");
  }
}

function isJson(contentType: string | string[] | undefined): boolean {
  const type = String(contentType ?? "")
    .split(";", 1)[0]
    ?.trim()
    .toLowerCase();
  return type === "application/json" || type === "application/graphql-response+json";
}
