import type { GraphQLError, GraphQLFormattedError } from "graphql";
import { type GatewayErrorCode, gatewayErrors } from "../errors.ts";

/** Why an operation does not run at all: request errors (GraphQL specification, section 7.1.2). Safe to keep and to show. */
export interface OperationRejected {
  readonly kind: "rejected";
  readonly status: number;
  readonly errors: readonly GraphQLFormattedError[];
}

/** Errors of one code; message, locations and further extensions stay as they are. */
export function rejectWith(
  code: GatewayErrorCode,
  errors: readonly (
    | GraphQLError
    | { readonly message: string; readonly extensions?: Readonly<Record<string, unknown>> }
  )[],
): OperationRejected {
  return {
    kind: "rejected",
    status: gatewayErrors[code].status,
    errors: errors.map((error) => {
      const locations = "locations" in error ? error.locations : undefined;
      return {
        message: error.message,
        ...(locations === undefined ? {} : { locations }),
        extensions: { code, ...error.extensions },
      };
    }),
  };
}
