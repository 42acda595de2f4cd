/** The cache of one process, whose clock a test moves, alone or sharing a storage with others. */
import { Cancel } from "#http";
import { anonymous, type KeyRing } from "#policies";
import { type Logger, silentLogger } from "../observability/logger.ts";
import { createMetrics, type GatewayMetrics } from "../observability/metrics.ts";
import { MutationFence } from "../transport/flights.ts";
import { CacheCore } from "./cache-core.ts";
import { type CacheOptions, defaultCacheOptions } from "./cache-options.ts";
import type { MemoryStorage } from "./shared/memory-storage.fixture.ts";
import { SharedCache } from "./shared/shared-cache.ts";
import type { Shelf } from "./shelf/shelf.ts";
import type { LookupRun } from "./step/open-shelf.ts";
import { RunKept } from "./step/run-kept.ts";
import { StepLookup } from "./step/step-lookup.ts";

export interface OpenCoreOptions extends Partial<CacheOptions> {
  readonly storage?: MemoryStorage;
  readonly keys?: KeyRing;
  readonly logger?: Logger;
}

export interface OpenCore {
  readonly core: CacheCore;
  readonly mutations: MutationFence;
  readonly metrics: GatewayMetrics;
  /** Moves the clock of this process, and of the storage. */
  advance(ms: number): void;
  /** How often it was counted, with these labels. */
  counted(metric: string, labels: Readonly<Record<string, string>>): Promise<number>;
}

export function openCore({ storage, keys, logger = silentLogger, ...given }: OpenCoreOptions = {}): OpenCore {
  const metrics = createMetrics();
  let time = 0;
  const now = (): number => time;
  const options = { ...defaultCacheOptions, ...given };
  const mutations = new MutationFence();
  const { unsharedCategories } = options;
  const shared = storage && new SharedCache({ storage, keys, unsharedCategories, metrics, now });
  return {
    core: new CacheCore({ options, mutations, metrics, logger, now, shared }),
    mutations,
    metrics,
    advance(ms) {
      time += ms;
      if (storage !== undefined) storage.clock += ms;
    },
    async counted(metric, labels) {
      const { values = [] } = (await metrics.registry.getSingleMetric(metric)?.get()) ?? {};
      const isMeant = (found: Readonly<Record<string, unknown>>): boolean =>
        Object.entries(labels).every(([name, value]) => found[name] === value);
      return values.filter((each) => isMeant(each.labels)).reduce((sum, { value }) => sum + value, 0);
    },
  };
}

export const plainRun: LookupRun = {
  variables: {},
  caller: anonymous,
  headers: new Map(),
  signal: new Cancel(),
};

/** One request of a run for what is on one shelf. */
export function lookUp(
  core: CacheCore,
  shelf: Shelf,
  run: LookupRun = plainRun,
): { lookup: StepLookup; kept: RunKept } {
  const kept = new RunKept();
  return { lookup: new StepLookup(core, [shelf], run, kept), kept };
}
