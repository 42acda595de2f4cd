/** What the two sides of the planning worker say to each other: plain data only. */
import { GraphQLError, Source } from "graphql";
import type { EncodedPlan } from "../encoded-plan.ts";
import type { PlanOptions } from "../planner.ts";

/** One at a time: the next is sent when this one is answered. */
export interface PlanQuestion {
  /** Of a document that is valid against the API schema. */
  readonly text: string;
  readonly options: PlanOptions;
}

/** The first is `ready` or `unusable`; each further one answers a question. */
export type PlanWorkerMessage =
  | { readonly kind: "ready"; readonly facts: PlannerFacts }
  /** The text is no supergraph. */
  | { readonly kind: "unusable"; readonly error: PlainError }
  | { readonly kind: "planned"; readonly plan: EncodedPlan }
  | { readonly kind: "failed"; readonly error: PlainError };

export interface PlannerFacts {
  readonly apiSdl: string;
  readonly overrideLabels: readonly string[];
  /** Plans that planners of one version make of one supergraph are equal. */
  readonly plannerVersion: string;
}

type PlainError = PlainGraphQLError | PlainOtherError;

interface PlainGraphQLError {
  readonly kind: "graphql";
  readonly message: string;
  readonly path: readonly (string | number)[] | undefined;
  /** Into the text that it is about. */
  readonly positions: readonly number[] | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;
}

interface PlainOtherError {
  readonly kind: "other";
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

export function toPlainError(error: unknown): PlainError {
  if (error instanceof GraphQLError) {
    const { message, path, positions, extensions } = error;
    return { kind: "graphql", message, path, positions, extensions };
  }
  if (error instanceof Error) return { kind: "other", name: error.name, message: error.message, stack: error.stack };
  return { kind: "other", name: "Error", message: String(error), stack: undefined };
}

/** The error as it was thrown: a GraphQLError with the same message, path, places in `text` and extensions, or an Error. */
export function fromPlainError(plain: PlainError, text: string): Error {
  if (plain.kind === "graphql") {
    const { message, path, positions, extensions } = plain;
    return new GraphQLError(message, {
      extensions,
      ...(path !== undefined && { path }),
      ...(positions !== undefined && { positions, source: new Source(text) }),
    });
  }
  const error = new Error(plain.message);
  error.name = plain.name;
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}
