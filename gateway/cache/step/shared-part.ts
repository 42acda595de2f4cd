/**
 * What a fill has to do with what gateways share: what of it is there already, who is asking for the rest, and what is left
 * there.
 *
 *   read ─┬─ found, and within its time
 *         └─ not ─┬─ lease taken, or not worth one ─▶ to be asked for
 *                 └─ another gateway has the lease: it is asking ─▶ contested
 */
import type { CacheCore } from "../cache-core.ts";
import { type Entry, representationIn } from "../entry.ts";
import type { SharedCache, SharedQuestion } from "../shared/shared-cache.ts";
import { readEntry, type SharedClock, type StoredEntry, storeEntry } from "../shared/stored-entry.ts";
import { isWorthWaitingFor } from "../shelf/shelf.ts";
import { subjectsOf } from "../subjects/subjects-of.ts";
import type { LookupRun, Missing, OpenShelf } from "./open-shelf.ts";

/** How long nobody else asks for what one gateway asks for, at most. */
const leaseMs = 2_000;

/** What is known of something that was looked for. */
interface Asked {
  readonly question: SharedQuestion;
  readonly names: readonly string[];
  /** Empty where what is fetched now may not be written. */
  stamp: string;
  clock: SharedClock | undefined;
  isLeased: boolean;
}

export interface SharedReadOutcome {
  readonly found: ReadonlyMap<Missing, StoredEntry>;
  /** Another gateway is asking for them. */
  readonly contested: readonly Missing[];
}

export class SharedPart {
  readonly #core: CacheCore;
  readonly #shared: SharedCache;
  readonly #asked = new Map<Missing, Asked>();

  /** Undefined when nothing of it may be shared, or there is nothing to be asked now. */
  static of(core: CacheCore, missing: readonly Missing[], run: LookupRun): SharedPart | undefined {
    const { shared } = core;
    if (shared === undefined || !shared.isReadable) return undefined;
    const admitted = missing.filter(({ open }) => shared.admits(open));
    return admitted.length === 0 ? undefined : new SharedPart(core, shared, admitted, run);
  }

  private constructor(core: CacheCore, shared: SharedCache, missing: readonly Missing[], run: LookupRun) {
    this.#core = core;
    this.#shared = shared;
    for (const each of missing) {
      const names = each.open.shelf.scopesOf(each.representation, run.variables);
      const question = questionOf(shared, each.open, each.representation, names);
      this.#asked.set(each, { question, names, stamp: "", clock: undefined, isLeased: false });
    }
  }

  /** What of these is there, and who asks for the rest. */
  async read(missing: readonly Missing[]): Promise<SharedReadOutcome> {
    const looked = missing.filter((each) => this.#asked.has(each));
    const found = await this.#find(looked);
    const now = this.#core.now();
    // What may only stand in when its source fails is asked for all the same.
    const isAnswered = (each: Missing): boolean => now < (found.get(each)?.staleUntil ?? Number.NEGATIVE_INFINITY);
    const open = looked.filter(
      (each) => !isAnswered(each) && isWorthWaitingFor(each.open.shelf) && this.#mayLease(each),
    );
    if (open.length === 0) return { found, contested: [] };
    // Who had the lease may have written, and given it back, since it was looked for: so it is looked for once more. What is
    // sent after the question for the lease is answered after it, without another turn.
    const [contested, meanwhile] = await Promise.all([this.#lease(open), this.#find(open, true)]);
    for (const [each, entry] of meanwhile) found.set(each, entry);
    this.release(open.filter(isAnswered));
    return { found, contested: contested.filter((each) => !isAnswered(each)) };
  }

  async #find(looked: readonly Missing[], isAgain = false): Promise<Map<Missing, StoredEntry>> {
    const found = new Map<Missing, StoredEntry>();
    const reading = await this.#shared.read(
      looked.flatMap((each) => this.#asked.get(each)?.question ?? []),
      isAgain,
    );
    if (reading === undefined) return found;
    for (const [product, announced] of reading.versions) this.#core.versions.announce(product, announced);
    const now = this.#core.now();
    looked.forEach((each, index) => {
      const finding = reading.findings[index];
      const asked = this.#asked.get(each);
      if (finding === undefined || asked === undefined) return;
      asked.stamp = finding.stamp;
      asked.clock = reading.clock;
      if (finding.form === undefined) return;
      const entry = readEntry(finding.form, reading.clock, now);
      if (entry !== undefined && isNews(entry, each)) found.set(each, entry);
    });
    return found;
  }

  /** What is fetched now may be written, and nobody here has its lease. */
  #mayLease(missing: Missing): boolean {
    const asked = this.#asked.get(missing);
    return asked !== undefined && !asked.isLeased && asked.stamp !== "";
  }

  /** Those that somebody else has a lease on. Sends the question at once. */
  async #lease(open: readonly Missing[]): Promise<readonly Missing[]> {
    const keys = open.flatMap((each) => this.#asked.get(each)?.question.key ?? []);
    const taken = await this.#shared.lease(keys, leaseMs);
    return open.filter((each, index) => {
      const asked = this.#asked.get(each);
      if (asked !== undefined && taken[index]) asked.isLeased = true;
      return !taken[index];
    });
  }

  /** Scopes of something, if they are known already. */
  namesOf(missing: Missing): readonly string[] | undefined {
    return this.#asked.get(missing)?.names;
  }

  /** In the background. `open`: where it is kept, which the answer may have made another one. */
  write(missing: Missing, open: OpenShelf, entry: Entry): void {
    const asked = this.#asked.get(missing);
    const clock = asked?.clock;
    if (asked === undefined || clock === undefined || asked.stamp === "" || !this.#shared.admits(open)) return;
    const { shelf } = open;
    const representation = representationIn(entry);
    const { question, isLeased } = asked;
    asked.isLeased = false;
    this.#shared.write({
      question:
        open === missing.open
          ? question
          : { ...question, key: questionOf(this.#shared, open, representation, asked.names).key },
      form: storeEntry(entry, asked.stamp, clock),
      ttlMs: Math.max(entry.freshUntil, entry.staleUntil, entry.errorUntil) - this.#core.now(),
      isSealed: open.isPrivate || shelf.personal.length > 0,
      subjects: subjectsOf(shelf, representation, entry.value),
      lease: isLeased ? question.key : undefined,
    });
  }

  /** Nobody waits any more for what was leased and not written. */
  release(missing: readonly Missing[]): void {
    const leased = missing.flatMap((each) => {
      const asked = this.#asked.get(each);
      if (asked === undefined || !asked.isLeased) return [];
      asked.isLeased = false;
      return [asked.question.key];
    });
    this.#shared.release(leased);
  }
}

/** Whoever reads something anew has no use for what it has already, or what ends as soon. */
function isNews({ freshUntil }: StoredEntry, { spare }: Missing): boolean {
  return spare?.isRefreshing !== true || freshUntil > spare.freshUntil;
}

function questionOf(
  shared: SharedCache,
  { shelf, rest }: OpenShelf,
  representation: string,
  names: readonly string[],
): SharedQuestion {
  const fields = [...shelf.sharedFields, ...names.map((name) => shelf.fieldOf(name))];
  return {
    key: { owner: shelf.subgraph, digest: shared.names.digest(`${shelf.id}\n${rest}${representation}`) },
    fences: [{ owner: shelf.subgraph, fields }],
  };
}
