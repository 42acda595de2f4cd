/** Codes that a subgraph's answers carry besides those of the storage. */
import { ClientError, defineErrors } from "#schema";

export const servingErrors = defineErrors({
  GRAPHQL_PARSE_FAILED: {
    meaning: "The operation is not GraphQL. The message has the place.",
    status: 400,
    retryable: false,
  },
  GRAPHQL_VALIDATION_FAILED: {
    meaning: "The operation does not fit the product's schema.",
    status: 400,
    retryable: false,
  },
  OPERATION_RESOLUTION_FAILURE: {
    meaning: "The request names no operation of its document, or several could be meant.",
    status: 400,
    retryable: false,
  },
  BAD_USER_INPUT: {
    meaning: "An argument or a variable has a value that the field cannot take: a foreign cursor, a page too large, …",
    status: 400,
    retryable: false,
  },
  SUBGRAPH_INVALID: {
    meaning: "The product's tables cannot be offered as GraphQL: two names collide, or a key holds personal data.",
    status: 500,
    retryable: false,
  },
  INTERNAL_SERVER_ERROR: {
    meaning: "Something failed inside the product. The answer has an id; the cause is in the product's log under it.",
    status: 500,
    retryable: true,
  },
});

export type ServingErrorCode = keyof typeof servingErrors;

/** A `ClientError` with the status of its registered code. */
export function servingError(code: ServingErrorCode, message: string): ClientError {
  return new ClientError(code, message, { status: servingErrors[code].status });
}

/** What a client can correct in its arguments or variables. */
export function badInput(message: string): ClientError {
  return servingError("BAD_USER_INPUT", message);
}
