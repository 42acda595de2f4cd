/** JSON of a subgraph → checked GraphQL response. */
import type { SubgraphResponse } from "./subgraph-client.ts";
import { SubgraphFailure } from "./subgraph-failure.ts";

type ResponseError = NonNullable<SubgraphResponse["errors"]>[number];

/**
 * Guarantees the shape of a GraphQL response (specification, section 7.1): `data` an object or null, `errors` a
 * non-empty list of objects with a message, one of the two present. Raises `SubgraphFailure` otherwise.
 */
export function readResponse(subgraph: string, value: unknown): SubgraphResponse {
  if (!isObject(value)) throw new SubgraphFailure(subgraph, "invalid-response", { detail: "not an object" });
  const { data, errors, extensions } = value;
  if (data !== undefined && data !== null && !isObject(data)) {
    throw new SubgraphFailure(subgraph, "invalid-response", { detail: "`data` is not an object" });
  }
  if (errors !== undefined && errors !== null && !Array.isArray(errors)) {
    throw new SubgraphFailure(subgraph, "invalid-response", { detail: "`errors` is not a list" });
  }
  const read = ((errors ?? []) as readonly unknown[]).map((error) => readError(subgraph, error));
  if (data === undefined && read.length === 0) {
    throw new SubgraphFailure(subgraph, "invalid-response", { detail: "neither `data` nor `errors`" });
  }
  return {
    ...(data === undefined ? {} : { data: data as Record<string, unknown> | null }),
    ...(read.length === 0 ? {} : { errors: read }),
    ...(isObject(extensions) ? { extensions } : {}),
  };
}

function readError(subgraph: string, value: unknown): ResponseError {
  if (!isObject(value))
    throw new SubgraphFailure(subgraph, "invalid-response", { detail: "an error is not an object" });
  const { message, path, extensions } = value;
  return {
    message: typeof message === "string" ? message : "",
    ...(isPath(path) ? { path } : {}),
    ...(isObject(extensions) ? { extensions } : {}),
  };
}

function isPath(value: unknown): value is (string | number)[] {
  return Array.isArray(value) && value.every((part) => typeof part === "string" || typeof part === "number");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
