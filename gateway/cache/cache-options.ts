/** What is done with what a subgraph answers. */
export type CacheMode =
  /** It is kept and served. */
  | "on"
  /** It is kept and compared with what is fetched all the same, to see what keeping it would bring. */
  | "shadow"
  | "off";

export interface CacheOptions {
  /** Entities, root answers and whole responses in this process. */
  readonly memoryBytes: number;
  /** What is larger is not kept. */
  readonly maxEntryBytes: number;
  /** Nothing is kept for longer. */
  readonly longestMs: number;
  /** How long it is remembered that there is no such entity. */
  readonly negativeMs: number;
  /** Whole responses too. */
  readonly responses: boolean;
  /** For subgraphs that `modes` does not name. */
  readonly mode: CacheMode;
  readonly modes: Readonly<Record<string, CacheMode>>;
}

export const defaultCacheOptions: CacheOptions = Object.freeze({
  memoryBytes: 64_000_000,
  maxEntryBytes: 1_000_000,
  longestMs: 86_400_000,
  negativeMs: 10_000,
  responses: true,
  mode: "on",
  modes: {},
});
