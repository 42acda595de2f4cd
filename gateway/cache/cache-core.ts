/** What everything that looks up and keeps has in common, over all generations of a gateway. */
import { LRUCache } from "lru-cache";
import type { Logger } from "../observability/logger.ts";
import type { GatewayMetrics } from "../observability/metrics.ts";
import type { MutationFence } from "../transport/flights.ts";
import type { CacheOptions } from "./cache-options.ts";
import type { Entry } from "./entry.ts";
import { Fence } from "./fence/fence.ts";
import { KnownVersions } from "./fence/known-versions.ts";
import { all } from "./fence/scopes.ts";
import type { Acknowledgement } from "./invalidation/acknowledgement.ts";
import { MemoryStore } from "./memory/memory-store.ts";
import type { KeptResponse } from "./responses/kept-response.ts";
import { Shadow } from "./shadow.ts";
import type { Shelf } from "./shelf/shelf.ts";
import { EntryFlights } from "./step/flight.ts";

export type CacheMetrics = Pick<
  GatewayMetrics,
  "cacheLookups" | "cacheStores" | "cacheResponses" | "cacheShadow" | "cacheInvalidations"
>;

export interface CacheParts {
  readonly options: CacheOptions;
  readonly mutations: MutationFence;
  readonly metrics: CacheMetrics;
  readonly logger: Logger;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** An entry is read anew in advance when it was used at least so often. */
const hotUses = 8;
const maxReports = 1_000;

export class CacheCore {
  readonly options: CacheOptions;
  readonly fence = new Fence();
  readonly versions = new KnownVersions();
  readonly flights: EntryFlights;
  readonly memory: MemoryStore<Entry>;
  readonly responses: MemoryStore<KeptResponse>;
  readonly shadow: Shadow;
  readonly metrics: CacheMetrics;
  readonly now: () => number;
  readonly #logger: Logger;
  readonly #numberById = new LRUCache<string, number>({ max: 20_000 });
  readonly #reported = new Set<string>();
  #numbers = 0;

  constructor({ options, mutations, metrics, logger, now }: CacheParts) {
    this.options = options;
    this.now = now;
    this.#logger = logger;
    this.metrics = metrics;
    this.flights = new EntryFlights(mutations);
    this.memory = new MemoryStore(options.memoryBytes, this.fence);
    this.responses = new MemoryStore(options.responseBytes, this.fence);
    this.shadow = new Shadow(metrics);
  }

  /** Nothing that depends on one of the scopes, and began before, is used or kept any more. */
  async invalidate(scopes: readonly string[], versions: ReadonlyMap<string, number>): Promise<Acknowledgement> {
    this.applyHere(scopes, versions);
    return { isComplete: true, acknowledgedBy: 0 };
  }

  /** The same, in this process. */
  applyHere(scopes: readonly string[], versions: ReadonlyMap<string, number>): void {
    for (const [product, version] of versions) this.versions.announce(product, version);
    if (scopes.includes(all)) this.fence.invalidateAll();
    else if (scopes.length > 0) this.fence.invalidate(scopes);
  }

  /** What is kept under the key and still true, whatever its age. */
  read(key: string): Entry | undefined {
    const entry = this.memory.get(key);
    if (entry === undefined || this.fence.isIntact(entry.dependence)) return entry;
    this.memory.delete(key);
    return undefined;
  }

  /** Whether an entry that is used should be read anew. */
  isDue({ freshUntil, refreshAt, uses }: Entry, now: number): boolean {
    return now >= freshUntil || (now >= refreshAt && uses >= hotUses);
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
