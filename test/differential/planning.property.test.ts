import { composeServices } from "@apollo/composition";
import fc from "fast-check";
import { type GraphQLSchema, isObjectType, parse, printSchema } from "graphql";
import { expect, test } from "vitest";
import { silentLogger } from "../../gateway/observability/logger.ts";
import { createMetrics } from "../../gateway/observability/metrics.ts";
import { conditionVariables } from "../../gateway/plan/conditions.ts";
import { decodePlan, encodePlan } from "../../gateway/plan/encoded-plan.ts";
import { createPlanner, type PlannedOperation, type PlanOptions } from "../../gateway/plan/planner.ts";
import { planInWorker } from "../../gateway/plan/worker/plan-in-worker.ts";
import { createOperation } from "./operations.ts";
import { createRandom, type Random } from "./random.ts";
import { createWorld, type World } from "./world.ts";

/** Cases per property; ENGINE_CASES=2000 for a long run. A failure prints fast-check's seed and the world's number. */
const cases = Number(process.env.ENGINE_CASES ?? 30);
const operationsPerWorld = 12;
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

function compose(world: World): string {
  const { supergraphSdl, errors } = composeServices(
    world.subgraphs.map(({ name, sdl }) => ({ name, url: `http://${name}.invalid`, typeDefs: parse(sdl) })),
  );
  if (supergraphSdl === undefined) throw new Error(errors?.join("\n"));
  return supergraphSdl;
}

function createOptions(query: string, schema: GraphQLSchema, random: Random): PlanOptions {
  const coordinates = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) && !type.name.startsWith("__")
      ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`)
      : [],
  );
  return {
    conditions: new Map(conditionVariables(parse(query)).map((name) => [name, random.chance(50)])),
    hidden: random.chance(50) ? new Set(random.some(coordinates, 10)) : undefined,
  };
}

function operationsOf(
  world: World,
  seed: number,
): readonly { readonly query: string; readonly options: PlanOptions }[] {
  return Array.from({ length: operationsPerWorld }, (_, index) => seed + index).flatMap((operationSeed) => {
    const query = createOperation(world.monolith, operationSeed)?.query;
    if (query === undefined) return [];
    return [{ query, options: createOptions(query, world.monolith, createRandom(operationSeed)) }];
  });
}

/** `names` is a function with a memory: it is compared by what it has reserved. */
const comparable = ({ names, ...planned }: PlannedOperation): object => ({ ...planned, names: names.save() });

test("a plan that was written as text and read again is the plan", () => {
  let compared = 0;
  fc.assert(
    fc.property(seeds, (seed) => {
      const world = createWorld(seed);
      const planner = createPlanner(compose(world));
      for (const { query, options } of operationsOf(world, seed)) {
        const document = parse(query);
        const planned = planner.plan(document, options);
        const read = decodePlan(encodePlan(planned), document, options);
        expect(comparable(read), query).toStrictEqual(comparable(planned));
        compared++;
      }
    }),
    { numRuns: cases, endOnFailure: true },
  );
  expect(compared).toBeGreaterThan(cases);
}, 600_000);

test("a worker plans what the calling thread plans", async () => {
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const world = createWorld(seed);
      const sdl = compose(world);
      const here = createPlanner(sdl);
      const there = await planInWorker(sdl, parse(sdl), {
        timeoutMs: 30_000,
        idleMs: 60_000,
        maxMemoryMb: 512,
        logger: silentLogger,
        metrics: createMetrics(),
      });
      try {
        expect(printSchema(there.apiSchema)).toBe(printSchema(here.apiSchema));
        for (const { query, options } of operationsOf(world, seed)) {
          const document = parse(query);
          expect(comparable(await there.plan(query, document, options)), query).toStrictEqual(
            comparable(here.plan(document, options)),
          );
        }
      } finally {
        await there.close();
      }
    }),
    { numRuns: Math.ceil(cases / 15), endOnFailure: true },
  );
}, 600_000);
