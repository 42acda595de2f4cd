/**
 * GraphQL over HTTP as the specification says.
 * In: HTTP requests. Out: calls of a `GraphQLService`, and its answers with the right media type, status and headers.
 * `createGraphQLHandler` knows no server; `createHttpServer` (Fastify) and `createNodeListener` (node:http) carry it.
 */

export {
  type CacheControl,
  printCacheControl,
  readCacheControl,
  type WrittenCacheControl,
} from "./cache-control.ts";
export { Cancel, type CancelListener, type Cancellation, toAbortSignal } from "./cancellation.ts";
export { type CompressionOptions, withCompression } from "./compression.ts";
export { type CorsOptions, withCors } from "./cors.ts";
export { preflightHeaders } from "./csrf.ts";
export { type HttpErrorCode, httpErrors } from "./errors.ts";
export { createGraphQLHandler, type GraphQLHandlerOptions } from "./graphql-handler.ts";
export {
  type GraphQLOutcome,
  type GraphQLParams,
  type GraphQLResponseBody,
  type GraphQLService,
  type Prepared,
  type RunOptions,
  readResponseBody,
} from "./graphql-service.ts";
export type { Readiness } from "./health.ts";
export type { HttpHandler, HttpRequest, HttpResponse, StreamedResponse, StreamHandler } from "./message.ts";
export { createNodeListener, maxTextLength, type NodeListenerOptions } from "./node-listener.ts";
export { onlyGet, type Route } from "./route.ts";
export { createHttpServer, type HttpServer, type HttpServerOptions } from "./server.ts";
