/** What is done with what a subgraph answers. */
export type CacheMode =
  /** It is kept and served. */
  | "on"
  /** It is kept and compared with what is fetched all the same, to see what keeping it would bring. */
  | "shadow"
  | "off";

export interface CacheOptions {
  /** For entities and root answers, in this process. */
  readonly memoryBytes: number;
  /** For whole answers, besides; 0 keeps none. */
  readonly responseBytes: number;
  /** What is larger is not kept. */
  readonly maxEntryBytes: number;
  /** Nothing is kept for longer. */
  readonly longestMs: number;
  /** How long it is remembered that there is no such entity. */
  readonly negativeMs: number;
  /** For subgraphs that `modes` does not name. */
  readonly mode: CacheMode;
  readonly modes: Readonly<Record<string, CacheMode>>;
}

export const defaultCacheOptions: CacheOptions = Object.freeze({
  memoryBytes: 64_000_000,
  responseBytes: 32_000_000,
  maxEntryBytes: 1_000_000,
  longestMs: 86_400_000,
  negativeMs: 10_000,
  mode: "on",
  modes: {},
});
