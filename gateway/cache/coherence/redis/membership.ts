/**
 * Whether one member is current.
 *
 *          ear listens               first ping of the join comes back: onGap
 *   deaf ───────────────▶ joining ────────────────────────────────────────────▶ current ─┐ each further ping: the lease
 *     ▲                    ▲   │                                                 │  │  ▲  │ begins when its beat was sent
 *     │                    └───┼── lease ended, or not listed any more ──────────┘  │  └──┘
 *     └────────────────────────┴── ear is lost, or pings do not come back ──────────┘
 *
 * 1. A beat goes out on one connection, its ping comes back on the other: a lease shows that both are well, and that the
 *    list had the member when the beat met it.
 * 2. The lease in the process ends before that in the list, since it begins earlier.
 * 3. Beats and pings of an earlier join count for nothing.
 */
import type { RedisObserver } from "#redis";
import type { CoherenceListener, CoherenceTimings } from "../coherence.ts";
import type { MemberList } from "./member-list.ts";

export interface MembershipParts {
  readonly list: MemberList;
  readonly listener: CoherenceListener;
  readonly timings: CoherenceTimings;
  readonly now: () => number;
  readonly logger: RedisObserver["logger"];
  /** Pings do not come back. */
  onUnheard(): void;
}

interface SentBeat {
  readonly sentAt: number;
  answeredAt: number | undefined;
}

const warnEveryMs = 1_000;

export class Membership {
  readonly #parts: MembershipParts;
  readonly #timer: NodeJS.Timeout;
  readonly #whenCurrent = Promise.withResolvers<void>();
  /** Sent since the join, and not heard. */
  readonly #unheard = new Map<number, SentBeat>();
  #beats = 0;
  /** Undefined while deaf. */
  #join: number | undefined;
  /** The join has been heard. */
  #isJoined = false;
  #leaseEnd = Number.NEGATIVE_INFINITY;
  /** Nobody forgets this member before. */
  #keepsUntil = Number.NEGATIVE_INFINITY;
  #warnedAt = Number.NEGATIVE_INFINITY;
  #hasWarned = false;
  #isClosed = false;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#onTime(), parts.timings.heartbeatMs);
    this.#timer.unref();
  }

  /** Resolves when it is so for the first time. */
  get whenCurrent(): Promise<void> {
    return this.#whenCurrent.promise;
  }

  isCurrent(): boolean {
    return this.#parts.now() < this.#leaseEnd;
  }

  mayKeep(): boolean {
    return this.#parts.now() < this.#keepsUntil;
  }

  onListening(): void {
    if (!this.#isClosed) this.#rejoin();
  }

  onDeaf(): void {
    this.#lose("the subscription was lost");
  }

  onPing(number: number): void {
    const { timings, now, listener } = this.#parts;
    const beat = this.#unheard.get(number);
    if (beat === undefined || this.#isClosed) return;
    for (const earlier of this.#unheard.keys()) if (earlier <= number) this.#unheard.delete(earlier);
    const leaseEnd = beat.sentAt + timings.leaseMs;
    if (now() >= leaseEnd) return;
    if (!this.#isJoined) {
      listener.onGap();
      this.#isJoined = true;
      this.#whenCurrent.resolve();
      if (this.#hasWarned) this.#parts.logger.info({}, "what other processes invalidate is heard again");
      this.#hasWarned = false;
    } else if (!this.isCurrent()) {
      this.#lose("the lease has ended");
      this.#rejoin();
      return;
    }
    this.#leaseEnd = Math.max(this.#leaseEnd, leaseEnd);
    this.#keepsUntil = this.#leaseEnd + timings.isolationMs;
  }

  close(): void {
    this.#isClosed = true;
    this.#join = undefined;
    this.#leaseEnd = Number.NEGATIVE_INFINITY;
    this.#keepsUntil = Number.NEGATIVE_INFINITY;
    clearInterval(this.#timer);
  }

  #onTime(): void {
    if (this.#join === undefined) return;
    if (this.#isJoined && !this.isCurrent()) {
      this.#lose("the lease has ended");
      this.#rejoin();
    } else if (this.#isUnheard()) {
      this.#parts.onUnheard();
    } else {
      this.#beat(this.#join);
    }
  }

  /** The list has had a beat for long, and the ping that it sent has not come. */
  #isUnheard(): boolean {
    const { timings, now } = this.#parts;
    for (const [number, { sentAt, answeredAt }] of this.#unheard) {
      if (answeredAt !== undefined && now() - answeredAt >= timings.leaseMs / 2) return true;
      if (now() - sentAt >= timings.leaseMs) this.#unheard.delete(number);
    }
    return false;
  }

  #lose(reason: string): void {
    const { now, logger } = this.#parts;
    if (this.#isJoined && now() - this.#warnedAt >= warnEveryMs) {
      this.#warnedAt = now();
      this.#hasWarned = true;
      logger.warn(
        { reason },
        "what other processes invalidate is not heard for now; nothing is kept for long meanwhile",
      );
    }
    this.#join = undefined;
    this.#isJoined = false;
    this.#leaseEnd = Number.NEGATIVE_INFINITY;
    this.#unheard.clear();
  }

  #rejoin(): void {
    this.#join = this.#beats + 1;
    this.#beat(this.#join);
  }

  #beat(join: number): void {
    const { list, now } = this.#parts;
    this.#beats += 1;
    const beat: SentBeat = { sentAt: now(), answeredAt: undefined };
    this.#unheard.set(this.#beats, beat);
    list.beat({ number: this.#beats, join }).then(
      (isListed) => {
        beat.answeredAt = now();
        if (isListed || join !== this.#join) return;
        this.#lose("it was taken for lost");
        this.#rejoin();
      },
      // The next one is sent in time, or the lease ends.
      () => undefined,
    );
  }
}
