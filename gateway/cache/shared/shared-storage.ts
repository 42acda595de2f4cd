/**
 * Where several gateways keep what they share. Adapters: Redis, and one in memory for tests; both pass `storage.suite.ts`.
 *
 *   owner (a subgraph) ─┬─ values, by digest, each with the time that it may live
 *                       ├─ fences: a count for each scope that was ever invalidated, under one random epoch
 *                       └─ indexes: which digests are about somebody
 *
 * 1. A fence that is asked for has the count of every invalidation that had resolved before it was asked for, or an epoch
 *    that it never had before. Counts are worth nothing without the epoch that they came with.
 * 2. The epoch is another one whenever counts may have been lost: the server was started or replaced, emptied, too full to
 *    count, or its clock went back. Nobody tells: whoever keeps a value keeps the epoch in it (`SharedCache`).
 * 3. `now` is the server's clock, in milliseconds; the same for all who share.
 * 4. Everything but `removeIndexed` and `usage` costs one round trip for each server that it concerns.
 *
 * Every method rejects with `RedisUnavailable` when it cannot do what it says; what was begun may be done all the same.
 */
import type { AnnouncedVersion } from "../fence/known-versions.ts";

export interface StoredKey {
  readonly owner: string;
  /** Letters, digits, `-`, `_`. */
  readonly digest: string;
}

export interface FenceQuestion {
  readonly owner: string;
  readonly fields: readonly string[];
}

export interface FenceState {
  readonly epoch: string;
  /** In the order of the fields; empty texts for what was never invalidated in the epoch. */
  readonly counts: readonly string[];
  /** The version of the owner's data that was announced last. */
  readonly version: AnnouncedVersion | undefined;
}

export interface SharedAnswer {
  /** In the order of the keys. */
  readonly values: readonly (Buffer | undefined)[];
  /** In the order of the questions. */
  readonly fences: readonly FenceState[];
  readonly now: number;
}

export interface StoredValue {
  readonly key: StoredKey;
  readonly bytes: Buffer;
  readonly ttlMs: number;
  /** Where its digest is noted. */
  readonly indexes: readonly string[];
}

export interface FenceInvalidation {
  readonly owner: string;
  readonly fields: readonly string[];
  /** Of the owner's data, announced. */
  readonly version: AnnouncedVersion | undefined;
}

export interface SharedStorage {
  /** Asks for at least one fence. */
  read(keys: readonly StoredKey[], fences: readonly FenceQuestion[]): Promise<SharedAnswer>;
  /** How many were kept; fewer when there is no room. */
  write(values: readonly StoredValue[]): Promise<number>;
  /** Counts each field of each owner up. */
  invalidate(fences: readonly FenceInvalidation[]): Promise<void>;
  remove(keys: readonly StoredKey[]): Promise<void>;
  /** Removes what the owners' indexes name; how many values there were. */
  removeIndexed(owners: readonly string[], indexes: readonly string[]): Promise<number>;
  /** Takes a lease on each that nobody has one on; for which it was taken. */
  lease(keys: readonly StoredKey[], ttlMs: number): Promise<readonly boolean[]>;
  release(keys: readonly StoredKey[]): Promise<void>;
  /** By owner; looks at `limit` values, and at a page more at most. */
  usage(limit: number): Promise<SharedUsage>;
  /** Whether asking is of no use now, as far as is known without asking. */
  readonly isResting: boolean;
}

export interface SharedUsage {
  readonly owners: ReadonlyMap<string, { readonly entries: number; readonly bytes: number }>;
  /** Whether there may be more than was looked at. */
  readonly isPartial: boolean;
}
