/** An event bus that tells when it was given the events of customers, and when they were handled. */
import type { EventBus, EventHandler, MeshEvent } from "#events";
import { readProductChange } from "#events";
import type { EventSeen, EventsTold } from "./messages.ts";
import { monotonicMs } from "./monotonic-ms.ts";

/** `mayGo`: resolves when events may go on their way. */
export function tracedPublishing(
  bus: EventBus,
  tell: (told: EventsTold) => void,
  mayGo: () => Promise<void>,
): EventBus {
  return {
    ...bus,
    async publish(topic, events) {
      await mayGo();
      const beganAt = monotonicMs();
      await bus.publish(topic, events);
      tell({ kind: "published", events: seen(events, beganAt) });
    },
  };
}

export function tracedHandling(bus: EventBus, tell: (told: EventsTold) => void): Pick<EventBus, "subscribe"> {
  const traced =
    (handle: EventHandler): EventHandler =>
    async (events) => {
      const beganAt = monotonicMs();
      await handle(events);
      tell({ kind: "handled", events: seen(events, beganAt) });
    };
  return { subscribe: (options, handle) => bus.subscribe(options, traced(handle)) };
}

function seen(events: readonly MeshEvent[], beganAt: number): readonly EventSeen[] {
  const endedAt = monotonicMs();
  return events.flatMap((event) => {
    const change = readProductChange(event);
    if (change?.kind !== "row-changed" || change.key === undefined) return [];
    return [{ id: String(change.key.customerId), version: change.version, beganAt, endedAt }];
  });
}
