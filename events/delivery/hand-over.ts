/**
 * A group's events of one partition → its handler, one step after the other, for as long as the partition is held.
 *
 *   read ──▶ next step ──▶ keep that it begins ──▶ hand over ──resolved──▶ settled ──▶ …
 *     ▲                    (and what is settled)        └──rejected──▶ pause ──▶ each by itself ──▶ dead letter
 *     └ wait until there is more
 *
 * In: a hold. Out: a promise that resolves when it was told to stop and rejects when the partition cannot be held any more.
 * Cost: one write per step, which keeps the end of the last one and the beginning of the next; reading runs ahead of it.
 */
import type { EventHandler } from "../bus.ts";
import type { Clock } from "../clock.ts";
import { readEvent } from "../envelope.ts";
import type { Entry, GroupLog, Partition, Place, Reading } from "../event-log.ts";
import type { Bell } from "./bell.ts";
import { type Ahead, nextStep, type Step } from "./next-step.ts";
import { begin, placeBefore, settle } from "./place.ts";
import type { Tenure } from "./tenure.ts";

export interface HandOverOptions {
  readonly maxBatch: number;
  readonly maxAttempts: number;
  readonly firstPauseMs: number;
}

/** What happens on the way, for those who count and log. */
export interface HandOverEvents {
  /** Everything up to this position is settled, and the log knows it. Infinite: everything that there was. */
  settled(position: number): void;
  rejected(reason: string, attempts: number): void;
  buried(reason: string, attempts: number): void;
  /** @param events undefined: it cannot be known how many. */
  lost(events: number | undefined): void;
  unreadable(position: number): void;
}

export interface HandOver {
  readonly log: Pick<GroupLog, "read">;
  readonly at: Partition;
  readonly group: string;
  readonly from: Place;
  readonly tenure: Tenure;
  readonly handle: EventHandler;
  readonly options: HandOverOptions;
  readonly events: HandOverEvents;
  readonly clock: Clock;
  /** Rung when there may be more. */
  readonly bell: Bell;
  readonly stop: AbortSignal;
}

/** A ring can be lost. */
const lookEveryMs = 1_000;
const longestPauseMs = 60_000;

/** Raises `HoldLost` and `BUS_UNAVAILABLE`. */
export async function handOver(setup: HandOver): Promise<void> {
  const { log, at, group, tenure, options, events, clock, bell, stop } = setup;
  let kept = setup.from;
  let place = kept;
  let ahead: readonly Ahead[] = [];
  let readingOn: Promise<Reading | undefined> | undefined;
  let isAtEnd = false;

  while (!stop.aborted) {
    if (ahead.length === 0) await look();
    const step = nextStep(place, ahead, options.maxBatch);
    const before = place;
    if (step !== undefined && step.events.length > 0) place = begin(place, step.end, step.alone !== undefined);
    await keep();
    if (stop.aborted) {
      // It has not begun after all.
      place = before;
    } else if (step === undefined) {
      if (isAtEnd) events.settled(Number.POSITIVE_INFINITY);
      await tenure.during(bell.wait(clock, lookEveryMs, stop));
    } else if (place.attempts > options.maxAttempts) {
      await bury(step, options.maxAttempts, "PROCESS_ENDED");
    } else {
      await take(step);
    }
  }
  await keep();

  /** Fills `ahead` with what follows the place, if there is any. */
  async function look(): Promise<void> {
    const reading = (await readingOn) ?? (await read());
    readingOn = undefined;
    isAtEnd = reading?.kind === "entries" && reading.entries.length === 0;
    if (reading === undefined) return;
    if (reading.kind === "restarted") {
      place = placeBefore(1);
      events.lost(undefined);
      return;
    }
    const [first] = reading.entries;
    if (first !== undefined && first.position > place.settled + 1) {
      events.lost(first.position - place.settled - 1);
      place = placeBefore(first.position);
    }
    ahead = reading.entries.map(see);
  }

  async function read(): Promise<Reading | undefined> {
    try {
      return await log.read(at, place.settled, options.maxBatch);
    } catch (error) {
      // What has been handled is kept all the same.
      if (place !== kept) return undefined;
      throw error;
    }
  }

  function see({ position, text, group: only }: Entry): Ahead {
    if (only !== undefined && only !== group) return { position, text, event: undefined };
    try {
      return { position, text, event: readEvent(text) };
    } catch {
      events.unreadable(position);
      return { position, text, event: undefined };
    }
  }

  async function keep(): Promise<void> {
    if (place === kept) return;
    await tenure.move(place);
    moved();
  }

  function moved(): void {
    const isFurther = place.settled !== kept.settled;
    kept = place;
    if (isFurther) events.settled(place.settled);
  }

  async function take(step: Step): Promise<void> {
    const isSettled = step.events.length === 0 || (await tryTo(step));
    if (!isSettled) return;
    ahead = ahead.slice(step.taken);
    place = settle(place, step.end);
  }

  /** Hands over; whether it is settled then. */
  async function tryTo(step: Step): Promise<boolean> {
    if (step.taken === ahead.length) {
      readingOn = log.read(at, step.end, options.maxBatch).catch(() => undefined);
    }
    tenure.check();
    const reason = await tenure.during(outcomeOf(setup.handle, step));
    if (reason === undefined) return true;
    events.rejected(reason, place.attempts);
    if (place.attempts >= options.maxAttempts) {
      await bury(step, place.attempts, reason);
      return false;
    }
    const pauseMs = Math.min(options.firstPauseMs * 2 ** Math.max(place.attempts - 1, 0), longestPauseMs);
    await tenure.during(clock.sleep(pauseMs, stop));
    return false;
  }

  async function bury({ alone, end, taken }: Step, attempts: number, reason: string): Promise<void> {
    if (alone === undefined) throw new Error("only an event by itself can be a dead letter");
    const { position, text } = alone;
    place = settle(place, end);
    await tenure.bury({ position, text, attempts, diedAt: clock.date().toISOString(), reason }, place);
    events.buried(reason, attempts);
    ahead = ahead.slice(taken);
    moved();
  }
}

/** Why it was rejected; undefined: it was handled. */
async function outcomeOf(handle: EventHandler, { events }: Step): Promise<string | undefined> {
  try {
    await handle(events);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Code or name, where they are such; a message may hold data. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "Error";
  const names = ["code" in error ? error.code : undefined, error.name];
  return names.find((name): name is string => typeof name === "string" && /^\w{1,64}$/.test(name)) ?? "Error";
}
