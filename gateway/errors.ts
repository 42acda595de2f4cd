/** The gateway's error codes; the ecosystem's where it has one. `docs/reference/errors.md` is written from this. */
import type { ErrorDefinition } from "#schema";
import { ClientError, defineErrors } from "#schema";

export const gatewayErrors = defineErrors({
  BAD_REQUEST: {
    meaning: "The request holds no operation. Send a `query`.",
    status: 400,
    retryable: false,
  },
  GRAPHQL_PARSE_FAILED: {
    meaning: "The operation's text is not GraphQL, or has more tokens than the gateway takes.",
    status: 400,
    retryable: false,
  },
  GRAPHQL_VALIDATION_FAILED: {
    meaning:
      "The operation does not fit the schema (GraphQL specification, section 5), or asks for what is switched off.",
    status: 400,
    retryable: false,
  },
  GRAPHQL_UNKNOWN_OPERATION_NAME: {
    meaning: "`operationName` names no operation of the document, or is missing where the document has several.",
    status: 400,
    retryable: false,
  },
  BAD_USER_INPUT: {
    meaning: "A variable is missing or has a value that its type does not allow.",
    status: 400,
    retryable: false,
  },
  OPERATION_NOT_SUPPORTED: {
    meaning: "The gateway runs no subscriptions yet. Use a query.",
    status: 400,
    retryable: false,
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    meaning: "The request names a persisted query; the gateway keeps none. Send the operation's text.",
    status: 400,
    retryable: false,
  },
  MAX_DEPTH_LIMIT: {
    meaning: "The operation nests deeper than `gateway.limits.depth`.",
    status: 400,
    retryable: false,
  },
  MAX_HEIGHT_LIMIT: {
    meaning: "The operation selects more fields than `gateway.limits.fields`, fragments counted at every use.",
    status: 400,
    retryable: false,
  },
  MAX_ALIASES_LIMIT: {
    meaning: "The operation uses more aliases than `gateway.limits.aliases`, fragments counted at every use.",
    status: 400,
    retryable: false,
  },
  MAX_ROOT_FIELDS_LIMIT: {
    meaning: "The operation has more root fields than `gateway.limits.rootFields`.",
    status: 400,
    retryable: false,
  },
  DOWNSTREAM_SERVICE_ERROR: {
    meaning: "A subgraph could not be reached, answered something that is no GraphQL response, or reported an error.",
    status: 502,
    retryable: true,
  },
  GATEWAY_TIMEOUT: {
    meaning: "A subgraph did not answer within its timeout.",
    status: 504,
    retryable: true,
  },
  RESPONSE_VALIDATION_FAILED: {
    meaning: "A subgraph answered a value that the schema does not allow, such as null for a non-null field.",
    status: 502,
    retryable: true,
  },
  FIELD_NOT_RESOLVABLE: {
    meaning: "No subgraph can resolve a root field of the operation. Ask its owner, or leave it out.",
    status: 400,
    retryable: false,
  },
  SHUTTING_DOWN: {
    meaning: "The gateway is closing and takes no further operations. Ask another instance.",
    status: 503,
    retryable: true,
  },
  REQUEST_ABORTED: {
    meaning: "The client went away before the answer was ready.",
    status: 499,
    retryable: true,
  },
  INTERNAL_SERVER_ERROR: {
    meaning: "Something in the gateway failed; `extensions.errorId` finds the cause in its log.",
    status: 500,
    retryable: true,
  },
});

/** Every code that the gateway itself raises. */
export type GatewayErrorCode = keyof typeof gatewayErrors;

/** A `ClientError` with the registered status of its code. */
export function gatewayError(
  code: GatewayErrorCode,
  message: string,
  options: { readonly extensions?: Readonly<Record<string, unknown>>; readonly cause?: unknown } = {},
): ClientError {
  const definition: ErrorDefinition = gatewayErrors[code];
  return new ClientError(code, message, { ...options, status: definition.status });
}
