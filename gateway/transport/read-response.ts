/** JSON of a subgraph → checked GraphQL response. */
import type { SubgraphResponse } from "./subgraph-client.ts";
import { SubgraphFailure } from "./subgraph-failure.ts";

type ResponseError = NonNullable<SubgraphResponse["errors"]>[number];
type Written<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * Guarantees the shape of a GraphQL response (specification, section 7.1): `data` an object or null, `errors` a
 * non-empty list of objects with a message, one of the two present. Raises `SubgraphFailure` otherwise.
 */
export function readResponse(subgraph: string, value: unknown): SubgraphResponse {
  if (!isObject(value)) throw invalid(subgraph, "not an object");
  const { data, errors, extensions } = value;
  const response: Written<SubgraphResponse> = {};
  if (data !== undefined) {
    if (data !== null && !isObject(data)) throw invalid(subgraph, "`data` is not an object");
    response.data = data;
  }
  if (errors !== undefined && errors !== null) {
    if (!Array.isArray(errors)) throw invalid(subgraph, "`errors` is not a list");
    if (errors.length > 0) response.errors = errors.map((error) => readError(subgraph, error));
  }
  if (data === undefined && response.errors === undefined) throw invalid(subgraph, "neither `data` nor `errors`");
  if (isObject(extensions)) response.extensions = extensions;
  return response;
}

/** Guarantees the same for a body of JSON text. Raises `invalid-json` too. */
export function parseResponse(subgraph: string, bytes: Buffer): SubgraphResponse {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    // JSON.parse quotes the text in its message: the cause would carry data into the log.
    throw new SubgraphFailure(subgraph, "invalid-json");
  }
  return readResponse(subgraph, value);
}

function readError(subgraph: string, value: unknown): ResponseError {
  if (!isObject(value)) throw invalid(subgraph, "an error is not an object");
  const { message, path, extensions } = value;
  return {
    message: typeof message === "string" ? message : "",
    ...(isPath(path) ? { path } : {}),
    ...(isObject(extensions) ? { extensions } : {}),
  };
}

function invalid(subgraph: string, detail: string): SubgraphFailure {
  return new SubgraphFailure(subgraph, "invalid-response", { detail });
}

function isPath(value: unknown): value is (string | number)[] {
  return Array.isArray(value) && value.every((part) => typeof part === "string" || typeof part === "number");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
