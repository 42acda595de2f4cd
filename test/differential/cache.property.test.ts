import fc from "fast-check";
import { expect, test } from "vitest";
import { CacheCore, defaultCacheOptions } from "../../gateway/cache/index.ts";
import { MemoryStorage } from "../../gateway/cache/shared/memory-storage.fixture.ts";
import { SharedCache } from "../../gateway/cache/shared/shared-cache.ts";
import { silentLogger } from "../../gateway/observability/logger.ts";
import { createMetrics } from "../../gateway/observability/metrics.ts";
import { MutationFence } from "../../gateway/transport/flights.ts";
import { type Cut, cutWorld, type Sabotage } from "./cut.ts";
import { createOperation, type RandomOperation } from "./operations.ts";
import { createRandom, type Random } from "./random.ts";
import { createWorld } from "./world.ts";

/** Worlds; CACHE_CASES=2000 for a long run. A failure prints fast-check's seed and the world's number. */
const cases = Number(process.env.CACHE_CASES ?? 25);
const only = process.env.CACHE_WORLD;
const operationsPerWorld = 12;
const seeds = only === undefined ? fc.integer({ min: 0, max: 2 ** 31 - 1 }) : fc.constant(Number(only));

function createCore(storage: MemoryStorage): CacheCore {
  const [metrics, now] = [createMetrics(), () => performance.now()];
  const shared = new SharedCache({ storage, keys: undefined, unsharedCategories: [], metrics, now });
  return new CacheCore({
    options: defaultCacheOptions,
    mutations: new MutationFence(),
    metrics,
    logger: silentLogger,
    now,
    shared,
  });
}

/** Whoever changes what is kept is found out. */
function freezeAll(core: CacheCore): void {
  const freeze = (value: unknown): void => {
    if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
    Object.freeze(value);
    for (const each of Object.values(value)) freeze(each);
  };
  for (const { value } of core.memory.values()) freeze(value);
}

test(
  "what is kept makes no difference to any answer, whoever kept it, and need not be asked for again",
  async () => {
    let [first, again, elsewhere] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const world = createWorld(seed);
        const plain = cutWorld(world);
        const storage = new MemoryStorage();
        let core = createCore(storage);
        let cached = cutWorld(world, core);
        let asked = 0;
        // Some subgraphs are kept, some are not.
        const random = createRandom(seed);
        const kept = new Set(world.subgraphs.map(({ name }) => name).filter(() => random.chance(80)));
        const countAndAllow: Sabotage = ({ subgraph }, answer) => {
          asked++;
          return kept.has(subgraph) ? { ...answer, cacheControl: "public, max-age=60" } : answer;
        };
        const operations = Array.from({ length: operationsPerWorld }, (_, index) =>
          createOperation(world.monolith, seed + index),
        ).filter((operation) => operation !== undefined);

        const check = async (operation: RandomOperation, careful: boolean): Promise<number> => {
          const expected = await plain.execute(operation, { careful });
          asked = 0;
          const actual = await cached.execute(operation, { careful, sabotage: countAndAllow });
          freezeAll(core);
          const about = (): string => `careful: ${careful}\n${describe(cached, operation, actual)}`;
          expect(actual.text, about()).toBe(expected.text);
          expect(actual.errors.map(String), about()).toEqual(expected.errors.map(String));
          return asked;
        };
        // What goes wrong is not kept: whatever happens here shows in no later answer.
        for (const operation of operations) {
          await cached.execute(operation, {
            sabotage: (request, answer) => spoil(random, countAndAllow(request, answer) as Answer),
          });
          world.log.length = 0;
        }
        for (const operation of operations) first += await check(operation, false);
        const isAllKept = kept.size === world.subgraphs.length;
        for (const operation of operations.toReversed()) {
          const isQuery = !operation.query.startsWith("mutation");
          const times = await check(operation, random.chance(30));
          // What depends on the objects around it (`@fromContext`) is asked for each time.
          const isKept = isAllKept && !cached.supergraphSdl.includes("@context");
          if (isQuery && isKept) expect(times, operation.query).toBe(0);
          again += times;
        }
        // Another gateway finds what this one has fetched.
        await core.shared?.close();
        core = createCore(storage);
        cached = cutWorld(world, core);
        for (const operation of operations) {
          const times = await check(operation, random.chance(30));
          const isKept = isAllKept && !cached.supergraphSdl.includes("@context");
          if (!operation.query.startsWith("mutation") && isKept) expect(times, operation.query).toBe(0);
          elsewhere += times;
        }
      }),
      { numRuns: cases, endOnFailure: true },
    );
    expect(first).toBeGreaterThan(cases);
    expect(again).toBeLessThan(first);
    expect(elsewhere).toBeLessThan(first);
  },
  120_000 + cases * 3_000,
);

interface Answer {
  readonly data?: Record<string, unknown> | null;
}

/** As failing subgraphs do: no answer at all, no data, an entity less, an error beside the data. */
function spoil(random: Random, answer: Answer): unknown {
  if (random.chance(60)) return answer;
  const [key = ""] = Object.keys(answer.data ?? {});
  const entities = answer.data?.[key];
  switch (random.pick(["throw", "null", "entity", "short", "beside"])) {
    case "throw":
      throw new Error("gone");
    case "null":
      return { ...answer, data: null, errors: [{ message: "no" }] };
    case "entity":
      if (!key.startsWith("_e") || !Array.isArray(entities) || entities.length === 0) return answer;
      return {
        ...answer,
        data: { ...answer.data, [key]: [null, ...entities.slice(1)] },
        errors: [{ message: "no", path: [key, 0] }],
      };
    case "short":
      return key.startsWith("_e") && Array.isArray(entities)
        ? { ...answer, data: { ...answer.data, [key]: entities.slice(1) } }
        : answer;
    default:
      return { ...answer, errors: [{ message: "no" }] };
  }
}

function describe(cut: Cut, operation: RandomOperation, answer: Parameters<Cut["describe"]>[1]): string {
  return cut.describe(operation, answer);
}
