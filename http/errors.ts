/** What can be wrong with a request before GraphQL sees it, and with a server before it serves. */
import { ClientError, defineErrors } from "#schema";

export const httpErrors = defineErrors({
  BAD_REQUEST: {
    meaning: "The body or a parameter is malformed. The message says which one and what is expected.",
    status: 400,
    retryable: false,
  },
  BATCHING_NOT_ENABLED: {
    meaning: "The request body is a list of operations, which `server.batching` does not allow. Send one per request.",
    status: 400,
    retryable: false,
  },
  BATCH_LIMIT_EXCEEDED: {
    meaning: "The request body has more operations than `server.batching.max`. Send several requests.",
    status: 400,
    retryable: false,
  },
  CSRF_PREVENTED: {
    meaning:
      "A browser could have sent this request from any web page. Send `Content-Type: application/json` with POST, or " +
      "one of the headers `mesh-preflight`, `apollo-require-preflight`, `x-apollo-operation-name` with a value.",
    status: 400,
    retryable: false,
  },
  NOT_FOUND: { meaning: "Nothing is served at this path.", status: 404, retryable: false },
  METHOD_NOT_ALLOWED: {
    meaning:
      "The path does not answer this method, or the operation is a mutation sent by GET. See the `Allow` header.",
    status: 405,
    retryable: false,
  },
  NOT_ACCEPTABLE: {
    meaning: "The `Accept` header allows neither application/graphql-response+json nor application/json.",
    status: 406,
    retryable: false,
  },
  REQUEST_TIMEOUT: {
    meaning: "The request's headers or its body came too slowly.",
    status: 408,
    retryable: true,
  },
  PAYLOAD_TOO_LARGE: {
    meaning: "The request body is over the configured limit.",
    status: 413,
    retryable: false,
  },
  HEADERS_TOO_LARGE: {
    meaning:
      "The request's headers are larger than 16 KiB together, most often because of an oversized token or cookie.",
    status: 431,
    retryable: false,
  },
  UNSUPPORTED_MEDIA_TYPE: {
    meaning: "The request body is not `application/json` in UTF-8.",
    status: 415,
    retryable: false,
  },
  CLIENT_CLOSED_REQUEST: {
    meaning: "The client went away before the answer was ready; nobody sees this but the log.",
    status: 499,
    retryable: true,
  },
  INTERNAL_SERVER_ERROR: {
    meaning: "Something failed that the client cannot change. `extensions.id` names the entry in the server's log.",
    status: 500,
    retryable: true,
  },
  PORT_IN_USE: {
    meaning: "Another process listens on the port. Choose another one with --port.",
    status: 500,
    retryable: false,
  },
  CANNOT_LISTEN: {
    meaning: "The address cannot be listened on: it is not this machine's, or the port needs privileges.",
    status: 500,
    retryable: false,
  },
});

export type HttpErrorCode = keyof typeof httpErrors;

/** A `ClientError` with the registered status of its code. */
export function httpError(
  code: HttpErrorCode,
  message: string,
  options: { readonly cause?: unknown; readonly extensions?: Readonly<Record<string, unknown>> } = {},
): ClientError {
  return new ClientError(code, message, { status: httpErrors[code].status, ...options });
}
