/** The gateway's error codes; the ecosystem's where it has one. `docs/reference/errors.md` is written from this. */
import type { ErrorDefinition } from "#schema";
import { ClientError, defineErrors } from "#schema";

export const gatewayErrors = defineErrors({
  BAD_REQUEST: {
    meaning: "The request holds no operation, or names a document in a way that cannot be read. The message says how.",
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
    meaning:
      "The request names a persisted query, and the gateway keeps none, or not in this version. Send the operation's text.",
    status: 400,
    retryable: false,
  },
  PERSISTED_QUERY_NOT_FOUND: {
    meaning: "No text is known for this hash. Send the text with the hash; then the hash alone will do.",
    status: 400,
    retryable: true,
  },
  PERSISTED_QUERY_HASH_MISMATCH: {
    meaning: "The hash is not the SHA-256 of the text that came with it, in UTF-8 and hexadecimal.",
    status: 400,
    retryable: false,
  },
  PERSISTED_QUERY_NOT_IN_LIST: {
    meaning: "No trusted document has this id (`gateway.trustedDocuments`). Publish the client's operations.",
    status: 404,
    retryable: false,
  },
  QUERY_NOT_IN_SAFELIST: {
    meaning:
      "Only trusted documents run (`gateway.trustedOnly`), and this text is none of them. Publish it, or send the id of one.",
    status: 403,
    retryable: false,
  },
  CANNOT_SEND_PQ_ID_AND_BODY: {
    meaning: "The request has a text and the id of a document that is not the text's hash. Send one of them.",
    status: 400,
    retryable: false,
  },
  TRUSTED_DOCUMENTS_INVALID: {
    meaning:
      "The file of trusted documents cannot be read. The message says which entry is wrong and what is expected.",
    status: 500,
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
  MAX_BYTES_LIMIT: {
    meaning: "The operation's text is longer than `gateway.limits.bytes`.",
    status: 413,
    retryable: false,
  },
  COST_ESTIMATED_TOO_EXPENSIVE: {
    meaning:
      "The operation may cost more than `gateway.limits.cost`, as `@cost` and `@listSize` in the schema estimate it. " +
      "Ask for fewer rows or fields at once.",
    status: 400,
    retryable: false,
  },
  COST_INVALID_SLICING_ARGUMENTS: {
    meaning:
      "A list must be asked with exactly one of the arguments that say its size (`@listSize`), such as `first` or `last`.",
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
    meaning:
      "A subgraph answered what the schema does not allow, such as null for a non-null field, or left out what it was asked for.",
    status: 502,
    retryable: true,
  },
  FIELD_NOT_RESOLVABLE: {
    meaning: "No subgraph can resolve a field of the operation at its place. Ask its owner, or leave it out.",
    status: 400,
    retryable: false,
  },
  PLANNING_TIMEOUT: {
    meaning:
      "The operation takes longer to plan than `gateway.planning.timeoutMs`, and is refused for a minute. Ask for less at once.",
    status: 400,
    retryable: false,
  },
  PLANNING_QUEUE_FULL: {
    meaning: "Too many operations that the gateway has not seen before wait to be planned. Ask again.",
    status: 503,
    retryable: true,
  },
  CACHE_TARGET_UNKNOWN: {
    meaning: "What is to be purged names a type or a product that the graph does not have. Nothing was purged.",
    status: 404,
    retryable: false,
  },
  CACHE_OFF: {
    meaning: "The gateway keeps nothing (`gateway.cache.enabled`), so there is nothing to tell or to purge.",
    status: 409,
    retryable: false,
  },
  CACHE_QUERY_INVALID: {
    meaning: "The query whose caching is to be explained cannot run. The message says why.",
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
