/**
 * How a group's place in a partition moves.
 *
 *   nothing begun ──begin──▶ begun ──settle──▶ nothing begun
 *                              │ rejected, or the process died
 *                              └──▶ each by itself: begin counts an attempt, settle goes on with the next
 *
 * `begin` is kept before the events are handed over. So whoever finds a place with something begun knows that a process may
 * have died of it, and goes on with care.
 */
import type { Place } from "../event-log.ts";

/** @param isAlone whether one event is handed over, which has to answer for itself. */
export function begin(place: Place, end: number, isAlone: boolean): Place {
  const { settled, begun, attempts } = place;
  return { settled, begun: Math.max(begun, end), attempts: isAlone ? attempts + 1 : attempts };
}

export function settle({ begun }: Place, end: number): Place {
  return { settled: end, begun: Math.max(begun, end), attempts: 0 };
}

/** Whether the event at this position may be what a process died of, or what made several be rejected. */
export function isSuspect({ begun }: Place, position: number): boolean {
  return position <= begun;
}

export function placeBefore(position: number): Place {
  return { settled: position - 1, begun: position - 1, attempts: 0 };
}

export function printPlace({ settled, begun, attempts }: Place): string {
  return `${settled} ${begun} ${attempts}`;
}

export function readPlace(text: string): Place {
  const [settled = 0, begun = 0, attempts = 0] = text.split(" ").map(Number);
  return { settled, begun, attempts };
}
