import type { MeshEvent } from "../envelope.ts";
import type { Place } from "../event-log.ts";
import { isSuspect } from "./place.ts";

/** An entry as the group sees it. */
export interface Ahead {
  readonly position: number;
  readonly text: string;
  /** Undefined: not for this group, or nothing that can be read. */
  readonly event: MeshEvent | undefined;
}

export interface Step {
  readonly events: readonly MeshEvent[];
  /** Entries that it takes; the last one's position. */
  readonly taken: number;
  readonly end: number;
  /** The entry that is handed over, where it is one. */
  readonly alone: Ahead | undefined;
}

/**
 * What is handed over next: as many events as may be, or a suspect one by itself. Whatever is not for the group and stands
 * before, between or behind them goes with them. Undefined where nothing is ahead.
 */
export function nextStep(place: Place, ahead: readonly Ahead[], maxBatch: number): Step | undefined {
  const events: MeshEvent[] = [];
  let first: Ahead | undefined;
  let taken = 0;
  for (const entry of ahead) {
    if (entry.event !== undefined) {
      const isFull = first !== undefined && (events.length >= maxBatch || isSuspect(place, first.position));
      if (isFull) break;
      first ??= entry;
      events.push(entry.event);
    }
    taken += 1;
  }
  const last = ahead[taken - 1];
  if (last === undefined) return undefined;
  return { events, taken, end: last.position, alone: events.length === 1 ? first : undefined };
}
