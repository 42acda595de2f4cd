/**
 * Tells all members once, and knows when nobody uses anything any more that it told of.
 *
 *   tell ──▶ acks, within `ackMs` ── all ──────────────────────────────────────────▶ complete, once the list is trusted
 *    ▲                │ some are missing                                                 ▲
 *    │                ▼                                                                  │
 *    │    own notice has come back? ── yes ──▶ evict ──▶ their acks after all, or their isolation is over
 *    └──────── no: nothing is heard here
 *
 * 1. Who does not acknowledge is evicted, so that its lease ends, and waited for until it uses nothing any more.
 * 2. A list that is younger than `leaseMs + isolatedMs` may lack members: it is waited until it is older.
 * 3. Who hears nothing, or gets no answer, tells again, for as long as an announcement may take at most.
 */
import type { CoherenceTimings } from "../coherence.ts";
import { type Listed, type MemberList, marginMs } from "./member-list.ts";

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
  /** How long somebody counts after its lease has ended, with what clocks may differ by. */
  readonly #isolationMs: number;
  readonly #acked = new Set<string>();
  #deadline: number;
  #isHeard = false;
  #wake: () => void = () => undefined;

  constructor(number: number, payload: string, parts: AnnouncementParts) {
    this.number = number;
    this.#payload = payload;
    this.#parts = parts;
    this.#isolationMs = parts.timings.isolatedMs + marginMs(parts.timings);
    this.#deadline = parts.now() + limitMs(parts.timings);
  }

  get acknowledgedBy(): number {
    return this.#acked.size;
  }

  onEcho(): void {
    this.#isHeard = true;
  }

  onAck(member: string): void {
    this.#acked.add(member);
    this.#wake();
  }

  giveUp(): void {
    this.#deadline = Number.NEGATIVE_INFINITY;
    this.#wake();
  }

  /** Whether it is complete. Called once; never rejects. */
  async run(): Promise<boolean> {
    while (!this.#isOver()) {
      const isComplete = await this.#tell();
      if (isComplete !== undefined) return isComplete;
    }
    return false;
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
    const trustedAt = told.since - told.now + now() + timings.leaseMs + this.#isolationMs;
    const unused = new Map(
      told.members.map(({ id, leaseEnd }) => [id, leaseEnd - told.now + now() + this.#isolationMs]),
    );
    const missing = (): readonly Listed[] => told.members.filter(({ id }) => !this.#acked.has(id));

    const ackedUntil = now() + timings.ackMs;
    await this.#wait(() => (missing().length === 0 ? 0 : ackedUntil));
    // When this process was busy, what has come meanwhile is read first.
    if (missing().length > 0) await new Promise((resolve) => setImmediate(resolve));
    const silent = missing();
    if (silent.length > 0) {
      if (!this.#isHeard || this.#isOver()) return;
      const evicted = await this.#ask(list.evict(silent));
      // Who was listed may be missing from a list that has begun anew.
      if (evicted === undefined || evicted.since !== told.since) return;
      for (const { id } of silent) {
        const leaseEnd = evicted.leaseEndById.get(id);
        unused.set(id, leaseEnd === undefined ? 0 : leaseEnd - evicted.now + now() + this.#isolationMs);
      }
    }

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
