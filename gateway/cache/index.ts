// In: what subgraphs answered. Out: the same again, as long as it is true and may be kept. Next: the engine asks it before
// it asks a subgraph (`gateway/execution/compiled`).
export { CacheCore } from "./cache-core.ts";
export { type CacheMode, type CacheOptions, defaultCacheOptions } from "./cache-options.ts";
export { type CoherenceHub, createCoherenceHub } from "./coherence/workers/coherence-hub.ts";
export type { CoherenceChannel } from "./coherence/workers/messages.ts";
export type { Entry } from "./entry.ts";
export { type KeySet, keyValues } from "./facts/key-sets.ts";
export { type GatewayCache, openGatewayCache } from "./gateway-cache.ts";
export { createGenerationCache, type GenerationCache } from "./generation-cache.ts";
export type { Acknowledgement } from "./invalidation/acknowledgement.ts";
export { followChanges } from "./invalidation/follow-changes.ts";
export type { Invalidated } from "./invalidation/invalidated.ts";
export { type Forgotten, type InvalidationOrder, Invalidator } from "./invalidation/invalidator.ts";
export { type ExplainedCaching, type ExplainedPart, explainCaching } from "./operate/explain-caching.ts";
export type { KeptResponse } from "./responses/kept-response.ts";
export { ResponseCache } from "./responses/response-cache.ts";
export type { AskedResponse } from "./responses/response-key.ts";
export type { SharedUsage } from "./shared/shared-storage.ts";
export type { Shelf } from "./shelf/shelf.ts";
export type { Fill, FillOutcome } from "./step/fill.ts";
export type { Missing } from "./step/open-shelf.ts";
export { RunKept } from "./step/run-kept.ts";
export type { StepLookup } from "./step/step-lookup.ts";
export type { Subject } from "./subjects/subjects-of.ts";
