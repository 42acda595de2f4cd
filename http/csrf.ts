/**
 * Cross-site request forgery: a web page can make a browser send a request with the user's cookies, or reach a server
 * on the user's own network, unless the request needs a CORS preflight first. A request passes when it could not have
 * been sent without one: its content type is none of the three "simple" ones, or it has a header no form can set.
 */
import { httpError } from "./errors.ts";
import { readContentType } from "./media-type.ts";
import type { HttpRequest } from "./message.ts";

/** Any of these with a value proves a preflight; the first two are those of Apollo's clients. */
export const preflightHeaders = ["x-apollo-operation-name", "apollo-require-preflight", "mesh-preflight"] as const;

const simpleContentTypes = new Set(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]);

/**
 * Returns when a web page of another site cannot have sent the request.
 *
 * A GET with a content type of its own must say `application/json`: browsers have had bugs that let other values
 * through without a preflight.
 *
 * @throws ClientError CSRF_PREVENTED (400), UNSUPPORTED_MEDIA_TYPE (415)
 */
export function assertNoForgery(request: HttpRequest): void {
  const contentType = request.headers.get("content-type");
  const parsed = contentType === undefined ? undefined : readContentType(contentType);
  if (request.method !== "POST" && contentType !== undefined && parsed?.essence !== "application/json") {
    throw httpError(
      "UNSUPPORTED_MEDIA_TYPE",
      `A ${request.method} request has no body: leave the content-type header out or send application/json.`,
    );
  }
  if (preflightHeaders.some((name) => (request.headers.get(name) ?? "") !== "")) return;
  if (parsed !== undefined && !simpleContentTypes.has(parsed.essence)) return;
  throw httpError(
    "CSRF_PREVENTED",
    "This request could have been forged by a web page (CSRF). " +
      `Send content-type: application/json, or one of the headers ${preflightHeaders.join(", ")} with a value.`,
  );
}
