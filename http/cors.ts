/** Cross-origin reads (the Fetch standard's CORS protocol), as a layer around any handler. */
import { addToList, type HttpHandler, type HttpRequest, type HttpResponse } from "./message.ts";

export interface CorsOptions {
  /** Exact origins, `https://app.example.org`; `*` allows every site and then never credentials. */
  readonly origins: readonly string[];
  /** Whether cookies and HTTP authentication may be sent along. Default false: bearer tokens need no credentials mode. */
  readonly credentials?: boolean;
  /** How long a browser may remember a preflight. Default 600. */
  readonly maxAgeSeconds?: number;
}

/** Response headers that scripts of another origin may read. */
const exposedHeaders = "deprecation, sunset, link, age, cache-control";

/**
 * Adds CORS headers for allowed origins and answers preflights; every other request passes through unchanged.
 * Without this layer browsers keep answers from other sites, which is the default.
 *
 * @throws TypeError for `*` together with credentials, and for an origin that is not one
 */
export function withCors(handler: HttpHandler, options: CorsOptions): HttpHandler {
  const anyOrigin = options.origins.includes("*");
  if (anyOrigin && options.credentials === true) {
    throw new TypeError('CORS: "*" and credentials exclude each other; list the origins.');
  }
  for (const origin of options.origins) {
    if (origin !== "*" && (!URL.canParse(origin) || new URL(origin).origin !== origin)) {
      throw new TypeError(`CORS: "${origin}" is no origin; write it as scheme://host[:port] without a path.`);
    }
  }
  const allowed = new Set(options.origins);

  const corsHeaders = (origin: string): Record<string, string> => ({
    "access-control-allow-origin": anyOrigin ? "*" : origin,
    ...(options.credentials === true ? { "access-control-allow-credentials": "true" } : {}),
  });

  return async (request) => {
    const origin = request.headers.get("origin");
    const isAllowed = origin !== undefined && (anyOrigin || allowed.has(origin));
    if (isAllowed && isPreflight(request)) return preflight(request, corsHeaders(origin), options.maxAgeSeconds ?? 600);
    const response = await handler(request);
    // Also where the origin is not allowed: a cache must not hand this answer to one that is.
    const vary = anyOrigin ? {} : { vary: addToList(response.headers.vary, "origin") };
    const cors = isAllowed ? { ...corsHeaders(origin), "access-control-expose-headers": exposedHeaders } : {};
    return { ...response, headers: { ...response.headers, ...vary, ...cors } };
  };
}

function isPreflight(request: HttpRequest): boolean {
  return request.method === "OPTIONS" && request.headers.has("access-control-request-method");
}

function preflight(request: HttpRequest, cors: Record<string, string>, maxAgeSeconds: number): HttpResponse {
  const headers: Record<string, string> = {
    ...cors,
    "access-control-allow-methods": "GET, POST",
    "access-control-max-age": String(maxAgeSeconds),
    vary: "origin, access-control-request-headers",
  };
  const asked = request.headers.get("access-control-request-headers");
  if (asked !== undefined) headers["access-control-allow-headers"] = asked;
  return { status: 204, headers, body: "" };
}
