/**
 * Handlers behind Fastify: the server of a gateway or of one product.
 *
 *   listening ── close() ──▶ draining ── no request left, or grace over ──▶ closed
 *   ready: as asked          ready: 503, then no new connections           connections destroyed
 */

import { randomUUID } from "node:crypto";
import { createServer, METHODS } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import Fastify, { type FastifyInstance } from "fastify";
import { ClientError } from "#schema";
import { type CompressionOptions, withCompression } from "./compression.ts";
import { type CorsOptions, withCors } from "./cors.ts";
import { errorBody } from "./error-body.ts";
import { httpError } from "./errors.ts";
import { answerLive, createReadyHandler, type Readiness } from "./health.ts";
import type { HttpHandler, StreamHandler } from "./message.ts";
import { createNodeListener, tooLarge } from "./node-listener.ts";
import { toHttpRequest } from "./node-message.ts";
import { refuseConnection } from "./refuse-connection.ts";
import { onlyGet, type Route } from "./route.ts";

export interface HttpServerOptions {
  /** Default `127.0.0.1`: a server that others may reach says so. */
  readonly host?: string;
  /** 0 takes any free port. Default 4000. */
  readonly port?: number;
  /** Answers `/graphql`: `createGraphQLHandler(…)`. */
  readonly graphql?: HttpHandler;
  /** Further paths: the console, `/metrics`, … */
  readonly routes?: readonly Route[];
  /** Asked by `/health/ready` each time; without it the server is ready while it listens. */
  readonly readiness?: () => Readiness | Promise<Readiness>;
  /** A longer body is answered with 413 and not buffered. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Lets other origins' scripts read `/graphql`. Default: none may. */
  readonly cors?: CorsOptions;
  /** `false` sends every body as it is. */
  readonly compression?: CompressionOptions | false;
  /** A client that sends its headers more slowly is cut off (408). Default 10 s. */
  readonly headersTimeoutMs?: number;
  /** A client that sends its whole request more slowly is cut off (408). Default 30 s. */
  readonly requestTimeoutMs?: number;
  /** How often the two limits above are enforced. Default 5 s. */
  readonly timeoutCheckIntervalMs?: number;
  /** How long an idle connection stays open: longer than a load balancer's own limit, so that it closes first. Default 72 s. */
  readonly keepAliveTimeoutMs?: number;
  /** How long `close()` says "not ready" while it still accepts, so that load balancers see it. Default 0. */
  readonly drainDelayMs?: number;
  /** How long `close()` waits for running requests before it cuts them off. Default 10 s. */
  readonly graceMs?: number;
  /** Called for a failure that is not the client's, with the id that the client was given. Must not throw. */
  readonly onInternalError?: (error: unknown, id: string) => void;
}

export interface HttpServer {
  readonly host: string;
  /** The real one, also when 0 was asked for. */
  readonly port: number;
  /** `http://127.0.0.1:4000`, without a slash at the end. */
  readonly url: string;
  /** Resolves when the last connection is closed. Further calls get the same promise. */
  close(): Promise<void>;
}

/**
 * A server that listens.
 *
 * @throws ClientError PORT_IN_USE, CANNOT_LISTEN
 */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const host = options.host ?? "127.0.0.1";
  const port = options.port ?? 4000;
  const maxBodyBytes = options.maxBodyBytes ?? 1024 * 1024;
  const graceMs = options.graceMs ?? 10_000;
  let draining = false;

  const graphql = options.graphql && withOptionalCors(options.graphql, options.cors);
  const answerGraphQL =
    graphql && createNodeListener(compressed(graphql, options), { maxBodyBytes, isDraining: () => draining });

  const fastify = Fastify({
    bodyLimit: maxBodyBytes,
    exposeHeadRoutes: false,
    // What is asked a thousand times a second is not worth a router: operations go to their handler directly.
    serverFactory: (others) =>
      createServer(
        {
          requestTimeout: options.requestTimeoutMs ?? 30_000,
          keepAliveTimeout: options.keepAliveTimeoutMs ?? 72_000,
          headersTimeout: options.headersTimeoutMs ?? 10_000,
          connectionsCheckingInterval: options.timeoutCheckIntervalMs ?? 5_000,
        },
        (message, response) => {
          if (answerGraphQL !== undefined && isGraphQLPath(message.url)) answerGraphQL(message, response);
          else others(message, response);
        },
      ),
    clientErrorHandler: refuseConnection,
    // What fails before a route is found: a path that is no URL.
    frameworkErrors: (error, _request, reply) => {
      const answer = errorBody(explainError(error, maxBodyBytes, options.onInternalError));
      reply.raw.writeHead(answer.status, answer.headers).end(answer.body);
    },
  });
  // All that Node can parse, so that handlers and not the router answer methods they do not serve (405 and not 404).
  for (const method of METHODS) if (!fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method);
  // Bodies stay bytes: what they must be is the handlers' business, and each one has its own message for it.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  fastify.addHook("onSend", async (_request, reply) => {
    if (draining) reply.header("connection", "close");
  });
  fastify.setNotFoundHandler((request, reply) => {
    const path = request.raw.url?.split("?", 1)[0] ?? "/";
    const answer = errorBody(httpError("NOT_FOUND", `Nothing is served at ${path}.`));
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  });
  fastify.setErrorHandler((error, _request, reply) => {
    const answer = errorBody(explainError(error, maxBodyBytes, options.onInternalError));
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  });

  const readiness = async (): Promise<Readiness> =>
    draining
      ? { ready: false, reasons: ["the server is shutting down"] }
      : ((await options.readiness?.()) ?? { ready: true, reasons: [] });
  const routes: readonly Route[] = [
    { path: "/health/live", handler: onlyGet(answerLive) },
    { path: "/health/ready", handler: onlyGet(createReadyHandler(readiness)) },
    // Reached under other spellings of the path only.
    ...(graphql === undefined ? [] : [{ path: graphqlPath, handler: graphql }]),
    ...(options.routes ?? []),
  ];
  for (const route of routes) {
    if ("stream" in route) mountStream(fastify, route.path, route.stream);
    else mount(fastify, route.path, compressed(route.handler, options));
  }
  await listen(fastify, host, port);

  const address = fastify.server.address() as AddressInfo; // a TCP server that listens has one
  let closing: Promise<void> | undefined;
  return {
    host,
    port: address.port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    close(): Promise<void> {
      closing ??= (async () => {
        draining = true;
        if ((options.drainDelayMs ?? 0) > 0) await delay(options.drainDelayMs);
        // Destroying a connection aborts its request's signal, so the work behind it stops as well.
        const cutOff = setTimeout(() => fastify.server.closeAllConnections(), graceMs);
        try {
          await fastify.close();
        } finally {
          clearTimeout(cutOff);
        }
      })();
      return closing;
    },
  };
}

const graphqlPath = "/graphql";

function isGraphQLPath(url = ""): boolean {
  return url.startsWith(graphqlPath) && (url.length === graphqlPath.length || url[graphqlPath.length] === "?");
}

function compressed(handler: HttpHandler, { compression }: HttpServerOptions): HttpHandler {
  return compression === false ? handler : withCompression(handler, compression);
}

function withOptionalCors(handler: HttpHandler, cors: CorsOptions | undefined): HttpHandler {
  return cors === undefined ? handler : withCors(handler, cors);
}

function mount(fastify: FastifyInstance, path: string, handler: HttpHandler): void {
  fastify.all(path, async (request, reply) => {
    const body = request.body instanceof Uint8Array ? request.body : undefined;
    const { status, headers, body: first, more } = await handler(toHttpRequest(request.raw, reply.raw, body));
    const whole = more === undefined ? first : Readable.from(joined(first, more));
    return reply.code(status).headers(headers).send(whole);
  });
}

async function* joined(first: string | Uint8Array, more: AsyncIterable<string>): AsyncGenerator<string | Uint8Array> {
  yield first;
  yield* more;
}

function mountStream(fastify: FastifyInstance, path: string, handler: StreamHandler): void {
  fastify.all(path, async (request, reply) => {
    const { status, headers, body } = await handler(toHttpRequest(request.raw, reply.raw, undefined));
    return reply
      .code(status)
      .headers(headers)
      .send(typeof body === "string" ? body : Readable.from(body));
  });
}

async function listen(fastify: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await fastify.listen({ host, port });
  } catch (cause) {
    await fastify.close();
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "EADDRINUSE") {
      throw httpError("PORT_IN_USE", `port ${port} is in use: choose another with --port`, { cause });
    }
    if (code === "EACCES") {
      throw httpError("CANNOT_LISTEN", `port ${port} needs privileges: choose one above 1023 with --port`, { cause });
    }
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
      throw httpError("CANNOT_LISTEN", `${host} is not an address of this machine: choose another with --host`, {
        cause,
      });
    }
    throw cause;
  }
}

/** What Fastify and handlers throw, as something a client may read. */
function explainError(
  error: unknown,
  maxBodyBytes: number,
  onInternalError: HttpServerOptions["onInternalError"],
): ClientError {
  if (error instanceof ClientError) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return tooLarge(maxBodyBytes);
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    return httpError("UNSUPPORTED_MEDIA_TYPE", "The content-type header is malformed: send application/json.");
  }
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500) return httpError("BAD_REQUEST", "The request is malformed.", { cause: error });
  const id = randomUUID();
  onInternalError?.(error, id);
  return httpError("INTERNAL_SERVER_ERROR", "Something failed inside the server.", {
    cause: error,
    extensions: { id },
  });
}
