/**
 * The bus at an address:
 *
 *   none                                                   in this process
 *   redis://  rediss://  redis+sentinel://  redis+cluster://   Redis Streams (Redis 7 or later)
 *   nats://  tls://                                        NATS JetStream (2.9 or later)
 */
import { ClientError } from "#schema";
import type { EventBus } from "./bus.ts";
import { type BusObserver, defaultBusOptions, type EventBusOptions } from "./bus-options.ts";
import { systemClock } from "./clock.ts";
import { createBus } from "./delivery/create-bus.ts";
import { eventError } from "./errors.ts";
import type { EventLog } from "./event-log.ts";
import { createMemoryLog, defaultMemoryOptions } from "./memory/memory-log.ts";
import { assertCount, assertName } from "./names.ts";

/**
 * Resolves also where the server is not there: what is published is refused with `BUS_UNAVAILABLE` until it is, and
 * subscriptions start when it is. Raises `BUS_ADDRESS_INVALID`.
 */
export async function openEventBus(
  url: string | undefined,
  given: Partial<EventBusOptions>,
  observer: BusObserver,
): Promise<EventBus> {
  const options = { ...defaultBusOptions, ...(url === undefined ? defaultMemoryOptions : {}), ...given };
  const { prefix, ...counts } = options;
  assertName("prefix", prefix);
  for (const [name, count] of Object.entries(counts)) assertCount(name, count);
  return createBus(await openLog(url, options, observer), options, observer, systemClock);
}

async function openLog(url: string | undefined, options: EventBusOptions, observer: BusObserver): Promise<EventLog> {
  if (url === undefined) return createMemoryLog(options, systemClock);
  // Only who has a server loads its client.
  if (/^(nats|tls):\/\//.test(url)) {
    const { openNatsLog } = await import("./nats/nats-log.ts");
    return openNatsLog(url, options, observer);
  }
  if (/^rediss?(\+(sentinel|cluster))?:\/\//.test(url)) {
    const { openRedisLog } = await import("./redis-streams/redis-log.ts");
    return openRedisLog(url, options, observer).catch((error: unknown) => {
      const isAddress = error instanceof ClientError && error.code === "REDIS_ADDRESS_INVALID";
      throw isAddress ? eventError("BUS_ADDRESS_INVALID", error.message) : error;
    });
  }
  throw eventError(
    "BUS_ADDRESS_INVALID",
    "the address of the event bus cannot be read: it is none of redis://host:6379, redis+sentinel://host:26379/master, " +
      "redis+cluster://host:7000, nats://host:4222, tls://host:4222; without an address the bus is in this process",
  );
}
