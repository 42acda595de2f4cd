/**
 * From before a subgraph is asked until what it answered is kept or not. Every fill ends once, by `keep` or `fail`: until
 * then, others who miss the same may wait for it.
 */
import { readCacheControl } from "#http";
import type { CacheCore } from "../cache-core.ts";
import type { About, Entry } from "../entry.ts";
import type { SharedScopes } from "../fence/fence.ts";
import type { Lifetime, RefusalReason } from "../lifetime/lifetime.ts";
import { sizeOf } from "../memory/size-of.ts";
import type { Shelf } from "../shelf/shelf.ts";
import type { Flight } from "./flight.ts";
import type { LookupRun, Missing } from "./open-shelf.ts";
import type { RunKept } from "./run-kept.ts";
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

export class Fill {
  readonly #core: CacheCore;
  readonly #missing: readonly Missing[];
  readonly #run: LookupRun;
  readonly #kept: RunKept | undefined;
  readonly #flight: Flight;
  readonly #began: number;

  /** `kept`: of the run that it is for, if it is for one. */
  constructor(core: CacheCore, missing: readonly Missing[], run: LookupRun, kept: RunKept | undefined) {
    this.#core = core;
    this.#missing = missing;
    this.#run = run;
    this.#kept = kept;
    this.#began = core.fence.enter();
    this.#flight = core.flights.begin(missing);
  }

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
      const kept = this.#keepOne(missing, value, terms, { about, age, isOutdated });
      const result = "value" in kept ? (kept.value === null ? "stored-negative" : "stored") : kept.reason;
      counts.set(result, (counts.get(result) ?? 0) + 1);
      if ("value" in kept) entries.push(kept);
      else {
        this.#refuse(open.shelf, kept);
        if (!settledReasons.has(kept.reason)) isSettled = false;
      }
    }
    for (const { shared } of termsByShelf.values()) if (shared !== undefined) core.fence.unshare(shared);
    this.#end();
    // The subgraph of a request is the same for all that it asks for.
    const subgraph = this.#missing[0]?.open.shelf.subgraph ?? "";
    for (const [result, count] of counts) core.metrics.cacheStores.inc({ subgraph, result }, count);
    return { entries: entries.length === this.#missing.length ? entries : undefined, isSettled };
  }

  /** There is no answer. */
  fail(): void {
    if (this.#kept !== undefined) this.#kept.isPartial = true;
    this.#end();
  }

  #keepOne(
    missing: Missing,
    value: Entry["value"] | undefined,
    { open, lifetime, shared }: SharedTerms,
    answer: { readonly about: About | undefined; readonly age: number; readonly isOutdated: boolean },
  ): Entry | Refusal {
    if (value === undefined) return refusals.errors;
    if (answer.isOutdated) return refusals.outdated;
    if (lifetime.kind === "none") return lifetime;
    const core = this.#core;
    const bytes = sizeOf(value);
    if (bytes > core.options.maxEntryBytes) return refusals.tooLarge;
    const names = open.shelf.scopesOf(missing.representation, this.#run.variables);
    const dependence = shared && core.fence.hold(shared, names, this.#began);
    if (dependence === undefined) return refusals.invalidated;
    const now = core.now();
    const entry: Entry = {
      shelf: open.shelf,
      value,
      about: answer.about,
      bornAt: now - answer.age * 1_000,
      ...timesOf(lifetime, now, value === null ? core.options.negativeMs : Number.POSITIVE_INFINITY),
      isPrivate: open.isPrivate,
      dependence,
      bytes,
      uses: 0,
      isRefreshing: false,
      isRetired: false,
    };
    const key = open === missing.open ? missing.key : open.prefix + missing.representation;
    this.#keepAs(key, entry);
    this.#kept?.add(entry, now);
    return entry;
  }

  #keepAs(key: string, entry: Entry): void {
    const { learnt } = entry.shelf;
    learnt.hasKept = true;
    learnt.lastRefusal = undefined;
    this.#core.memory.set(key, entry);
  }

  #refuse(shelf: Shelf, { reason, because }: Refusal): void {
    shelf.learnt.lastRefusal = { reason, because };
    if (this.#kept !== undefined) this.#kept.isPartial = true;
    if (reason === "varies") this.#core.reportVarying(shelf);
  }

  #end(): void {
    this.#core.fence.leave();
    this.#core.flights.end(this.#flight, this.#missing);
    for (const { spare } of this.#missing) if (spare !== undefined) spare.isRefreshing = false;
  }
}

interface SharedTerms extends Terms {
  /** What everything on the shelf depends on; undefined when that was invalidated meanwhile. */
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
  invalidated: { reason: "invalidated", because: "it was invalidated while it was fetched" },
} as const satisfies Readonly<Record<string, Refusal>>;

/** An answer with the same headers would be kept no more than this one. */
const settledReasons: ReadonlySet<RefusalReason> = new Set(["no-hint", "no-store", "no-time", "too-large", "varies"]);

/** How long before its end something that is used often is read anew, at most. */
const maxAheadMs = 10_000;

function timesOf(
  { fresh, staleWhileRevalidate, staleIfError }: Extract<Lifetime, { kind: "some" }>,
  now: number,
  longestMs: number,
): Pick<Entry, "freshUntil" | "refreshAt" | "staleUntil" | "errorUntil"> {
  const until = (seconds: number): number => now + Math.min(seconds * 1_000, longestMs);
  const freshUntil = until(fresh);
  return {
    freshUntil,
    refreshAt: freshUntil - Math.min((freshUntil - now) / 10, maxAheadMs),
    staleUntil: until(staleWhileRevalidate),
    errorUntil: until(staleIfError),
  };
}
