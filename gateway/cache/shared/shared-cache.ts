/**
 * What gateways share, as the cache sees it: entries and answers under names without values, sealed where they hold
 * personal data, each with a **stamp**.
 *
 *   stamp      the epoch and the counts of all fences that something depends on, read before its source was asked
 *   valid      as long as the fences give the same stamp
 *
 * So whatever is written too late, by whomever, is of no use to anybody: nobody has to keep anybody from writing
 * (INVALIDATION.md). What is not there, not reachable or not readable is not found; nothing rejects but what says so.
 */
import type { KeyRing } from "#policies";
import type { CacheMetrics } from "../../observability/cache-metrics.ts";
import type { AnnouncedVersion } from "../fence/known-versions.ts";
import type { OpenShelf } from "../step/open-shelf.ts";
import type { Subject, Subjects } from "../subjects/subjects-of.ts";
import { FenceUnion } from "./fence-union.ts";
import { PendingInvalidations } from "./pending-invalidations.ts";
import type {
  FenceInvalidation,
  FenceQuestion,
  SharedStorage,
  SharedUsage,
  StoredKey,
  StoredValue,
} from "./shared-storage.ts";
import { type SharedClock, stampOf } from "./stored-entry.ts";
import { decode, encode, type StoredForm } from "./stored-form.ts";
import { invalidatedFields, ownerOf, type PersonalNames, StoredNames, unidentified } from "./stored-names.ts";
import { WriteQueue } from "./write-queue.ts";

export interface SharedCacheParts {
  readonly storage: SharedStorage;
  /** Without keys nothing personal is shared. */
  readonly keys: KeyRing | undefined;
  /** Categories of personal data that are never shared. */
  readonly unsharedCategories: readonly string[];
  readonly metrics: SharedMetrics;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

export type SharedMetrics = Pick<CacheMetrics, "cacheShared" | "cacheFenceRejections">;

export interface SharedQuestion {
  readonly key: StoredKey;
  /** What it depends on, by owner. */
  readonly fences: readonly FenceQuestion[];
}

interface SharedFinding {
  /** Empty where nothing that is fetched now may be written. */
  readonly stamp: string;
  /** With the stamp, and readable. */
  readonly form: StoredForm | undefined;
}

export interface SharedWrite {
  readonly question: SharedQuestion;
  readonly form: StoredForm;
  readonly ttlMs: number;
  readonly isSealed: boolean;
  /** Whose data it holds. */
  readonly subjects: Subjects;
  /** Released when it is written. */
  readonly lease?: StoredKey | undefined;
}

interface QueuedWrite extends StoredValue {
  readonly lease: StoredKey | undefined;
  readonly checked: Checked | undefined;
}

interface Checked {
  readonly question: SharedQuestion;
  readonly stamp: string;
}

export interface SharedReading {
  readonly findings: readonly SharedFinding[];
  readonly clock: SharedClock;
  /** Of owners' data, announced last. */
  readonly versions: ReadonlyMap<string, AnnouncedVersion>;
}

export class SharedCache {
  readonly names: StoredNames;
  readonly #storage: SharedStorage;
  readonly #keys: KeyRing | undefined;
  readonly #unshared: ReadonlySet<string>;
  readonly #metrics: SharedMetrics;
  readonly #now: () => number;
  readonly #pending: PendingInvalidations;
  readonly #queue: WriteQueue<QueuedWrite>;
  /** Written, or perhaps so, and not looked at again yet. */
  #unchecked: readonly Checked[] = [];
  /** What it is closed until the end of. */
  #closings = 0;
  #personal: PersonalNames = { hasPersonalKey: () => false, hasPersonalTag: () => false };

  constructor({ storage, keys, unsharedCategories, metrics, now }: SharedCacheParts) {
    this.#storage = storage;
    this.#keys = keys;
    this.#unshared = new Set(unsharedCategories);
    this.#metrics = metrics;
    this.#now = now;
    this.names = new StoredNames(keys);
    this.#pending = new PendingInvalidations({ tell: (fences) => storage.invalidate(fences) });
    this.#queue = new WriteQueue((writes) => this.#writeNow(writes));
  }

  /** What is personal in any graph that this process knows. */
  knowPersonal(personal: PersonalNames): void {
    this.#personal = personal;
  }

  /** Nobody begins to read there until `work` has ended: what is there may be older than what it tells. */
  closedUntil(work: Promise<unknown>): void {
    this.#closings++;
    const open = (): void => {
      this.#closings--;
    };
    work.then(open, open);
  }

  /** Whether there is any use in asking now. */
  get isReadable(): boolean {
    return this.#closings === 0 && !this.#storage.isResting;
  }

  /** Whether what lies on a shelf may be shared. */
  admits({ shelf, isSharable, isPrivate }: OpenShelf): boolean {
    if (!isSharable || shelf.mode !== "on") return false;
    if (shelf.personal.some((category) => this.#unshared.has(category))) return false;
    return this.names.isKeyed || !(isPrivate || shelf.namesPersons || shelf.personal.length > 0);
  }

  /**
   * Undefined when it cannot be known what is there. Sends the question at once. `isAgain`: what is not found was counted
   * before.
   */
  async read(questions: readonly SharedQuestion[], isAgain = false): Promise<SharedReading | undefined> {
    const union = new FenceUnion(questions);
    const isConcerned = questions.map(({ fences }) => this.#pending.concerns(fences));
    try {
      const { values, fences, now } = await this.#storage.read(
        questions.map(({ key }) => key),
        union.questions,
      );
      const answered = union.answeredBy(fences);
      const counts = { found: 0, none: 0, invalidated: 0, unreadable: 0 };
      const findings = questions.map(({ key, fences: own }, index): SharedFinding => {
        if (isConcerned[index]) return nothing;
        const stamp = answered.stampOf(own);
        const bytes = values[index];
        const form = bytes && decode(bytes, (id) => this.#keys?.byId(id, "cache"), placeOf(key));
        const isValid = form !== undefined && stampOf(form) === stamp;
        if (isValid || !isAgain) counts[isValid ? "found" : form ? "invalidated" : bytes ? "unreadable" : "none"]++;
        return { stamp, form: isValid ? form : undefined };
      });
      for (const [result, count] of Object.entries(counts)) if (count > 0) this.#count("read", result, count);
      return { findings, clock: { toHereMs: this.#now() - now }, versions: answered.versions };
    } catch {
      this.#count("read", "failed");
      return undefined;
    }
  }

  /** In the background, as it was when this was called. `question`: what it was not found by, before its source was asked. */
  write({ question, form, ttlMs, isSealed, subjects, lease }: SharedWrite): void {
    const key = isSealed ? this.#keys?.current("cache") : undefined;
    if (isSealed && key === undefined) {
      if (lease !== undefined) this.release([lease]);
      return;
    }
    const known = subjects.known.flatMap((subject) => this.names.indexOf(subject) ?? []);
    const write: QueuedWrite = {
      key: question.key,
      bytes: encode(form, key, placeOf(question.key)),
      ttlMs,
      indexes: subjects.isPartial ? [...known, unidentified] : known,
      lease,
      checked: isSealed ? { question, stamp: stampOf(form) ?? "" } : undefined,
    };
    if (this.#queue.add(write)) return;
    this.#count("write", "dropped");
    if (lease !== undefined) this.release([lease]);
  }

  async #writeNow(writes: readonly QueuedWrite[]): Promise<void> {
    try {
      const kept = await this.#storage.write(writes);
      if (kept > 0) this.#count("write", "done", kept);
      if (kept < writes.length) this.#count("write", "full", writes.length - kept);
    } catch {
      this.#count("write", "failed", writes.length);
    }
    await this.#lookAgain(writes.flatMap(({ checked }) => checked ?? []));
    this.release(writes.flatMap(({ lease }) => lease ?? []));
  }

  /**
   * What holds personal data is looked at again after it was written, whether that failed or not: was it invalidated
   * meanwhile, it is removed. So an erasure, which invalidates first and then removes what is noted, leaves nothing behind.
   * What cannot be looked at now is looked at with what is written next.
   */
  async #lookAgain(written: readonly Checked[]): Promise<void> {
    const open = [...this.#unchecked, ...written];
    this.#unchecked = [];
    if (open.length === 0) return;
    await this.#removeLate(open).catch(() => {
      this.#unchecked = open.slice(-maxUnchecked);
    });
  }

  async #removeLate(written: readonly Checked[]): Promise<void> {
    const union = new FenceUnion(written.map(({ question }) => question));
    const { fences } = await this.#storage.read([], union.questions);
    const answered = union.answeredBy(fences);
    const late = written.filter(({ question, stamp }) => answered.stampOf(question.fences) !== stamp);
    if (late.length === 0) return;
    await this.#storage.remove(late.map(({ question }) => question.key));
    this.#count("write", "late", late.length);
    this.#metrics.cacheFenceRejections.inc({ level: "shared" }, late.length);
  }

  /** Whether everybody reads what is invalidated as invalid from now on. Otherwise it is tried again and again. */
  async invalidate(scopes: readonly string[], versions: ReadonlyMap<string, AnnouncedVersion>): Promise<boolean> {
    const fences = fencesOf(scopes, versions, this.#personal);
    if (fences.length === 0) return true;
    const isDone = await this.#pending.add(fences);
    this.#count("invalidate", isDone ? "done" : "failed");
    return isDone;
  }

  /** Resolves when all that was invalidated is, for everybody; to false when this process ends before. */
  settled(): Promise<boolean> {
    return this.#pending.settled();
  }

  /** Takes leases, and sends the question at once; for which nobody else has one. All, when that cannot be known. */
  async lease(keys: readonly StoredKey[], ttlMs: number): Promise<readonly boolean[]> {
    try {
      return await this.#storage.lease(keys, ttlMs);
    } catch {
      return keys.map(() => true);
    }
  }

  release(keys: readonly StoredKey[]): void {
    if (keys.length > 0) this.#storage.release(keys).catch(() => undefined);
  }

  /** Removes what is about the persons, and what is personal but nobody knows whose. Rejects when it cannot. */
  removeSubjects(owners: readonly string[], subjects: readonly Subject[]): Promise<number> {
    const indexes = subjects.flatMap((subject) => this.names.indexesOf(subject));
    return this.#storage.removeIndexed(owners, [...indexes, unidentified]);
  }

  /** Rejects when it cannot be known. */
  usage(limit: number): Promise<SharedUsage> {
    return this.#storage.usage(limit);
  }

  /** Writes what waits, and tries no longer what could not be told. */
  async close(): Promise<void> {
    await this.#queue.idle();
    await this.#lookAgain([]);
    this.#pending.close();
  }

  #count(operation: string, result: string, count = 1): void {
    this.#metrics.cacheShared.inc({ operation, result }, count);
  }
}

const maxUnchecked = 10_000;

/** It is neither used nor written. */
const nothing: SharedFinding = { stamp: "", form: undefined };

/** What something that is sealed is bound to. */
function placeOf({ owner, digest }: StoredKey): string {
  return `${owner}\n${digest}`;
}

function fencesOf(
  scopes: readonly string[],
  versions: ReadonlyMap<string, AnnouncedVersion>,
  personal: PersonalNames,
): readonly FenceInvalidation[] {
  const fields = new Map<string, Set<string>>();
  for (const scope of scopes) {
    const owner = ownerOf(scope);
    if (owner === undefined) continue;
    const known = fields.get(owner) ?? new Set();
    fields.set(owner, known);
    for (const field of invalidatedFields(scope, personal)) known.add(field);
  }
  const owners = new Set([...fields.keys(), ...versions.keys()]);
  return [...owners].map((owner) => ({
    owner,
    fields: [...(fields.get(owner) ?? [])],
    version: versions.get(owner),
  }));
}
