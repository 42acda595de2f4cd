/** What everything that looks up and keeps has in common, over all generations of a gateway. */
import { LRUCache } from "lru-cache";
import type { CacheMetrics } from "../observability/cache-metrics.ts";
import type { Logger } from "../observability/logger.ts";
import type { MutationFence } from "../transport/flights.ts";
import type { CacheOptions } from "./cache-options.ts";
import { aloneCoherence } from "./coherence/alone.ts";
import { type Coherence, type CoherenceListener, isolatedMs, type Notice, type OnTold } from "./coherence/coherence.ts";
import type { Entry } from "./entry.ts";
import { Fence } from "./fence/fence.ts";
import { KnownVersions } from "./fence/known-versions.ts";
import { all } from "./fence/scopes.ts";
import type { Acknowledgement } from "./invalidation/acknowledgement.ts";
import { MemoryStore } from "./memory/memory-store.ts";
import { forgetHere } from "./operate/forget-subjects.ts";
import type { KeptResponse } from "./responses/kept-response.ts";
import { Shadow } from "./shadow.ts";
import type { SharedCache } from "./shared/shared-cache.ts";
import type { Shelf } from "./shelf/shelf.ts";
import { EntryFlights } from "./step/flight.ts";

export interface CacheParts {
  readonly options: CacheOptions;
  readonly mutations: MutationFence;
  readonly metrics: CacheMetrics;
  readonly logger: Logger;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** What several gateways share; undefined for nothing. */
  readonly shared: SharedCache | undefined;
}

/** An entry, or a whole answer, is read anew in advance when it was used at least so often. */
export const hotUses = 8;
const maxReports = 1_000;

export class CacheCore {
  readonly options: CacheOptions;
  readonly fence = new Fence();
  readonly versions = new KnownVersions();
  readonly flights: EntryFlights;
  readonly memory: MemoryStore<Entry>;
  readonly responses: MemoryStore<KeptResponse>;
  readonly shared: SharedCache | undefined;
  readonly shadow: Shadow;
  readonly metrics: CacheMetrics;
  readonly now: () => number;
  readonly #mutations: MutationFence;
  readonly #logger: Logger;
  readonly #numberById = new LRUCache<string, number>({ max: 20_000 });
  readonly #reported = new Set<string>();
  /** Whole answers that were looked for since they were counted last. */
  readonly #looked = { memory: 0, miss: 0 };
  #coherence: Coherence = aloneCoherence;
  #numbers = 0;

  constructor({ options, mutations, metrics, logger, now, shared }: CacheParts) {
    this.options = options;
    this.shared = shared;
    this.now = now;
    this.#logger = logger;
    this.#mutations = mutations;
    this.metrics = metrics;
    this.flights = new EntryFlights(mutations);
    this.memory = new MemoryStore(options.memoryBytes, this.fence);
    this.responses = new MemoryStore(options.responseBytes, this.fence);
    this.shadow = new Shadow(metrics);
  }

  /** Whether this process hears of everything that others invalidate. */
  get isCurrent(): boolean {
    return this.#coherence.isCurrent();
  }

  /** Others with copies are told from now on, and tell this one (`listener`). */
  join(coherence: Coherence): void {
    this.#coherence = coherence;
  }

  /** What others have invalidated. */
  get listener(): CoherenceListener {
    return { onNotice: (notice) => this.applyHere(notice), onGap: () => this.clear() };
  }

  /** What is new may be kept in this process. */
  get mayKeep(): boolean {
    return this.#coherence.mayKeep();
  }

  /**
   * Nothing that depends on one of the scopes, and began before, is used or kept any more: here, shared, by others.
   * `onTold` is called once everybody who answers has applied it, or with false.
   */
  async invalidate(notice: Notice, onTold?: OnTold): Promise<Acknowledgement> {
    const begin = this.now();
    const measure = (reach: string): void =>
      this.metrics.cacheInvalidationSeconds.observe({ reach }, (this.now() - begin) / 1_000);
    const removed = this.applyHere(notice);
    const isShared = (await this.shared?.invalidate(notice.scopes, notice.versions)) ?? true;
    measure("here");
    const acknowledgement = await this.#coherence.announce(notice, (isTold) => {
      measure("told");
      onTold?.(isTold && isShared);
    });
    measure("all");
    const isComplete = acknowledgement.isComplete && isShared;
    if (!isComplete) this.metrics.cacheIncompleteInvalidations.inc();
    return { ...acknowledgement, isComplete, removed: removed + (acknowledgement.removed ?? 0) };
  }

  /**
   * The same, in this process: who asks from now on joins nobody who asked before. How much was removed of what is to be
   * forgotten.
   */
  applyHere({ scopes, versions, forgotten }: Notice): number {
    for (const [product, version] of versions) this.versions.announce(product, version);
    if (scopes.includes(all)) this.fence.invalidateAll();
    else if (scopes.length > 0) this.fence.invalidate(scopes);
    this.#mutations.mutationEnded();
    return forgotten === undefined ? 0 : forgetHere(this, forgotten);
  }

  /** Nothing that was kept, or is being fetched, is used here. */
  clear(): void {
    this.fence.invalidateAll();
    this.#mutations.mutationEnded();
    this.memory.clear();
    this.responses.clear();
  }

  /**
   * What is used was asked for later: whoever does not hear of invalidations uses nothing that is older than
   * `isolatedMs`, so that whoever invalidates knows when nobody uses it any more.
   */
  oldestAskedAt(now: number): number {
    return this.#coherence.isCurrent() ? Number.NEGATIVE_INFINITY : now - isolatedMs;
  }

  /** What is kept under the key and still true, whatever its age. */
  read(key: string, oldestAskedAt: number): Entry | undefined {
    const entry = this.memory.get(key);
    if (entry === undefined) return undefined;
    if (this.fence.isIntact(entry.dependence)) return entry.askedAt > oldestAskedAt ? entry : undefined;
    this.memory.delete(key);
    return undefined;
  }

  /** Whether an entry that is used should be read anew; `isHot`: what it is a part of is used often. */
  isDue({ freshUntil, refreshAt, uses }: Entry, now: number, isHot: boolean): boolean {
    return now >= freshUntil || (now >= refreshAt && (isHot || uses >= hotUses));
  }

  /** Hot: a label costs more than a sum. */
  countResponse(isFound: boolean): void {
    this.#looked[isFound ? "memory" : "miss"]++;
  }

  /** Before metrics are read. */
  flushCounts(): void {
    for (const result of ["memory", "miss"] as const) {
      if (this.#looked[result] > 0) this.metrics.cacheResponses.inc({ result }, this.#looked[result]);
      this.#looked[result] = 0;
    }
  }

  /** A short name for a shelf: equal for equal ones, as long as it is remembered, and never another one's. */
  numberOf(shelfId: string): number {
    const known = this.#numberById.get(shelfId);
    if (known !== undefined) return known;
    const number = this.nextNumber();
    this.#numberById.set(shelfId, number);
    return number;
  }

  /** Never the same twice. */
  nextNumber(): number {
    return this.#numbers++;
  }

  /** Once for each shelf: the product, or the policies, should be corrected. */
  reportVarying({ id, subgraph, title }: Shelf): void {
    if (this.#reported.has(id) || this.#reported.size >= maxReports) return;
    this.#reported.add(id);
    this.#logger.warn(
      { subgraph, fetch: title },
      "a subgraph says public of what policies filter by caller: it is not kept",
    );
  }
}
