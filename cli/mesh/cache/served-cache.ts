/** What is kept of products' answers, as commands and the event bus reach it: whatever number of processes keeps it. */
import type {
  Acknowledgement,
  AskedExplanation,
  CacheOperations,
  ExplainedCaching,
  Forgotten,
  InvalidationOrder,
  SharedUsage,
  Subject,
} from "#gateway";
import { ClientError } from "#schema";

/** Everything raises `CACHE_OFF` where nothing is kept. */
export interface ServedCache {
  /** Raises `CACHE_TARGET_UNKNOWN`. */
  invalidate(order: InvalidationOrder): Promise<Acknowledgement>;
  /**
   * Resolves when everybody who answers has applied it, and nobody finds anything of it where gateways share; who is cut off
   * uses nothing old for longer than two seconds. Rejects when the gateway ends before.
   */
  carryOut(order: InvalidationOrder): Promise<void>;
  forget(subjects: readonly Subject[]): Promise<Forgotten>;
  /** Raises `CACHE_QUERY_INVALID`. */
  explain(asked: AskedExplanation): Promise<ExplainedCaching>;
  sharedUsage(): Promise<SharedUsage | undefined>;
}

/** That of one gateway; undefined: it keeps nothing. */
export function serveCache(cache: CacheOperations | undefined): ServedCache {
  if (cache === undefined) {
    const refuse = (): Promise<never> => Promise.reject(cacheIsOff());
    return { invalidate: refuse, carryOut: refuse, forget: refuse, explain: refuse, sharedUsage: refuse };
  }
  return {
    invalidate: (order) => cache.invalidate(order),
    async carryOut(order) {
      if (!(await cache.carryOut(order))) throw new Error("the gateway ended before everybody was told");
    },
    forget: (subjects) => cache.forget(subjects),
    explain: (asked) => cache.explain(asked),
    sharedUsage: () => cache.sharedUsage(),
  };
}

function cacheIsOff(): ClientError {
  return new ClientError("CACHE_OFF", "This gateway keeps nothing: spec.gateway.cache.enabled is false", {
    status: 409,
  });
}
