/** For tests: the publishing half of an event bus, which remembers what it took and can be told to fail. */
import type { EventBus, MeshEvent } from "#events";
import { ClientError } from "#schema";

export interface RecordingBus extends Pick<EventBus, "publish"> {
  /** In the order in which they were taken. */
  readonly taken: readonly MeshEvent[];
  /** Calls of `publish`. */
  readonly calls: number;
  /** Called before the bus takes anything; what it throws is what `publish` rejects with. */
  onPublish(listener: (events: readonly MeshEvent[]) => void | Promise<void>): void;
  /** As `onPublish`, after the bus has taken everything: the sender does not get to know it. */
  afterPublish(listener: (events: readonly MeshEvent[]) => void | Promise<void>): void;
}

export function createRecordingBus(): RecordingBus {
  const taken: MeshEvent[] = [];
  let calls = 0;
  let before: (events: readonly MeshEvent[]) => void | Promise<void> = () => undefined;
  let after: (events: readonly MeshEvent[]) => void | Promise<void> = () => undefined;
  return {
    taken,
    get calls() {
      return calls;
    },
    async publish(_topic, events) {
      calls += 1;
      await before(events);
      taken.push(...events);
      await after(events);
    },
    onPublish(listener) {
      before = listener;
    },
    afterPublish(listener) {
      after = listener;
    },
  };
}

/** What adapters reject with. */
export function busUnavailable(): Error {
  return new ClientError("BUS_UNAVAILABLE", "The event bus does not answer.", { status: 503 });
}
