/**
 * The event bus → what is no longer true of what a gateway keeps.
 *
 *   subscribed ─▶ [ended at the start: what may have changed unheard] ─▶ caught up ─▶ told of each change
 *
 * Nobody may keep what changed without being told. So a gateway follows before it answers, where the bus is there; and what
 * it may have missed otherwise is ended once:
 * 1. The bus was not there when the gateway began to answer: everything.
 * 2. The bus is in this process and gateways share through Redis: what earlier processes left there of the products that
 *    run here. Nobody could tell what changed while none of them ran.
 */
import type { EventBus } from "#events";
import { followChanges, type Invalidated, type InvalidationOrder } from "#gateway";
import { answerWithin } from "../answer-within.ts";

export interface EventsToFollow {
  readonly bus: Pick<EventBus, "subscribe">;
  /** Whether it begins and ends with this process. */
  readonly isInProcess: boolean;
  /** Whether gateways that share a Redis tell each other, so that one of them has to hear of a change. */
  readonly isSharedWork: boolean;
  /** Names of the products that run in this process. */
  productsHere(): readonly string[];
}

export interface Following {
  /** Resolves when everything that was told before is carried out; rejects when it is closed before. */
  readonly caughtUp: Promise<void>;
  /** Ends what is being carried out, too: the bus hands it out again. */
  close(): Promise<void>;
}

/** One name for all gateways of a mesh: what one of them hears, it tells the others. */
const gatewayGroup = "gateway-cache";

/** How long a gateway waits for the bus before it answers without. */
const startLimitMs = 1_000;

/**
 * Resolves when changes are heard of, or the bus does not answer for now.
 *
 * @param carryOut as `ServedCache.carryOut`; may wait for the gateway to be there.
 */
export async function followEvents(
  { bus, isInProcess, isSharedWork, productsHere }: EventsToFollow,
  carryOut: (order: InvalidationOrder) => Promise<void>,
  { limitMs = startLimitMs }: { readonly limitMs?: number } = {},
): Promise<Following> {
  const closing = Promise.withResolvers<never>();
  closing.promise.catch(() => undefined);
  // Nobody waits for a Redis that is gone, or for a worker that does not come, when the gateway ends.
  const invalidate = (order: InvalidationOrder): Promise<void> => Promise.race([carryOut(order), closing.promise]);
  const subscription = followChanges(bus, { group: isSharedWork ? gatewayGroup : undefined, invalidate });
  const isLate = !(await answerWithin(
    subscription.started.then(() => true),
    limitMs,
    false,
  ));

  const missed = (): readonly Invalidated[] => {
    if (isLate) return [{ kind: "all" }];
    return isInProcess && isSharedWork ? productsHere().map((product) => ({ kind: "product", product })) : [];
  };
  const endMissed = async (): Promise<void> => {
    await subscription.started;
    const what = missed();
    if (what.length > 0) await invalidate({ cause: "event", what });
  };
  const caughtUp = Promise.all([subscription.caughtUp, endMissed()]).then(() => undefined);
  // Whoever waits for it hears of it.
  caughtUp.catch(() => undefined);
  return {
    caughtUp,
    async close() {
      closing.reject(new Error("the gateway is closing"));
      await subscription.close();
    },
  };
}
