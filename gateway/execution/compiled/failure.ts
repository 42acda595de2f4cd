import { ClientError } from "#schema";
import { SubgraphFailure } from "../../transport/subgraph-failure.ts";
import { readFailure } from "../subgraph-errors.ts";

export interface Failure {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** What a client may know of a request that failed as a whole: nothing that the cause does not mean to show. */
export function failureOf(cause: unknown, subgraph: string): Failure {
  if (cause instanceof SubgraphFailure) return readFailure(cause);
  if (cause instanceof ClientError) {
    return { message: cause.message, extensions: { ...cause.extensions, code: cause.code, serviceName: subgraph } };
  }
  return readFailure(new SubgraphFailure(subgraph, "internal", { cause }));
}
