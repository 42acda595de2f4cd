import { ClientError } from "#schema";
import type { GatewayErrorCode } from "../../errors.ts";
import { SubgraphFailure } from "../../transport/subgraph-failure.ts";
import { readFailure } from "../subgraph-errors.ts";

/** Why something is missing, as a client may read it. One object for one event, however many fields the event costs. */
export interface Cause {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** A GraphQL response that does not answer what was asked: too few entities, no list of them. The message is for the log. */
export class UnfitAnswer extends Error {
  override readonly name = "UnfitAnswer";
}

/** What a client may know of a request that failed as a whole: nothing that the thrown value does not mean to show. */
export function causeOf(thrown: unknown, subgraph: string): Cause {
  if (thrown instanceof SubgraphFailure) return readFailure(thrown);
  if (thrown instanceof UnfitAnswer) {
    return unfit(`Subgraph "${subgraph}" answered with a value that the schema does not allow`, subgraph);
  }
  if (thrown instanceof ClientError) {
    return { message: thrown.message, extensions: { ...thrown.extensions, code: thrown.code, serviceName: subgraph } };
  }
  return readFailure(new SubgraphFailure(subgraph, "internal", { cause: thrown }));
}

/** A value that breaks the schema; `subgraph` is undefined when it is nobody's in particular. */
export function unfit(message: string, subgraph: string | undefined): Cause {
  const code: GatewayErrorCode = "RESPONSE_VALIDATION_FAILED";
  return { message, extensions: subgraph === undefined ? { code } : { code, serviceName: subgraph } };
}
