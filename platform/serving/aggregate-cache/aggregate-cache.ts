/**
 * Where the results of expensive aggregates are kept between requests, and between the processes of a product. The mesh may do
 * without: what is not kept is computed.
 */
export interface AggregateCache {
  /** Resolves with undefined when it is not kept, or not to be had soon. Never rejects. */
  get(key: string): Promise<string | undefined>;
  /** Keeps the text for so long, at most. Never rejects; nobody waits for it. */
  set(key: string, text: string, lifetimeMs: number): Promise<void>;
}

export interface AggregateOptions {
  /** Only what took longer is kept. Default 20. */
  readonly thresholdMs?: number | undefined;
  /** Default an hour. It bounds what nobody asks for any more: a new version of the data is asked for under other keys. */
  readonly lifetimeMs?: number | undefined;
  /** What is longer is not kept, in characters. Default 1,000,000. */
  readonly maxLength?: number | undefined;
  /** For metrics. Must not throw. */
  readonly onEvent?: ((event: AggregateEvent) => void) | undefined;
}

export type AggregateEvent = { readonly product: string } & (
  | { readonly kind: "hit"; readonly elapsedMs: number }
  | { readonly kind: "miss"; readonly elapsedMs: number }
  /** What was kept is not what was put there. It counts as a miss. */
  | { readonly kind: "broken" }
  /** `elapsedMs`: of the statement. */
  | { readonly kind: "kept"; readonly length: number; readonly elapsedMs: number }
);
