/** What clients and whatever stands between may do with an answer that is kept here: RFC 9111. */
import { printCacheControl } from "#http";
import { apiKeyHeader, purposeHeader } from "#policies";
import type { KeptResponse } from "./cache/index.ts";
import type { Run } from "./run.ts";

/** What tells callers apart. */
const askers = `authorization, ${apiKeyHeader}, ${purposeHeader}`;

export interface CacheHeaderOptions {
  /** Headers of clients that subgraphs see, whether a client sends them or not: what it does not send makes a difference too. */
  readonly propagated: readonly string[];
  /** Milliseconds of the clock of what is kept. */
  now(): number;
}

/**
 * `Cache-Control`, `Age` (of the oldest part), `ETag`, `Vary`. Nothing but its age for an answer with personal data, which
 * leaves it at `no-store`: whoever erases a person does not reach what clients keep.
 */
export function cacheHeaders(
  { authorisation }: Pick<Run, "authorisation">,
  kept: Pick<KeptResponse, "bornAt" | "freshUntil" | "etag" | "isShared">,
  { propagated, now }: CacheHeaderOptions,
): Readonly<Record<string, string>> {
  const { bornAt, freshUntil, isShared } = kept;
  const at = now();
  const age = ageOf(bornAt, at);
  const left = Math.floor((freshUntil - at) / 1_000);
  if (authorisation.access !== undefined || left <= 0) return ageHeader(bornAt, at);
  const isForAll = isShared && authorisation.kind === "allowed" && authorisation.isForAll === true;
  const known = printed.get(kept);
  if (known !== undefined && known.age === age && known.left === left && known.isForAll === isForAll)
    return known.headers;
  const headers = printHeaders(kept.etag, age, left, isForAll, propagated);
  printed.set(kept, { age, left, isForAll, headers });
  return headers;
}

/** What was told last; within a second it is told again. */
const printed = new WeakMap<
  Pick<KeptResponse, "etag">,
  { readonly age: number; readonly left: number; readonly isForAll: boolean; readonly headers: Headers }
>();

type Headers = Readonly<Record<string, string>>;

function printHeaders(
  etag: string,
  age: number,
  left: number,
  isForAll: boolean,
  propagated: readonly string[],
): Headers {
  const vary = [...(isForAll ? [] : [askers]), ...propagated].join(", ");
  return {
    // A lifetime counts from when the answer was made, and its age is told beside it (section 4.2).
    "cache-control": printCacheControl({ scope: isForAll ? "public" : "private", maxAge: age + left }),
    age: String(age),
    etag,
    ...(vary === "" ? {} : { vary }),
  };
}

/** For an answer that nobody else may keep, some of which was kept here. */
export function ageHeader(bornAt: number, now: number): Readonly<Record<string, string>> {
  const age = ageOf(bornAt, now);
  return age === 0 ? none : { age: String(age) };
}

function ageOf(bornAt: number, now: number): number {
  return Math.max(0, Math.floor((now - bornAt) / 1_000));
}

const none: Readonly<Record<string, string>> = Object.freeze({});
