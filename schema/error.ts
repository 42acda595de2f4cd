/**
 * Errors of the mesh: each top folder declares its codes in its own `errors.ts` with `defineErrors`, and raises them as
 * `ClientError` (safe to show to whoever asked) or lets anything else become an `InternalError` at the edge.
 */

/** One registered code. `docs/reference/errors.md` is written from these. */
export interface ErrorDefinition {
  /** What it means and what to do instead, for the documentation. */
  readonly meaning: string;
  /** HTTP status when the whole request fails with it. */
  readonly status: number;
  /** Whether the same request may succeed later without a change. */
  readonly retryable: boolean;
}

/** Keeps the literal codes, so that `keyof typeof errors` is the union of them. */
export function defineErrors<const T extends Readonly<Record<string, ErrorDefinition>>>(definitions: T): T {
  return Object.freeze(definitions);
}

/** Safe to show: message and extensions hold nothing personal and nothing internal. */
export class ClientError extends Error {
  readonly code: string;
  readonly status: number;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: {
      readonly status: number;
      readonly extensions?: Readonly<Record<string, unknown>>;
      readonly cause?: unknown;
    },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ClientError";
    this.code = code;
    this.status = options.status;
    this.extensions = options.extensions ?? {};
  }
}
