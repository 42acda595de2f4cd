/**
 * GraphQL over HTTP, framework-free.
 * In: an HTTP request with its whole body. Out: an HTTP response. Next: an adapter sends it (`server.ts`, `node-listener.ts`).
 *
 * The order of the checks is part of the contract: method, media type of the answer, forgery, parameters, operation.
 * Each one costs more than the one before and nothing runs before all have passed.
 */
import { randomUUID } from "node:crypto";
import type { GraphQLFormattedError } from "graphql";
import { ClientError } from "#schema";
import { assertNoForgery } from "./csrf.ts";
import { httpError } from "./errors.ts";
import { readGetParams, readPostParams } from "./graphql-params.ts";
import type { GraphQLOutcome, GraphQLParams, GraphQLService, Prepared } from "./graphql-service.ts";
import { type GraphQLMediaType, graphqlMediaTypes, negotiateMediaType } from "./media-type.ts";
import { addToList, type HttpHandler, type HttpRequest, type HttpResponse } from "./message.ts";

export interface GraphQLHandlerOptions {
  /** Default true. Switch it off only where nothing but servers can reach the endpoint. */
  readonly csrfProtection?: boolean;
  /** Called for a failure that is not the client's, with the id that the client was given. Must not throw. */
  readonly onInternalError?: (error: unknown, id: string) => void;
}

const allowedMethods = "GET, POST, OPTIONS";

/**
 * A handler that answers every request and never rejects.
 *
 * Status codes follow GraphQL over HTTP, section 6.4: under `application/graphql-response+json` a request error has its
 * own 4xx, under `application/json` a well-formed request gets 200 whatever GraphQL says. Malformed requests, refused
 * callers (401, 403) and failures of the server keep their status under both.
 *
 * Hot: once per request.
 */
export function createGraphQLHandler(service: GraphQLService, options: GraphQLHandlerOptions = {}): HttpHandler {
  const csrfProtection = options.csrfProtection ?? true;

  return async (request) => {
    // What goes wrong before the media type is chosen is told in the one that every client reads.
    let mediaType: GraphQLMediaType = graphqlMediaTypes.json;
    try {
      const { method } = request;
      if (method === "OPTIONS") return { status: 204, headers: { allow: allowedMethods }, body: "" };
      // HEAD is GET without the body (RFC 9110, section 9.3.2); the adapter leaves the body out.
      const isGet = method === "GET" || method === "HEAD";
      if (!isGet && method !== "POST") {
        return errorResponse(mediaType, methodNotAllowed(`Send GET or POST, not ${method}.`), {
          allow: allowedMethods,
        });
      }
      const negotiated = negotiateMediaType(request.headers.get("accept"));
      if (negotiated === undefined) {
        const known = Object.values(graphqlMediaTypes).join(" or ");
        throw httpError(
          "NOT_ACCEPTABLE",
          `The accept header allows no media type that is served here: ask for ${known}.`,
        );
      }
      mediaType = negotiated;
      if (csrfProtection) assertNoForgery(request);
      const params = isGet ? readGetParams(request.url) : readPostParams(request);
      const prepared = await prepare(service, params, request);
      if (prepared.kind === "rejected") return rejection(mediaType, prepared);
      if (prepared.operationType === "subscription") {
        return rejection(
          mediaType,
          rejected(httpError("BAD_REQUEST", "Subscriptions are not served over plain HTTP.")),
        );
      }
      if (isGet && prepared.operationType === "mutation") {
        return errorResponse(mediaType, methodNotAllowed("A mutation must be sent by POST."), { allow: "POST" });
      }
      return success(mediaType, await prepared.run());
    } catch (error) {
      if (error instanceof ClientError) return errorResponse(mediaType, error);
      if (request.signal.aborted) {
        return errorResponse(mediaType, httpError("CLIENT_CLOSED_REQUEST", "The client closed the request."));
      }
      const id = randomUUID();
      options.onInternalError?.(error, id);
      return errorResponse(
        mediaType,
        httpError("INTERNAL_SERVER_ERROR", "Something failed inside the server.", { cause: error, extensions: { id } }),
      );
    }
  };
}

/** A ClientError that the service throws here is a rejection: the request was well-formed, so 400 follows the media type. */
async function prepare(service: GraphQLService, params: GraphQLParams, request: HttpRequest): Promise<Prepared> {
  try {
    return await service.prepare(params, request);
  } catch (error) {
    if (error instanceof ClientError) return rejected(error);
    throw error;
  }
}

function rejected(error: ClientError): Prepared & { kind: "rejected" } {
  return { kind: "rejected", status: error.status, result: { errors: [formatError(error)] } };
}

function rejection(mediaType: GraphQLMediaType, prepared: Prepared & { kind: "rejected" }): HttpResponse {
  const status = mediaType === graphqlMediaTypes.json && prepared.status === 400 ? 200 : prepared.status;
  return respond(mediaType, status, JSON.stringify(prepared.result), prepared.headers);
}

function success(mediaType: GraphQLMediaType, outcome: GraphQLOutcome): HttpResponse {
  const body = typeof outcome.body === "string" ? outcome.body : JSON.stringify(outcome.body);
  const isJson = mediaType === graphqlMediaTypes.json;
  // A request error that showed only when it ran is one all the same.
  const asked = outcome.status === 400 && !outcome.hasData && isJson ? 200 : outcome.status;
  const status = asked ?? (outcome.hasData || isJson ? 200 : 500);
  return respond(mediaType, status, body, outcome.headers);
}

function errorResponse(
  mediaType: GraphQLMediaType,
  error: ClientError,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return respond(mediaType, error.status, JSON.stringify({ errors: [formatError(error)] }), headers);
}

function methodNotAllowed(message: string): ClientError {
  return httpError("METHOD_NOT_ALLOWED", message);
}

function formatError(error: ClientError): GraphQLFormattedError {
  return { message: error.message, extensions: { ...error.extensions, code: error.code } };
}

function respond(
  mediaType: GraphQLMediaType,
  status: number,
  body: string,
  extra: Readonly<Record<string, string>> = {},
): HttpResponse {
  return {
    status,
    headers: {
      "cache-control": "no-store",
      ...extra,
      vary: addToList(extra.vary, "accept"),
      "content-type": `${mediaType}; charset=utf-8`,
      "x-content-type-options": "nosniff",
    },
    body,
  };
}
