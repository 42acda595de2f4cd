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
import { type PostedParams, readGetParams, readPostParams } from "./graphql-params.ts";
import type { GraphQLOutcome, GraphQLParams, GraphQLService, Prepared, RunOptions } from "./graphql-service.ts";
import { acceptsIncremental, beginParts, continueParts, incrementalMediaType } from "./incremental.ts";
import { type GraphQLMediaType, graphqlMediaTypes, negotiateMediaType } from "./media-type.ts";
import { addToList, type HttpHandler, type HttpRequest, type HttpResponse } from "./message.ts";

export interface GraphQLHandlerOptions {
  /** Default true. Switch it off only where nothing but servers can reach the endpoint. */
  readonly csrfProtection?: boolean;
  /** Takes lists of operations, of at most so many; without it they are refused. */
  readonly batching?: { readonly maxOperations: number };
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
  const maxBatch = options.batching?.maxOperations;

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
      const posted = isGet ? readGetParams(request.url) : readPostParams(request, maxBatch);
      if (!isBatch(posted)) {
        const incremental = method !== "HEAD" && acceptsIncremental(request.headers.get("accept"));
        return await answer(service, posted, request, mediaType, { incremental });
      }
      // No media type is defined for a list of answers; this is the one that clients of batches read.
      return joinAnswers(
        graphqlMediaTypes.json,
        await Promise.all(posted.map((params) => answerInBatch(service, params, request, options))),
      );
    } catch (error) {
      return failure(mediaType, error, request, options);
    }
  };
}

function isBatch(posted: PostedParams): posted is readonly (GraphQLParams | ClientError)[] {
  return Array.isArray(posted);
}

async function answer(
  service: GraphQLService,
  params: GraphQLParams,
  request: HttpRequest,
  mediaType: GraphQLMediaType,
  options: RunOptions,
): Promise<HttpResponse> {
  const prepared = await prepare(service, params, request);
  if (prepared.kind === "rejected") return rejection(mediaType, prepared);
  if (prepared.operationType === "subscription") {
    return rejection(mediaType, rejected(httpError("BAD_REQUEST", "Subscriptions are not served over plain HTTP.")));
  }
  if (request.method !== "POST" && prepared.operationType === "mutation") {
    return errorResponse(mediaType, methodNotAllowed("A mutation must be sent by POST."), { allow: "POST" });
  }
  const outcome = await prepared.run(options);
  if (request.method !== "POST" && isStillFresh(request, outcome)) return notModified(mediaType, outcome);
  return success(mediaType, outcome);
}

/** Each operation of a batch stands for itself: what one of them does, even failing inside the server, the others never see. */
async function answerInBatch(
  service: GraphQLService,
  params: GraphQLParams | ClientError,
  request: HttpRequest,
  options: GraphQLHandlerOptions,
): Promise<HttpResponse> {
  const { json } = graphqlMediaTypes;
  if (params instanceof ClientError) return errorResponse(json, params);
  try {
    return await answer(service, params, request, json, { incremental: false });
  } catch (error) {
    return failure(json, error, request, options);
  }
}

/**
 * The answers as a list, in the order of the operations. HTTP has one status for all: that of every one of them where they
 * agree (401 for a token that has expired), else 200; and headers speak of all or are left out.
 */
function joinAnswers(mediaType: GraphQLMediaType, answers: readonly HttpResponse[]): HttpResponse {
  const [first] = answers;
  const agreed = answers.every(({ status }) => status === first?.status) ? first : undefined;
  const body = joinBodies(answers.map((one) => one.body));
  const challenge = agreed?.headers["www-authenticate"];
  const vary = answers.reduce<string | undefined>(
    (list, { headers }) =>
      (headers.vary ?? "").split(",").reduce((all, name) => addToList(all, name.trim()), list ?? ""),
    undefined,
  );
  return respond(mediaType, agreed === undefined || agreed.status === 400 ? 200 : agreed.status, body, {
    ...(challenge === undefined ? {} : { "www-authenticate": challenge }),
    ...(vary === undefined ? {} : { vary }),
  });
}

/** A JSON list of JSON texts, some of which are bytes already. */
function joinBodies(bodies: readonly (string | Uint8Array)[]): Uint8Array {
  const parts = bodies.flatMap((body, at) => [
    Buffer.from(at === 0 ? "[" : ","),
    typeof body === "string" ? Buffer.from(body) : body,
  ]);
  return Buffer.concat([...parts, Buffer.from("]")]);
}

function failure(
  mediaType: GraphQLMediaType,
  error: unknown,
  request: HttpRequest,
  options: GraphQLHandlerOptions,
): HttpResponse {
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
  const given = outcome.body;
  const body = typeof given === "string" || given instanceof Uint8Array ? given : JSON.stringify(given);
  const isJson = mediaType === graphqlMediaTypes.json;
  // A request error that showed only when it ran is one all the same.
  const asked = outcome.status === 400 && !outcome.hasData && isJson ? 200 : outcome.status;
  const status = asked ?? (outcome.hasData || isJson ? 200 : 500);
  const answered = respond(mediaType, status, body, outcome.headers);
  const response: HttpResponse = outcome.isKept ? { ...answered, isKept: true } : answered;
  return outcome.more === undefined ? response : inParts(response, outcome.more);
}

/** The client has this very answer (RFC 9110, section 13.1.2; weakly compared). */
function isStillFresh({ headers }: HttpRequest, outcome: GraphQLOutcome): boolean {
  const etag = outcome.headers?.etag;
  const known = headers.get("if-none-match");
  if (etag === undefined || known === undefined) return false;
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, "");
  return known.trim() === "*" || known.split(",").some((tag) => opaque(tag) === opaque(etag));
}

/** With the headers that the answer would have had, and no body (RFC 9110, section 15.4.5). */
function notModified(mediaType: GraphQLMediaType, outcome: GraphQLOutcome): HttpResponse {
  const { "content-type": _, ...headers } = respond(mediaType, 304, "", outcome.headers).headers;
  return { status: 304, headers, body: "" };
}

function inParts({ status, headers, body }: HttpResponse, more: AsyncIterable<string>): HttpResponse {
  return {
    status,
    headers: { ...headers, "content-type": incrementalMediaType },
    body: beginParts(String(body)),
    more: continueParts(more),
  };
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
  body: string | Uint8Array,
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
