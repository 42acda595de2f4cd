/**
 * An entry, and a whole answer, as they lie where they are shared. Times there are milliseconds of the server's clock; here,
 * of this process's.
 */
import type { About, Entry } from "../entry.ts";
import type { StoredForm } from "./stored-form.ts";

/** What one process's clock is to the server's. */
export interface SharedClock {
  /** What to add to a time of the server. */
  readonly toHereMs: number;
}

export interface StoredEntry {
  readonly value: Entry["value"];
  readonly about: About | undefined;
  readonly bornAt: number;
  readonly freshUntil: number;
  readonly refreshAt: number;
  readonly staleUntil: number;
  readonly errorUntil: number;
  readonly isPrivate: boolean;
}

/** Positions are part of the format: `formatVersion` of the edition changes with them. */
type Head = readonly [
  stamp: string,
  bornAt: number,
  freshUntil: number,
  refreshAt: number,
  staleUntil: number,
  errorUntil: number,
  isPrivate: 0 | 1,
  about: About | null,
];

const toleranceMs = 1_000;

export function storeEntry(entry: StoredEntry, stamp: string, { toHereMs }: SharedClock): StoredForm {
  const there = (time: number): number => Math.round(time - toHereMs);
  const head: Head = [
    stamp,
    there(entry.bornAt),
    there(entry.freshUntil),
    there(entry.refreshAt),
    there(entry.staleUntil),
    there(entry.errorUntil),
    entry.isPrivate ? 1 : 0,
    entry.about ?? null,
  ];
  return { head, payload: Buffer.from(JSON.stringify(entry.value)) };
}

/** Undefined for what comes out of the future, or is no entry. */
export function readEntry(
  { head, payload }: StoredForm,
  { toHereMs }: SharedClock,
  now: number,
): StoredEntry | undefined {
  if (!isHead(head)) return undefined;
  const [, bornAt, freshUntil, refreshAt, staleUntil, errorUntil, isPrivate, about] = head;
  const here = (time: number): number => time + toHereMs;
  if (here(bornAt) > now + toleranceMs) return undefined;
  const value = readValue(payload);
  if (value === undefined) return undefined;
  return {
    value,
    about: about ?? undefined,
    bornAt: here(bornAt),
    freshUntil: here(freshUntil),
    refreshAt: here(refreshAt),
    staleUntil: here(staleUntil),
    errorUntil: here(errorUntil),
    isPrivate: isPrivate === 1,
  };
}

function readValue(payload: Buffer): Entry["value"] | undefined {
  try {
    const value: unknown = JSON.parse(payload.toString("utf8"));
    return isObjectOrNull(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHead(head: unknown): head is Head {
  if (!Array.isArray(head) || head.length !== 8) return false;
  const [stamp, ...rest] = head as readonly unknown[];
  const times = rest.slice(0, 5);
  return typeof stamp === "string" && times.every((time) => typeof time === "number") && isObjectOrNull(rest[6]);
}

function isObjectOrNull(value: unknown): value is Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && !Array.isArray(value);
}

/** The stamp that a stored form has, if it is one of ours. */
export function stampOf({ head }: StoredForm): string | undefined {
  return Array.isArray(head) && typeof head[0] === "string" ? head[0] : undefined;
}
