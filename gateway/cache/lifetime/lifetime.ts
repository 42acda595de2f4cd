/**
 * For how long what a subgraph answered may be kept.
 *
 * Three may say so: the schema (`@cacheControl` of what was asked for), the answer (`Cache-Control`, `Age`) and the product
 * (its freshness objective). The shortest of them holds; where nobody says anything, nothing is kept.
 *
 * The windows after that are the answer's (`stale-while-revalidate`, `stale-if-error`), never beyond the objective.
 */
import type { CacheControl } from "#http";
import type { SelectionLifetime } from "#schema";

export interface LifetimeSources {
  readonly hint: SelectionLifetime | undefined;
  /** Of the answer; undefined when it said nothing. */
  readonly control: CacheControl | undefined;
  /** How old the answer was when it came, in seconds. */
  readonly age: number;
  /** Seconds. */
  readonly objective: number | undefined;
  /** Whether the objective speaks for all that was asked: what code computes from elsewhere it does not know. */
  readonly objectiveSpeaks: boolean;
  /** Seconds; nothing is kept for longer, whatever they say. */
  readonly longest: number;
}

export type Lifetime =
  | { readonly kind: "none"; readonly reason: RefusalReason; readonly because: string }
  | {
      readonly kind: "some";
      /** All in seconds, counted from when the subgraph was asked. */
      readonly fresh: number;
      /** Until then it may be used while it is read anew. */
      readonly staleWhileRevalidate: number;
      /** Until then it may be used when its source fails. */
      readonly staleIfError: number;
      readonly isPrivate: boolean;
      /** Whether somebody says that it is the same for everybody. */
      readonly isPublic: boolean;
      /** Who limits it. */
      readonly because: string;
    };

/** Why something is not kept. */
export type RefusalReason =
  | "no-hint"
  | "no-store"
  | "no-time"
  | "errors"
  | "too-large"
  | "varies"
  | "invalidated"
  | "isolated"
  | "outdated";

export function lifetimeOf(sources: LifetimeSources): Lifetime {
  const { hint, control, age, objective, objectiveSpeaks, longest } = sources;
  if (control?.noStore) return { kind: "none", reason: "no-store", because: "the subgraph says no-store" };
  if (control?.noCache) return { kind: "none", reason: "no-store", because: "the subgraph says no-cache" };

  const limits: (readonly [seconds: number, because: string])[] = [];
  if (hint !== undefined) limits.push([hint.maxAge - age, `@cacheControl of ${hint.limitedBy}`]);
  const told = control?.sMaxAge ?? control?.maxAge;
  if (told !== undefined) {
    limits.push([told - age, `Cache-Control: ${control?.sMaxAge === undefined ? "max-age" : "s-maxage"}=${told}`]);
  }
  if (objective !== undefined && (objectiveSpeaks || limits.length > 0)) {
    limits.push([objective - age, `the freshness objective of ${objective} s`]);
  }
  if (limits.length === 0) {
    return { kind: "none", reason: "no-hint", because: "neither schema nor answer nor product says how long" };
  }
  limits.push([longest, `the gateway's limit of ${longest} s`]);
  const [fresh, because] = limits.reduce((shortest, limit) => (limit[0] < shortest[0] ? limit : shortest));
  if (fresh <= 0) return { kind: "none", reason: "no-time", because };

  const furthest = Math.min(longest, objective === undefined ? longest : objective - age);
  const window = (seconds: number | undefined): number =>
    control?.mustRevalidate ? fresh : Math.max(fresh, Math.min(furthest, fresh + (seconds ?? 0)));
  return {
    kind: "some",
    fresh,
    staleWhileRevalidate: window(control?.staleWhileRevalidate),
    staleIfError: window(control?.staleIfError),
    isPrivate: control?.isPrivate === true || hint?.isPrivate === true,
    isPublic: control?.isPublic === true || control?.sMaxAge !== undefined || (hint !== undefined && !hint.isPrivate),
    because,
  };
}
