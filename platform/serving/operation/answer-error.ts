/** What a client may read of an error, and what only we may read. */
import { randomUUID } from "node:crypto";
import { GraphQLError } from "graphql";
import { ClientError, withoutValue } from "#schema";
import type { SubgraphAnswer } from "../subgraph.ts";

type AnswerError = NonNullable<SubgraphAnswer["errors"]>[number];

/** An error that was hidden from the client, under the id that the client got. */
export interface HiddenError {
  readonly id: string;
  readonly product: string;
  readonly path: readonly (string | number)[] | undefined;
  readonly cause: unknown;
}

/**
 * `ClientError`s and GraphQL's own complaints about arguments are shown; anything else becomes `INTERNAL_SERVER_ERROR`
 * with an id, and goes to `report` whole: its message may have SQL or values in it.
 */
export function answerError(error: GraphQLError, product: string, report: (hidden: HiddenError) => void): AnswerError {
  const path = error.path === undefined ? {} : { path: error.path };
  const shown = shownError(error);
  if (shown !== undefined) {
    return { message: shown.message, ...path, extensions: { ...shown.extensions, code: shown.code, product } };
  }
  const id = randomUUID();
  report({ id, product, path: error.path, cause: error.originalError ?? error });
  return {
    message: `${product} could not answer this part. Its log has the reason under ${id}.`,
    ...path,
    extensions: { code: "INTERNAL_SERVER_ERROR", id, product },
  };
}

/**
 * For an operation that could not be started: graphql-js complains about variables, pointing at their definitions, or
 * about the choice of the operation. Both are the client's to read.
 */
export function requestError(error: GraphQLError, product: string): AnswerError {
  const code = error.nodes === undefined ? "OPERATION_RESOLUTION_FAILURE" : "BAD_USER_INPUT";
  return { message: withoutGivenValue(error.message), extensions: { code, product } };
}

/** graphql-js quotes what a variable was given, and a subgraph's errors go through other hands. */
function withoutGivenValue(message: string): string {
  const variable = /^Variable "\$(\w+)" got invalid value /.exec(message)?.[1];
  if (variable === undefined) return message;
  // The last of them is graphql-js' own; a value may have the same words in it.
  const [, given, path, problem = ""] = /^([\s\S]*?)(?: at "([\w.[\]]+)")?; ((?:(?!; )[\s\S])*)$/.exec(message) ?? [];
  if (given === undefined) return `Variable "$${variable}" has an invalid value.`;
  return `Variable "$${variable}" has an invalid value${path === undefined ? "" : ` at "${path}"`}: ${withoutValue(problem)}`;
}

function shownError(
  error: GraphQLError,
):
  | { readonly message: string; readonly code: string; readonly extensions: Readonly<Record<string, unknown>> }
  | undefined {
  const original: unknown = error.originalError ?? error;
  if (original instanceof ClientError) {
    return { message: original.message, code: original.code, extensions: original.extensions };
  }
  if (!(original instanceof GraphQLError)) return undefined;
  const { message, extensions } = original;
  if (typeof extensions.code === "string") return { message, code: extensions.code, extensions };
  // graphql-js points at the argument's node when it coerces input; a failed output value has no node of its own.
  return original.nodes === undefined ? undefined : { message, code: "BAD_USER_INPUT", extensions: {} };
}
