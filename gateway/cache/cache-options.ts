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
  /** Whether gateways share what they keep, where they have a Redis. */
  readonly shared: boolean;
  /** Categories of personal data that are kept in the process alone: the others are sealed where gateways share them. */
  readonly unsharedCategories: readonly string[];
}

/** What the law protects most (GDPR, articles 9 and 10), and what opens doors. */
const mostSensitive: readonly string[] = [
  "biometric",
  "credential",
  "criminal",
  "ethnicity",
  "genetic",
  "health",
  "orientation",
  "politics",
  "religion",
  "union",
];

export const defaultCacheOptions: CacheOptions = Object.freeze({
  memoryBytes: 64_000_000,
  responseBytes: 32_000_000,
  maxEntryBytes: 1_000_000,
  longestMs: 86_400_000,
  negativeMs: 10_000,
  mode: "on",
  modes: {},
  shared: true,
  unsharedCategories: mostSensitive,
});
