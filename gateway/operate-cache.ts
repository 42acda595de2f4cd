/** What operators, data products and those who erase persons ask of a gateway's cache. */
import {
  type Acknowledgement,
  type ExplainedCaching,
  explainCaching,
  type Forgotten,
  type GatewayCache,
  type InvalidationOrder,
  type Invalidator,
  type SharedUsage,
  type Subject,
} from "./cache/index.ts";
import { gatewayError } from "./errors.ts";
import type { Generation } from "./supergraph/generation.ts";

export interface CacheOperations {
  /**
   * Puts an end to what is no longer true, wherever copies are. Raises `CACHE_TARGET_UNKNOWN` for a type or a product that
   * the graph does not have, where an operator names it.
   */
  invalidate(order: InvalidationOrder): Promise<Acknowledgement>;
  /**
   * The same, until it is told: resolves as soon as everybody has applied it who answers, and nobody finds anything of it
   * where gateways share. Gateways that are cut off, or have ended without saying so, are not waited for: what they have they
   * use for seconds. To false when this one ends before.
   */
  carryOut(order: InvalidationOrder): Promise<boolean>;
  /** Nothing is taken from where gateways share until it has ended: what is there may be older than what it tells. */
  unsharedUntil(work: Promise<unknown>): void;
  /** Removes what is kept of persons: here, where gateways share, and in other processes. */
  forget(subjects: readonly Subject[]): Promise<Forgotten>;
  /** Raises `CACHE_QUERY_INVALID`, `CACHE_OFF`. */
  explain(asked: AskedExplanation): Promise<ExplainedCaching>;
  /** What gateways share; undefined where they do not, or it cannot be known. */
  sharedUsage(): Promise<SharedUsage | undefined>;
}

export interface AskedExplanation {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** What is looked at of what gateways share, at most. */
const maxLooked = 200_000;

export function createCacheOperations(
  { invalidator, core }: GatewayCache,
  current: () => Generation | undefined,
): CacheOperations {
  return {
    async invalidate(order) {
      if (order.cause === "operator") assertKnown(order, invalidator);
      return invalidator.invalidate(order);
    },
    carryOut: (order) => invalidator.carryOut(order),
    unsharedUntil: (work) => core.shared?.closedUntil(work),
    forget: (subjects) => invalidator.forget(subjects),
    async explain(asked) {
      const generation = current();
      const lease = generation?.lease();
      if (generation === undefined || lease === undefined) {
        throw gatewayError("SHUTTING_DOWN", "The gateway is closing");
      }
      try {
        return await explainIn(generation, asked);
      } finally {
        lease.release();
      }
    },
    sharedUsage: async () => core.shared?.usage(maxLooked).catch(() => undefined),
  };
}

async function explainIn(
  { operations, executor, cache }: Generation,
  { query, operationName, variables = {} }: AskedExplanation,
): Promise<ExplainedCaching> {
  const prepared = operations.prepare(query, operationName);
  if (prepared.kind === "rejected") {
    const problems = prepared.errors.map(({ message }) => message).join("; ");
    throw gatewayError("CACHE_QUERY_INVALID", `The query cannot be explained: ${problems}`);
  }
  const { query: text, document, name } = prepared;
  const fetches = executor.fetchesOf({ query: text, document, operationName: name, variables });
  if (cache === undefined || fetches === undefined) {
    throw gatewayError("CACHE_OFF", "This gateway keeps nothing of what subgraphs answer");
  }
  return explainCaching(cache, await fetches);
}

function assertKnown({ what }: InvalidationOrder, invalidator: Invalidator): void {
  for (const each of what) {
    if ("type" in each && !invalidator.knowsType(each.type)) {
      throw unknownTarget(`There is no type \`${each.type}\` in the graph`);
    }
    if ("product" in each && each.product !== undefined && !invalidator.knowsProduct(each.product)) {
      throw unknownTarget(`There is no product \`${each.product}\` in the graph`);
    }
  }
}

function unknownTarget(problem: string): Error {
  return gatewayError(
    "CACHE_TARGET_UNKNOWN",
    `${problem}: nothing was purged. \`datamesh cache stats\` lists products`,
  );
}
