/** What the gateway's service answers → what Apollo Server takes from a gateway. */
import type { GatewayExecutionResult } from "@apollo/server-gateway-interface";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { type GraphQLOutcome, type Prepared, readResponseBody } from "#http";
import { gatewayError } from "../errors.ts";

/** Status and headers of a response, as Apollo Server reads them in `extensions.http` of an error. */
interface ErrorHttp {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

/** An operation that was refused before anything ran: errors and no data, with the status it has over HTTP. */
export function readRejection({ status, result, headers }: Prepared & { kind: "rejected" }): GatewayExecutionResult {
  const http = { status, headers: new Map(Object.entries(headers ?? {})) };
  return {
    errors: result.errors.map((error) => toGraphQLError(error, http)),
    ...(result.extensions === undefined ? {} : { extensions: { ...result.extensions } }),
  };
}

/** An operation that ran: data, null where it must be, and errors at the client's paths. */
export function readOutcome({ body, status }: GraphQLOutcome): GatewayExecutionResult {
  const { data, errors, extensions } = readResponseBody(body);
  const http = status === undefined ? undefined : { status, headers: new Map<string, string>() };
  return {
    ...(data === undefined ? {} : { data }),
    ...(errors === undefined ? {} : { errors: errors.map((error) => toGraphQLError(error, http)) }),
    ...(extensions === undefined ? {} : { extensions }),
  };
}

/** The answer to whatever was under way when the program stopped. */
export function shuttingDown(): GatewayExecutionResult {
  const { code, message, status } = gatewayError(
    "SHUTTING_DOWN",
    "The gateway was stopped before the answer was ready",
  );
  return { errors: [toGraphQLError({ message, extensions: { code } }, { status, headers: new Map() })] };
}

function toGraphQLError(
  { message, path, extensions }: GraphQLFormattedError,
  http: ErrorHttp | undefined,
): GraphQLError {
  return new GraphQLError(message, {
    ...(path === undefined ? {} : { path }),
    extensions: { ...extensions, ...(http === undefined ? {} : { http }) },
  });
}
