/**
 * What one request of a run finds in the cache, and what it leaves there.
 *
 *   find ── here and usable ─▶ entry                                        at once, for each representation
 *     └─ else ─▶ missing ─▶ somebody is asking for it already: wait ─▶ entry
 *                  └─ else ─▶ begin ─▶ ask the subgraph ─▶ fill.keep | fill.fail
 *
 * Hot: `find`, once per representation (bench/cache).
 */
import type { CacheCore } from "../cache-core.ts";
import type { Entry } from "../entry.ts";
import { isWorthWaitingFor, type Shelf } from "../shelf/shelf.ts";
import { Fill } from "./fill.ts";
import { type LookupRun, type Missing, type OpenShelf, openShelf } from "./open-shelf.ts";
import type { RunKept } from "./run-kept.ts";

export class StepLookup {
  readonly #core: CacheCore;
  readonly #run: LookupRun;
  readonly #kept: RunKept;
  readonly #shelves: readonly (OpenShelf | undefined)[];
  readonly #now: number;
  readonly #oldestAskedAt: number;
  #due: Missing[] | undefined;
  /** What `find` looked for last and did not find. */
  #missed: { readonly key: string; readonly entry: Entry | undefined } | undefined;
  #hits = 0;
  #misses = 0;

  /** `shelves`: by group of the request; undefined where nothing is kept. */
  constructor(core: CacheCore, shelves: readonly (Shelf | undefined)[], run: LookupRun, kept: RunKept) {
    this.#core = core;
    this.#run = run;
    this.#kept = kept;
    this.#now = core.now();
    this.#oldestAskedAt = core.oldestAskedAt(this.#now);
    this.#shelves = shelves.map((shelf) => shelf && openShelf(shelf, run));
  }

  /** What the keys of each group begin with. */
  get prefixes(): readonly string[] {
    return this.#shelves.map((open) => open?.prefix ?? "");
  }

  /** Whether each of the entries, found with these prefixes before, would be found again and need not be read anew. */
  findsStill(entries: readonly Entry[]): boolean {
    for (const entry of entries) {
      if (entry.isRetired || this.#now >= entry.freshUntil || entry.askedAt <= this.#oldestAskedAt) return false;
      if (!this.#core.fence.isIntact(entry.dependence)) return false;
      entry.uses++;
      if (!entry.isRefreshing && this.#core.isDue(entry, this.#now, this.#run.isHot === true)) return false;
    }
    return true;
  }

  /** The entry, fresh or within its window, where it may be used. */
  find(group: number, representation: string): Entry | undefined {
    const open = this.#shelves[group];
    if (open === undefined || open.shelf.mode !== "on") return undefined;
    const key = open.prefix + representation;
    const entry = this.#core.read(key, this.#oldestAskedAt);
    if (entry === undefined || this.#now >= entry.staleUntil) {
      this.#missed = { key, entry };
      return undefined;
    }
    this.#hits++;
    this.#use(entry, group, open, representation);
    return entry;
  }

  /** After `find` found nothing; undefined when it is never kept. */
  missing(group: number, representation: string): Missing | undefined {
    const open = this.#shelves[group];
    if (open === undefined) return undefined;
    this.#misses++;
    const isOn = open.shelf.mode === "on";
    // A key is a long text: it is made, and hashed, once.
    const { key, entry } = isOn && this.#missed ? this.#missed : this.#look(open.prefix + representation);
    const spare = isOn && entry !== undefined && this.#now < entry.errorUntil ? entry : undefined;
    const shadow = !isOn && entry !== undefined && this.#now < entry.staleUntil ? entry : undefined;
    return { group, open, representation, key, spare, shadow };
  }

  /** When everything has been looked up: what was used and is near its end, to be read anew. */
  due(): readonly Missing[] {
    const subgraph = this.#shelves.find((open) => open !== undefined)?.shelf.subgraph;
    if (subgraph !== undefined) {
      const { cacheLookups } = this.#core.metrics;
      if (this.#hits > 0) cacheLookups.inc({ subgraph, result: "memory" }, this.#hits);
      if (this.#misses > 0) cacheLookups.inc({ subgraph, result: "miss" }, this.#misses);
    }
    return this.#due ?? [];
  }

  /** Resolves when whoever is asking for it has an answer; undefined when nobody is, or when it is not worth waiting. */
  underWay({ key, open }: Missing): Promise<void> | undefined {
    const { shelf } = open;
    return shelf.mode === "on" && isWorthWaitingFor(shelf) ? this.#core.flights.find(key)?.ended : undefined;
  }

  /** What was asked for by somebody else is kept now, if it is kept at all. */
  findAgain({ group, open, representation, key }: Missing): Entry | undefined {
    const now = this.#core.now();
    const entry = open.shelf.mode === "on" ? this.#core.read(key, this.#core.oldestAskedAt(now)) : undefined;
    if (entry === undefined || now >= entry.staleUntil) return undefined;
    this.#core.metrics.cacheLookups.inc({ subgraph: open.shelf.subgraph, result: "joined" });
    this.#use(entry, group, open, representation);
    return entry;
  }

  /** Something is used that is beyond its time, because its source failed. */
  useSpare(entry: Entry): void {
    this.#kept.add(entry, this.#now);
    this.#core.metrics.cacheLookups.inc({ subgraph: entry.shelf.subgraph, result: "stale-if-error" });
  }

  /** Before the subgraph is asked for what is missing. */
  begin(missing: readonly Missing[]): Fill {
    return Fill.begin(this.#core, missing, this.#run, this.#kept);
  }

  /** The same for what is only to be read anew. */
  beginAnew(due: readonly Missing[]): Fill {
    return Fill.begin(this.#core, due, this.#run, undefined);
  }

  #look(key: string): { readonly key: string; readonly entry: Entry | undefined } {
    return { key, entry: this.#core.read(key, this.#oldestAskedAt) };
  }

  #use(entry: Entry, group: number, open: OpenShelf, representation: string): void {
    entry.uses++;
    this.#kept.add(entry, this.#now);
    if (entry.isRefreshing || !this.#core.isDue(entry, this.#now, this.#run.isHot === true)) return;
    entry.isRefreshing = true;
    this.#due ??= [];
    const key = open.prefix + representation;
    this.#due.push({ group, open, representation, key, spare: entry, shadow: undefined });
  }
}
