/** What clients and whatever stands between may do with an answer that is kept here: RFC 9111. */
import { printCacheControl } from "#http";
import { apiKeyHeader, purposeHeader } from "#policies";
import type { KeptResponse } from "./cache/index.ts";
import type { Run } from "./run.ts";

/** What tells callers apart. */
const askers = `authorization, ${apiKeyHeader}, ${purposeHeader}`;

/**
 * `Cache-Control`, `Age` (of the oldest part), `ETag`, `Vary`. Nothing for an answer with personal data, which leaves it at
 * `no-store`: whoever erases a person does not reach what clients keep.
 */
export function cacheHeaders(
  { authorisation, request }: Pick<Run, "authorisation" | "request">,
  { bornAt, freshUntil, etag, isShared }: Pick<KeptResponse, "bornAt" | "freshUntil" | "etag" | "isShared">,
  { propagate, now }: { propagate(headers: ReadonlyMap<string, string>): ReadonlyMap<string, string>; now(): number },
): Readonly<Record<string, string>> {
  const at = now();
  if (authorisation.access !== undefined || freshUntil <= at) return none;
  const age = Math.max(0, Math.floor((at - bornAt) / 1_000));
  const left = Math.floor((freshUntil - at) / 1_000);
  if (left === 0) return none;
  const passed = [...propagate(request.headers).keys()];
  const isForAll = isShared && authorisation.kind === "allowed" && authorisation.isForAll === true;
  const vary = [...(isForAll ? [] : [askers]), ...passed].join(", ");
  return {
    // A lifetime counts from when the answer was made, and its age is told beside it (section 4.2).
    "cache-control": printCacheControl({ scope: isForAll ? "public" : "private", maxAge: age + left }),
    age: String(age),
    etag,
    ...(vary === "" ? {} : { vary }),
  };
}

const none: Readonly<Record<string, string>> = Object.freeze({});
