/**
 * How processes that keep copies hear of what others have invalidated. Adapters: nobody else there is, worker processes of
 * one parent, Redis; all pass `coherence.suite.ts`.
 *
 * Terms: a **member** keeps copies and is told. It is **current** as long as it knows that it has been told everything;
 * it knows so by a lease that it renews again and again, or because who tells it lives and dies with it. A member that is
 * not current is **isolated**: it uses each copy for `isolatedMs` after its source was asked, and no longer, so that its
 * sources are not asked the same all the time while nobody can be told anything. After `isolationMs` it keeps nothing new.
 *
 *   joining ── told of everything from here on ─▶ current ── lease not renewed in time ─▶ isolated
 *      ▲                                                                                     │
 *      └───────────────── onGap: nothing that was kept before is used any more ◀─────────────┘
 *
 * 1. A member is told (`onNotice`) what another one announces while it is current, and that has returned before the
 *    announcement is acknowledged for it; one that cannot be told loses its lease. Notices may come late, twice, in any
 *    order, several as one, one as several, and while the member is not current.
 * 2. `onGap` is called before a member is current, for the first time and again, however short it was not; and whenever
 *    it was told something that it cannot read, or too much to name.
 * 3. `announce` resolves with `isComplete` when each other member has been told, or has been isolated for `isolatedMs`
 *    since it was announced: from then on nobody uses a copy that was fetched before. It resolves within
 *    `leaseMs + isolatedMs` and a little more.
 * 4. `onTold` is called before that, when everybody has applied it who answers: what is left to wait for is members that are
 *    isolated, will soon be since they do not answer, or have ended without saying so. None of them has to be told again.
 * 5. Whoever announces applies the notice itself, before.
 *
 * Nobody knows for ever of a member that is isolated or has ended: that is why it keeps nothing new after `isolationMs`, and
 * one that was never current keeps nothing at all. That is checked when a copy is to be kept, not when its source is asked:
 * one that was asked for while the member was isolated does not survive the gap by which it becomes current.
 */
import type { AnnouncedVersion } from "../fence/known-versions.ts";
import type { Acknowledgement } from "../invalidation/acknowledgement.ts";
import type { Subject } from "../subjects/subjects-of.ts";

/** What is no longer true. */
export interface Notice {
  /** Names of scopes (`../fence/scopes.ts`). */
  readonly scopes: readonly string[];
  /** Versions of products' data that were announced. */
  readonly versions: ReadonlyMap<string, AnnouncedVersion>;
  /** Persons of whom nothing is to be left in memory either. */
  readonly forgotten?: readonly Subject[];
}

export interface Coherence {
  /** Hot: asked for each look-up. */
  isCurrent(): boolean;
  /** Current, or isolated for less than `isolationMs`. */
  mayKeep(): boolean;
  /**
   * Never rejects; not `isComplete` when it is not known whether all were told. `onTold` is called once in any case; with
   * false when others may have to be told again.
   */
  announce(notice: Notice, onTold?: OnTold): Promise<Acknowledgement>;
  /** Leaves, so that nobody waits for this one any more: its copies are not used from now on. */
  close(): Promise<void>;
}

export type OnTold = (isTold: boolean) => void;

/** Must not throw, and returns when nothing of it is used any more. */
export interface CoherenceListener {
  /** How much was removed of what is to be forgotten. */
  onNotice(notice: Notice): number;
  onGap(): void;
}

/** How long a member may believe that it hears everything, after it last knew. */
export const leaseMs = 2_000;
/** How old something may be that an isolated member uses. */
export const isolatedMs = 2_000;
/** For how long after its lease a member may keep what is new; and is remembered, should it not have said that it ends. */
const isolationMs = 3_600_000;
/** How long a member may take to say that it was told. */
const ackMs = 500;
/** How often a member renews its lease. */
const heartbeatMs = 500;

/** The same for all members: each reckons with how long the others may believe something. */
export interface CoherenceTimings {
  readonly leaseMs: number;
  readonly isolatedMs: number;
  readonly isolationMs: number;
  readonly ackMs: number;
  readonly heartbeatMs: number;
}

export const defaultTimings: CoherenceTimings = Object.freeze({
  leaseMs,
  isolatedMs,
  isolationMs,
  ackMs,
  heartbeatMs,
});
