/**
 * Tells all members once, and knows when nobody uses anything any more that it told of.
 *
 *   tell ──▶ acks of those with a lease, within `ackMs` ── all ──▶ told ──▶ complete, once nobody else uses anything
 *    ▲                │ some are missing                            ▲
 *    │                ▼                                             │
 *    │    own notice has come back? ── yes ──▶ evict ───────────────┘
 *    └──────── no: nothing is heard here
 *
 * 1. Who does not acknowledge is evicted, so that its lease ends, and waited for until it uses nothing any more.
 * 2. Who is isolated already is waited for as long as it may use what it kept before it was told.
 * 3. A list may lack members of the one before it: it is waited as if one of them had a lease, and was isolated then.
 * 4. Who hears nothing, or gets no answer, tells again, for as long as an announcement may take at most.
 */
import type { CoherenceTimings, OnTold } from "../coherence.ts";
import { countsForMs, type Listed, type MemberList, marginMs } from "./member-list.ts";

export interface AnnouncementParts {
  readonly list: Pick<MemberList, "announce" | "evict">;
  readonly timings: CoherenceTimings;
  readonly now: () => number;
}

/** After an attempt that got no answer. */
const pauseMs = 50;

/** Some more than it takes when one member is silent. */
export function limitMs({ leaseMs, isolatedMs, ackMs }: CoherenceTimings): number {
  return leaseMs + isolatedMs + 2 * ackMs + 100;
}

export class Announcement {
  readonly number: number;
  readonly #payload: string;
  readonly #parts: AnnouncementParts;
  /** How long something is used that somebody kept who is isolated, with what clocks may differ by. */
  readonly #usedForMs: number;
  readonly #acked = new Set<string>();
  readonly #onTold: OnTold;
  #deadline: number;
  #isHeard = false;
  #isTold = false;
  #removed = 0;
  #wake: () => void = () => undefined;

  /** `onTold`: see `Coherence.announce`. */
  constructor(number: number, payload: string, onTold: OnTold, parts: AnnouncementParts) {
    this.number = number;
    this.#payload = payload;
    this.#onTold = onTold;
    this.#parts = parts;
    this.#usedForMs = parts.timings.isolatedMs + marginMs(parts.timings);
    this.#deadline = parts.now() + limitMs(parts.timings);
  }

  get acknowledgedBy(): number {
    return this.#acked.size;
  }

  get removed(): number {
    return this.#removed;
  }

  onEcho(): void {
    this.#isHeard = true;
  }

  onAck(member: string, removed: number): void {
    if (!this.#acked.has(member)) this.#removed += removed;
    this.#acked.add(member);
    this.#wake();
  }

  giveUp(): void {
    this.#deadline = Number.NEGATIVE_INFINITY;
    this.#wake();
  }

  /** Whether it is complete. Called once; never rejects. */
  async run(): Promise<boolean> {
    try {
      while (!this.#isOver()) {
        const isComplete = await this.#tell();
        if (isComplete !== undefined) return isComplete;
      }
      return false;
    } finally {
      this.#settle(false);
    }
  }

  #settle(isTold: boolean): void {
    if (!this.#isTold) this.#onTold(isTold);
    this.#isTold = true;
  }

  #isOver(): boolean {
    return this.#parts.now() >= this.#deadline;
  }

  /** Undefined: it has to be told again. */
  async #tell(): Promise<boolean | undefined> {
    const { list, timings, now } = this.#parts;
    this.#isHeard = false;
    const told = await this.#ask(list.announce(this.number, this.#payload));
    if (told === undefined) return;
    // Their times by the clock of this process; later by as long as the answer took.
    const here = (time: number): number => time - told.now + now();
    const isolatedAt = (leaseEnd: number): number => here(Math.max(leaseEnd, told.now));
    const unused = new Map(told.members.map(({ id, leaseEnd }) => [id, isolatedAt(leaseEnd) + this.#usedForMs]));
    const mayLack = told.now < told.since + timings.leaseMs + countsForMs(timings);
    const trustedAt = mayLack ? isolatedAt(told.since + timings.leaseMs) + this.#usedForMs : 0;
    const missing = (): typeof told.members => told.members.filter(({ id }) => !this.#acked.has(id));
    const silentOnes = (): readonly Listed[] => missing().filter(({ leaseEnd }) => leaseEnd > told.now);

    const ackedUntil = now() + timings.ackMs;
    await this.#wait(() => (silentOnes().length === 0 ? 0 : ackedUntil));
    // When this process was busy, what has come meanwhile is read first.
    if (silentOnes().length > 0) await new Promise((resolve) => setImmediate(resolve));
    const silent = silentOnes();
    if (silent.length > 0) {
      if (!this.#isHeard || this.#isOver()) return;
      const evicted = await this.#ask(list.evict(silent));
      // Who was listed may be missing from a list that has begun anew.
      if (evicted === undefined || evicted.since !== told.since) return;
      for (const { id } of silent) {
        const leaseEnd = evicted.leaseEndById.get(id);
        const leftMs = leaseEnd === undefined ? undefined : Math.max(leaseEnd - evicted.now, 0);
        unused.set(id, leftMs === undefined ? 0 : now() + leftMs + this.#usedForMs);
      }
    }
    this.#settle(true);

    const end = (): number => Math.max(trustedAt, ...missing().map(({ id }) => unused.get(id) ?? 0));
    await this.#wait(end);
    return now() >= end();
  }

  async #ask<T>(asked: Promise<T>): Promise<T | undefined> {
    try {
      return await asked;
    } catch {
      const pausedUntil = this.#parts.now() + pauseMs;
      await this.#wait(() => pausedUntil);
      return undefined;
    }
  }

  /** Until the time, which each ack may change, or until the announcement is given up. */
  async #wait(time: () => number): Promise<void> {
    const { now } = this.#parts;
    for (;;) {
      const waitMs = Math.min(time(), this.#deadline) - now();
      if (waitMs <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.ceil(waitMs)).unref();
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
