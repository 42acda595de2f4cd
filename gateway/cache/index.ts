// In: what subgraphs answered. Out: the same again, as long as it is true and may be kept. Next: the engine asks it before
// it asks a subgraph (`gateway/execution/compiled`).
export { CacheCore, type CacheParts } from "./cache-core.ts";
export { type CacheMode, type CacheOptions, defaultCacheOptions } from "./cache-options.ts";
export type { Entry } from "./entry.ts";
export { createGenerationCache, type GenerationCache } from "./generation-cache.ts";
export type { Shelf } from "./shelf/shelf.ts";
export type { Fill, FillOutcome } from "./step/fill.ts";
export type { Missing } from "./step/open-shelf.ts";
export { RunKept } from "./step/run-kept.ts";
export type { StepLookup } from "./step/step-lookup.ts";
