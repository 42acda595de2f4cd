/**
 * From before anybody is asked for what is missing here until what was answered is kept or not.
 *
 *   begin ─▶ readShared ─┬─ found                                                kept here
 *                        ├─ contested: waitForOthers ─▶ found, or as below
 *                        └─ missing ─▶ its subgraph is asked ─▶ keep, fail       kept here and shared, or not
 *
 * Every fill, contested ones too, ends once, by `keep` or `fail`: until then, others who miss the same may wait for it.
 */
import { readCacheControl } from "#http";
import type { CacheCore } from "../cache-core.ts";
import type { About, Entry } from "../entry.ts";
import type { SharedScopes } from "../fence/fence.ts";
import type { Lifetime, RefusalReason } from "../lifetime/lifetime.ts";
import { sizeOf } from "../memory/size-of.ts";
import type { StoredEntry } from "../shared/stored-entry.ts";
import type { Shelf } from "../shelf/shelf.ts";
import type { Flight } from "./flight.ts";
import type { LookupRun, Missing, OpenShelf } from "./open-shelf.ts";
import type { RunKept } from "./run-kept.ts";
import { SharedPart, type SharedReadOutcome } from "./shared-part.ts";
import { type Terms, termsOf } from "./terms.ts";

export interface FillAnswer {
  /**
   * For each that was missing: the entity or data that nobody will change, null where there is none, undefined where the
   * subgraph did not say.
   */
  readonly values: readonly (Entry["value"] | undefined)[];
  /** `Cache-Control` and `Age` of the answer. */
  readonly cacheControl: string | undefined;
  readonly age: number | undefined;
  /** `extensions.products` of the answer. */
  readonly about: About | undefined;
}

export interface FillOutcome {
  /** In the order of what was missing; undefined when something was not kept. */
  readonly entries: readonly Entry[] | undefined;
  /** Whatever was not kept would not be kept the next time either, if the answer is the same. */
  readonly isSettled: boolean;
}

/** What is shared already, of what is missing here. */
export interface SharedAnswers {
  readonly found: ReadonlyMap<Missing, Entry>;
  /** Another gateway is asking for some of it: these are for a fill of their own, which begins with waiting. */
  readonly contested: Fill | undefined;
}

/** Pauses before it is looked up again what another gateway is asking for; then it is asked for here too. */
const contestedPausesMs = [3, 6, 12, 25, 50, 100];

export class Fill {
  readonly #core: CacheCore;
  readonly #run: LookupRun;
  readonly #kept: RunKept | undefined;
  readonly #flight: Flight;
  readonly #began: number;
  readonly #askedAt: number;
  readonly #shared: SharedPart | undefined;
  #missing: readonly Missing[];
  #hasEnded = false;

  /** `kept`: of the run that it is for, if it is for one. */
  static begin(core: CacheCore, missing: readonly Missing[], run: LookupRun, kept: RunKept | undefined): Fill {
    return new Fill(core, missing, run, kept, {
      began: core.fence.enter(),
      askedAt: core.now(),
      flight: core.flights.begin(missing),
      shared: SharedPart.of(core, missing, run),
    });
  }

  private constructor(
    core: CacheCore,
    missing: readonly Missing[],
    run: LookupRun,
    kept: RunKept | undefined,
    { began, askedAt, flight, shared }: FillStart,
  ) {
    this.#core = core;
    this.#missing = missing;
    this.#run = run;
    this.#kept = kept;
    this.#began = began;
    this.#askedAt = askedAt;
    this.#flight = flight;
    this.#shared = shared;
  }

  /** What is to be asked for. */
  get missing(): readonly Missing[] {
    return this.#missing;
  }

  /** Undefined when nothing can be found. What is found, or contested, is no longer missing. */
  readShared(): Promise<SharedAnswers> | undefined {
    return this.#shared && this.#readShared(this.#shared);
  }

  async #readShared(part: SharedPart): Promise<SharedAnswers> {
    const { found, contested } = await part.read(this.#missing);
    const entries = this.#keepFound(found);
    this.#endFound(entries);
    return { found: entries, contested: contested.length === 0 ? undefined : this.#split(contested, part) };
  }

  /** For a contested one: resolves with what was found meanwhile; the rest is missing still. */
  async waitForOthers(): Promise<ReadonlyMap<Missing, Entry>> {
    const entries = new Map<Missing, Entry>();
    const part = this.#shared;
    let waiting = this.#missing;
    for (const pauseMs of contestedPausesMs) {
      if (part === undefined || waiting.length === 0 || this.#run.signal.aborted) break;
      await pause(pauseMs);
      const { found, contested } = await part.read(waiting);
      const kept = this.#keepFound(found);
      for (const [missing, entry] of kept) entries.set(missing, entry);
      this.#endFound(kept);
      // Those whose lease was taken now are asked for when nobody else is waited for.
      waiting = contested;
    }
    return entries;
  }

  #keepFound(found: SharedReadOutcome["found"]): ReadonlyMap<Missing, Entry> {
    const entries = new Map<Missing, Entry>();
    const terms = new Map<Shelf, SharedScopes | undefined>();
    const now = this.#core.now();
    for (const [missing, stored] of found) {
      const { shelf } = missing.open;
      if (!terms.has(shelf)) terms.set(shelf, this.#core.fence.share(shelf.scopes, this.#began));
      const entry = this.#keepOne(missing, missing.open, terms.get(shelf), stored);
      if (entry === undefined) continue;
      if (now >= entry.staleUntil) {
        if (now < entry.errorUntil) missing.spare = entry;
        continue;
      }
      this.#kept?.add(entry, now);
      entries.set(missing, entry);
    }
    for (const shared of terms.values()) if (shared !== undefined) this.#core.fence.unshare(shared);
    if (entries.size > 0) {
      const subgraph = this.#missing[0]?.open.shelf.subgraph ?? "";
      this.#core.metrics.cacheLookups.inc({ subgraph, result: "shared" }, entries.size);
    }
    return entries;
  }

  /** The same fill for some of it: whoever waits for those waits for it now. */
  #split(missing: readonly Missing[], shared: SharedPart): Fill {
    this.#core.fence.enter();
    this.#leaveOut(new Set(missing));
    return new Fill(this.#core, missing, this.#run, this.#kept, {
      began: this.#began,
      askedAt: this.#askedAt,
      flight: this.#core.flights.split(this.#flight, missing),
      shared,
    });
  }

  /** Who asks for what was found finds it here, and need not wait for the rest. */
  #endFound(found: ReadonlyMap<Missing, Entry>): void {
    if (found.size === 0) return;
    const { flights } = this.#core;
    const keys = [...found.keys()];
    flights.end(flights.split(this.#flight, keys), keys);
    endRefreshing(keys);
    this.#leaveOut(found);
  }

  #leaveOut(taken: { has(missing: Missing): boolean }): void {
    this.#missing = this.#missing.filter((each) => !taken.has(each));
  }

  /** The answer for what is missing; this ends the fill. */
  keep({ values, cacheControl, age = 0, about }: FillAnswer): FillOutcome {
    const core = this.#core;
    const control = cacheControl === undefined ? undefined : readCacheControl(cacheControl);
    const isOutdated = core.versions.isOutdated(about);
    const termsByShelf = new Map<Shelf, SharedTerms>();
    const entries: Entry[] = [];
    const counts = new Map<string, number>();
    let isSettled = true;
    for (const [index, missing] of this.#missing.entries()) {
      const value = values[index];
      const { open } = missing;
      if (missing.shadow !== undefined && value !== undefined) core.shadow.compare(missing.shadow, value);
      let terms = termsByShelf.get(open.shelf);
      if (terms === undefined) {
        const settled = termsOf(open, { control, age }, this.#run, core.options);
        const isKept = settled.lifetime.kind === "some";
        terms = { ...settled, shared: isKept ? core.fence.share(open.shelf.scopes, this.#began) : undefined };
        termsByShelf.set(open.shelf, terms);
      }
      const kept = this.#keepAnswered(missing, value, terms, { about, age, isOutdated });
      const result = "value" in kept ? (kept.value === null ? "stored-negative" : "stored") : kept.reason;
      counts.set(result, (counts.get(result) ?? 0) + 1);
      if ("value" in kept) entries.push(kept);
      else {
        this.#refuse(open.shelf, kept);
        if (!settledReasons.has(kept.reason)) isSettled = false;
      }
    }
    for (const { shared } of termsByShelf.values()) if (shared !== undefined) core.fence.unshare(shared);
    const isWhole = entries.length === this.#missing.length;
    // The subgraph of a request is the same for all that it asks for.
    const subgraph = this.#missing[0]?.open.shelf.subgraph ?? "";
    this.#end();
    for (const [result, count] of counts) core.metrics.cacheStores.inc({ subgraph, result }, count);
    const rejected = counts.get("invalidated");
    if (rejected !== undefined) core.metrics.cacheFenceRejections.inc({ level: "memory" }, rejected);
    return { entries: isWhole ? entries : undefined, isSettled };
  }

  /** There is no answer; this ends the fill. */
  fail(): void {
    if (this.#kept !== undefined && this.#missing.length > 0) this.#kept.isPartial = true;
    this.#end();
  }

  #keepAnswered(
    missing: Missing,
    value: Entry["value"] | undefined,
    { open, lifetime, shared }: SharedTerms,
    answer: { readonly about: About | undefined; readonly age: number; readonly isOutdated: boolean },
  ): Entry | Refusal {
    if (value === undefined) return refusals.errors;
    if (answer.isOutdated) return refusals.outdated;
    if (lifetime.kind === "none") return lifetime;
    const times = timesOf(lifetime, this.#askedAt, value === null ? this.#core.options.negativeMs : Infinity);
    const now = this.#core.now();
    if (now >= times.staleUntil && now >= times.errorUntil) return refusals.late;
    const entry = this.#keepOne(missing, open, shared, {
      value,
      about: answer.about,
      bornAt: this.#askedAt - answer.age * 1_000,
      ...times,
      isPrivate: open.isPrivate,
    });
    if (entry === undefined) {
      if (!this.#core.mayKeep) return refusals.isolated;
      return sizeOf(value) > this.#core.options.maxEntryBytes ? refusals.tooLarge : refusals.invalidated;
    }
    this.#shared?.write(missing, open, entry);
    this.#kept?.add(entry, now);
    return entry;
  }

  /** Undefined when it is too large, was invalidated since this began, or nobody could tell this process if it were. */
  #keepOne(
    missing: Missing,
    open: OpenShelf,
    shared: SharedScopes | undefined,
    stored: StoredEntry,
  ): Entry | undefined {
    const core = this.#core;
    const bytes = sizeOf(stored.value);
    if (bytes > core.options.maxEntryBytes || !core.mayKeep) return undefined;
    const names = this.#shared?.namesOf(missing) ?? open.shelf.scopesOf(missing.representation, this.#run.variables);
    const dependence = shared && core.fence.hold(shared, names, this.#began);
    if (dependence === undefined) return undefined;
    const entry: Entry = {
      shelf: open.shelf,
      key: open === missing.open ? missing.key : open.prefix + missing.representation,
      ...stored,
      askedAt: this.#askedAt,
      dependence,
      bytes,
      uses: 0,
      isRefreshing: false,
      isRetired: false,
    };
    const { learnt } = entry.shelf;
    learnt.hasKept = true;
    learnt.lastRefusal = undefined;
    core.memory.set(entry.key, entry);
    return entry;
  }

  #refuse(shelf: Shelf, { reason, because }: Refusal): void {
    shelf.learnt.lastRefusal = { reason, because };
    if (this.#kept !== undefined) this.#kept.isPartial = true;
    if (reason === "varies") this.#core.reportVarying(shelf);
  }

  /** A fence that was left twice would not note what is invalidated during another fill. */
  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#core.fence.leave();
    this.#core.flights.end(this.#flight, this.#missing);
    this.#shared?.release(this.#missing);
    endRefreshing(this.#missing);
  }
}

function endRefreshing(missing: readonly Missing[]): void {
  for (const { spare } of missing) if (spare !== undefined) spare.isRefreshing = false;
}

interface FillStart {
  readonly began: number;
  readonly askedAt: number;
  readonly flight: Flight;
  readonly shared: SharedPart | undefined;
}

interface SharedTerms extends Terms {
  /** Scopes of everything on the shelf; undefined when one was invalidated meanwhile. */
  readonly shared: SharedScopes | undefined;
}

interface Refusal {
  readonly reason: RefusalReason;
  readonly because: string;
}

const refusals = {
  errors: { reason: "errors", because: "the subgraph answered with errors" },
  outdated: { reason: "outdated", because: "the answer is older than a version that was announced" },
  tooLarge: { reason: "too-large", because: "it takes more memory than one entry may" },
  late: { reason: "no-time", because: "the subgraph took longer to answer than it may be kept" },
  isolated: { reason: "isolated", because: "this process does not hear what others invalidate" },
  invalidated: { reason: "invalidated", because: "it was invalidated while it was fetched" },
} as const satisfies Readonly<Record<string, Refusal>>;

/** An answer with the same headers would be kept no more than this one. */
const settledReasons: ReadonlySet<RefusalReason> = new Set(["no-hint", "no-store", "no-time", "too-large", "varies"]);

/** How long before its end something that is used often is read anew, at most. */
const maxAheadMs = 10_000;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Everything counts from when it was asked for, as nobody knows when in between it was true (RFC 9111, section 4.2.3). */
function timesOf(
  { fresh, staleWhileRevalidate, staleIfError }: Extract<Lifetime, { kind: "some" }>,
  askedAt: number,
  longestMs: number,
): Pick<Entry, "freshUntil" | "refreshAt" | "staleUntil" | "errorUntil"> {
  const until = (seconds: number): number => askedAt + Math.min(seconds * 1_000, longestMs);
  const freshUntil = until(fresh);
  return {
    freshUntil,
    refreshAt: freshUntil - Math.min((freshUntil - askedAt) / 10, maxAheadMs),
    staleUntil: until(staleWhileRevalidate),
    errorUntil: until(staleIfError),
  };
}
