import type { EventBus, SubscribeOptions, Subscription } from "../bus.ts";
import type { BusObserver, EventBusOptions } from "../bus-options.ts";
import type { Clock } from "../clock.ts";
import { type MeshEvent, readEvent } from "../envelope.ts";
import { eventError } from "../errors.ts";
import type { EventLog, KeptEvent } from "../event-log.ts";
import { assertCount, assertName } from "../names.ts";
import { partitionOf } from "../partition-of.ts";
import { Complaints } from "./complaints.ts";
import { type GroupEvents, GroupSubscription } from "./group-subscription.ts";
import { withTemporaryGroup } from "./temporary-group.ts";

const trimEveryMs = 60_000;

/** The bus that a log makes possible. Closing it closes the log. */
export function createBus(
  log: EventLog,
  { leaseMs, keepMs, maxEventBytes }: Pick<EventBusOptions, "leaseMs" | "keepMs" | "maxEventBytes">,
  observer: BusObserver,
  clock: Clock,
): EventBus {
  const complaints = new Complaints(observer.logger, clock);
  const subscriptions = new Set<Subscription>();
  /** Topic and partition → when it was trimmed last. */
  const trimmedAt = new Map<string, number>();
  let closed: Promise<void> | undefined;

  return {
    async publish(topic, events) {
      assertName("topic", topic);
      const kept = events.map((event) => keep(event, maxEventBytes));
      if (closed !== undefined) throw eventError("BUS_UNAVAILABLE", "the event bus is closed");
      if (kept.length === 0) return;
      const partitions = await log.partitions(topic);
      const byPartition = Map.groupBy(kept, ({ event }) => partitionOf(event.partitionkey, partitions));
      // All have to have ended before it rejects: who publishes again must not meet what is still on its way.
      const results = await Promise.allSettled(
        [...byPartition].map(([index, batch]) => log.append({ topic, index }, batch)),
      );
      for (const index of byPartition.keys()) trim(topic, index);
      const failed = results.find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
    },
    subscribe(options, handle) {
      if (closed !== undefined) throw eventError("BUS_UNAVAILABLE", "the event bus is closed");
      const subscription = subscribe(options, handle);
      subscriptions.add(subscription);
      return {
        started: subscription.started,
        caughtUp: subscription.caughtUp,
        close: () => subscription.close().finally(() => subscriptions.delete(subscription)),
      };
    },
    deadLetters(topic, group) {
      assertName("topic", topic);
      assertName("group", group);
      return log.deadLetters(topic, group);
    },
    close() {
      closed ??= Promise.all([...subscriptions].map((subscription) => subscription.close())).then(() => log.close());
      return closed;
    },
  };

  function subscribe(
    { topic, group, from, maxBatch = 100, maxAttempts = 8, firstPauseMs = 100, onLost }: SubscribeOptions,
    handle: Parameters<EventBus["subscribe"]>[1],
  ): Subscription {
    assertName("topic", topic);
    if (group !== undefined) assertName("group", group);
    assertCount("maxBatch", maxBatch);
    assertCount("maxAttempts", maxAttempts);
    const own = group === undefined ? withTemporaryGroup(log) : { log, group };
    const options = {
      topic,
      group: own.group,
      from: from ?? (group === undefined ? "latest" : "earliest"),
      maxBatch,
      maxAttempts,
      firstPauseMs,
      leaseMs,
    } as const;
    const events = tellOf(topic, group, onLost);
    return new GroupSubscription(own.log, options, handle, events, clock);
  }

  /** @param group undefined: one that nobody has named. */
  function tellOf(topic: string, group: string | undefined, onLost: (() => void) | undefined): GroupEvents {
    const name = group ?? "";
    const where = group === undefined ? { topic } : { topic, group };
    return {
      rejected(reason, attempts) {
        observer.onRejected?.(topic, name);
        complaints.warn({ ...where, reason, attempts }, "a handler rejected events; they are handed to it again");
      },
      buried(reason, attempts) {
        const fields = { ...where, reason, attempts };
        if (group === undefined) return complaints.warn(fields, "an event was given up after its last attempt");
        observer.onDeadLetter?.(topic, name);
        complaints.warn(fields, "an event is a dead letter after its last attempt");
      },
      lost(events) {
        observer.onLost?.(topic, name, events);
        complaints.warn(
          { ...where, ...(events === undefined ? {} : { events }) },
          "events are gone that were not handled",
        );
        onLost?.();
      },
      failed(error) {
        const reason = error instanceof Error ? error.name : "Error";
        complaints.warn(
          { ...where, reason, stack: stackOf(error) },
          "handing events over has failed; it is tried again",
        );
      },
      unreadable(partition, position) {
        complaints.warn({ ...where, partition, position }, "something on the event bus is no event; it is passed over");
      },
    };
  }

  function trim(topic: string, index: number): void {
    const key = `${topic} ${index}`;
    const now = clock.now();
    if (now - (trimmedAt.get(key) ?? Number.NEGATIVE_INFINITY) < trimEveryMs) return;
    trimmedAt.set(key, now);
    // Where it fails there will be a next time.
    log.trim({ topic, index }, keepMs).catch(() => undefined);
  }
}

/** Where it was thrown, without its message, which may hold data. */
function stackOf(error: unknown): string {
  const [, ...frames] = error instanceof Error ? (error.stack ?? "").split("\n    at ") : [];
  return frames.join("\n");
}

/** Nothing is kept that could not be read again. Raises `EVENT_INVALID`. */
function keep(event: MeshEvent, maxBytes: number): KeptEvent {
  const text = JSON.stringify(readEvent(event));
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    throw eventError(
      "EVENT_INVALID",
      `an event has ${bytes} bytes, and the bus takes ${maxBytes}: put large data elsewhere and tell where they are`,
    );
  }
  return { event, text };
}
