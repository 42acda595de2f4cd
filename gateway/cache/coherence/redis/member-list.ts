/**
 * The list of members, in one place for all of them, and the way to tell them. Adapters: scripts in Redis, and a simulated
 * one for tests.
 *
 *                beat (join)                      evict
 *   not listed ──────────────▶ listed, renewing ────────▶ listed, evicted ── lease + isolation over ─▶ not listed
 *                    ▲              │ beat (renew)              │
 *                    └──────────────┴───────────────────────────┘ beat (join, with a later number)
 *
 * 1. Whatever one method does is done at once. A command that was given up may still be done, at any later time.
 * 2. A member stays listed, also when it was evicted, for as long as it may use something that it keeps.
 * 3. A list that may have lost members (the server is another one, its data are gone, its clock went back) begins anew,
 *    empty, and says since when it is: who was a member before is isolated when `leaseMs` have passed since.
 */
import type { CoherenceTimings } from "../coherence.ts";

export interface MemberList {
  /** Joins (`number === join`) or renews, and pings the member itself. False when it is not listed so: it has to join. */
  beat(beat: Beat): Promise<boolean>;
  /** Tells everybody who listens, and says who is listed. */
  announce(number: number, payload: string): Promise<Told>;
  /** Those who have joined so cannot renew any more. */
  evict(members: readonly Listed[]): Promise<Evicted>;
  /** Says to who announced that this member was told, and how much it removed. */
  acknowledge(announcer: string, number: number, removed: number): Promise<void>;
  leave(): Promise<void>;
}

/** Beats of one member count up. */
export interface Beat {
  readonly number: number;
  /** The number of the beat by which it joined. */
  readonly join: number;
}

export interface Listed {
  readonly id: string;
  readonly join: number;
}

interface ListState {
  /** Milliseconds of the clock of the list. */
  readonly now: number;
  readonly since: number;
}

export interface Told extends ListState {
  /** Without the announcer. */
  readonly members: readonly (Listed & { readonly leaseEnd: number })[];
}

export interface Evicted extends ListState {
  /** When the last lease ends that each of them may have had; none is there for one that is not listed any more. */
  readonly leaseEndById: ReadonlyMap<string, number>;
}

/** How long a member counts after its lease has ended. */
export function countsForMs(timings: CoherenceTimings): number {
  return timings.isolationMs + timings.isolatedMs + marginMs(timings);
}

/** What clocks may differ by while something is waited for: more than they run apart, and what rounding takes away. */
export function marginMs({ leaseMs, isolatedMs }: { readonly leaseMs: number; readonly isolatedMs: number }): number {
  return Math.ceil((leaseMs + isolatedMs) / 100) + 1;
}
