/**
 * How long one answer may be kept, as `Cache-Control`: what the operation allows, cut to what is left of the freshness
 * objective.
 *
 *   looked at the inputs      this answer                         objective ends
 *   ├──────── age ────────────┼──── max-age ────┼─ stale window ──┤
 *
 * The objective counts from when it was last known that the inputs have nothing newer, which may be long after the last
 * change. It is the same promise for every kind of use, so a stale window ends with it, too.
 */
import { printCacheControl } from "#http";
import type { OperationLifetime } from "./operation-lifetime.ts";

export interface AnsweredOperation {
  /** Parts of the answer are missing, or nothing of it came from the data. */
  readonly isPartial: boolean;
  /** When the data that were read were last known to be current. */
  readonly checkedAt: Date;
  /** The product's own code looked at who asks. */
  readonly isForCaller: boolean;
  /** Policies left rows out for this caller, or could have. */
  readonly isLimited: boolean;
  /** Values left as this caller may see them, and are not masked by the gateway. */
  readonly isMasked: boolean;
}

/** Undefined where nobody says anything of it. `answered` is undefined when nothing was read. */
export function answerLifetime(
  lifetime: OperationLifetime,
  answered: AnsweredOperation | undefined,
  freshnessSeconds: number | undefined,
  now: Date,
): string | undefined {
  if (lifetime.kind === "unsaid") return undefined;
  if (lifetime.kind === "none" || answered === undefined || answered.isPartial) return "no-store";
  // Whoever erases a person reaches what the gateway keeps, and not what others do.
  if (answered.isMasked && lifetime.isGoverned) return "no-store";
  // Clocks of two machines may differ by a little; an age is never negative.
  const ageSeconds = Math.max(0, (now.getTime() - answered.checkedAt.getTime()) / 1_000);
  const leftSeconds = freshnessSeconds === undefined ? Number.POSITIVE_INFINITY : freshnessSeconds - ageSeconds;
  const maxAge = Math.floor(Math.min(lifetime.maxAgeSeconds, leftSeconds));
  const window = (seconds: number): number => Math.min(seconds, leftSeconds - maxAge);
  return printCacheControl({
    scope: scopeOf(lifetime.isPrivate, answered),
    maxAge,
    staleWhileRevalidate: window(lifetime.staleWhileRevalidateSeconds),
    staleIfError: window(lifetime.staleIfErrorSeconds),
  });
}

/**
 * Neither of the two for rows that policies limit: the answer is the same for all for whom they decide the same, which the
 * gateway can tell and nobody else.
 */
function scopeOf(
  isPrivate: boolean,
  { isForCaller, isLimited, isMasked }: AnsweredOperation,
): "public" | "private" | undefined {
  if (isPrivate || isForCaller || isMasked) return "private";
  return isLimited ? undefined : "public";
}
