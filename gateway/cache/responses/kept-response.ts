import type { Dependence } from "../fence/fence.ts";
import type { Kept } from "../memory/memory-store.ts";
import type { Subjects } from "../subjects/subjects-of.ts";

/** A whole answer, as it was sent. Times are milliseconds of `performance.now()`. */
export interface KeptResponse extends Kept {
  /** As it is sent now. */
  readonly body: { at(now: number): Uint8Array };
  /** Weak: compressed or not, it is the same answer. */
  readonly etag: string;
  /** For the audit, by coordinate; undefined where nobody counted. */
  readonly rows: ReadonlyMap<string, number> | undefined;
  /** Of the part that was asked for first. */
  readonly askedAt: number;
  /** Of the oldest part. */
  readonly bornAt: number;
  readonly freshUntil: number;
  /** From then on it is made anew in advance if it is used often. */
  readonly refreshAt: number;
  /** Whose data its parts hold. */
  readonly subjects: Subjects;
  /** No part of it differs by who asks. */
  readonly isShared: boolean;
  readonly dependence: Dependence;
  readonly bytes: number;
  isRetired: boolean;
  /** How often it was used. */
  uses: number;
  /** When somebody last began to make it anew. */
  refreshedAt: number;
}
