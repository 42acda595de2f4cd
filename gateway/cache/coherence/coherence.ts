/**
 * How processes that keep copies hear of what others have invalidated. Adapters: nobody else there is, worker processes of
 * one parent, Redis; all pass `coherence.suite.ts`.
 *
 * Terms: a **member** keeps copies and is told. It is **current** as long as it knows that it has been told everything;
 * it knows so by a lease that it renews again and again. A member that is not current is **isolated**: it may use what it
 * has for `isolatedMs` after its source was asked, and nothing older.
 *
 *   joining ── told of everything from here on ─▶ current ── lease not renewed in time ─▶ isolated
 *      ▲                                                                                     │
 *      └───────────────── onGap: nothing that was kept before is used any more ◀─────────────┘
 *
 * 1. `onNotice` is called for everything that is announced by another member while this one is current, and has returned
 *    before the announcement is acknowledged for it. Notices may come late, twice, and in any order.
 * 2. `onGap` is called before a member is current again, however short it was not.
 * 3. `announce` resolves with `isComplete` when each other member has been told, or has been isolated for `isolatedMs`:
 *    from then on nobody uses a copy that was fetched before. It resolves within `leaseMs + isolatedMs` and a little more.
 * 4. Whoever announces applies the notice itself, before.
 */
import type { Acknowledgement } from "../invalidation/acknowledgement.ts";

/** What is no longer true. */
export interface Notice {
  /** Names of scopes (`../fence/scopes.ts`). */
  readonly scopes: readonly string[];
  /** Versions of products' data that were announced. */
  readonly versions: ReadonlyMap<string, number>;
}

export interface Coherence {
  /** Hot: asked for each look-up. */
  isCurrent(): boolean;
  /** Never rejects; not `isComplete` when it is not known whether all were told. */
  announce(notice: Notice): Promise<Acknowledgement>;
  /** Leaves, so that nobody waits for this one any more. */
  close(): Promise<void>;
}

/** Must not throw, and returns when nothing of it is used any more. */
export interface CoherenceListener {
  onNotice(notice: Notice): void;
  onGap(): void;
}

/** How long a member may believe that it hears everything, after it last knew. */
export const leaseMs = 2_000;
/** How old something may be that an isolated member uses. */
export const isolatedMs = 2_000;
