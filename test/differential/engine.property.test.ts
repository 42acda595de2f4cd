import fc from "fast-check";
import { type GraphQLError, type GraphQLSchema, graphql, isObjectType } from "graphql";
import { expect, test } from "vitest";
import { type Decision, settleDecision } from "#policies";
import { createApolloExecutor } from "../../bench/engine/apollo.ts";
import type { Decisions } from "../../gateway/execution/executor.ts";
import { type Cut, cutWorld, type Sabotage } from "./cut.ts";
import { createOperation, type RandomOperation } from "./operations.ts";
import { createRandom, type Random } from "./random.ts";
import { type Supervised, superviseWorld } from "./supervise.ts";
import { createWorld, type World } from "./world.ts";

/** Worlds per property; ENGINE_CASES=2000 for a long run. A failure prints fast-check's seed and the world's number. */
const cases = Number(process.env.ENGINE_CASES ?? 40);
/** One world by its number. */
const only = process.env.ENGINE_WORLD;
const operationsPerWorld = 15;
const timeoutMs = 120_000 + cases * 3_000;
const seeds = only === undefined ? fc.integer({ min: 0, max: 2 ** 31 - 1 }) : fc.constant(Number(only));

test(
  "however a schema is cut into subgraphs, the answer is the monolith's, compiled or completed carefully",
  async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const world = createWorld(seed);
        const cut = cutWorld(world);
        const supervised = superviseWorld(world);
        for (let index = 0; index < operationsPerWorld; index++) {
          const operation = createOperation(world.monolith, seed + index);
          if (operation === undefined) continue;
          await compare(operation, world, cut, supervised, createRandom(seed + index));
          compared++;
        }
      }),
      { numRuns: cases, endOnFailure: true },
    );
    expect(compared).toBeGreaterThan(cases * 5);
  },
  timeoutMs,
);

function coordinatesOf(schema: GraphQLSchema): readonly string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) && !type.name.startsWith("__")
      ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`)
      : [],
  );
}

/** Some overrides are on; a third of the callers may not read everything. */
async function compare(
  operation: RandomOperation,
  world: World,
  cut: Cut,
  supervised: Supervised,
  random: Random,
): Promise<void> {
  const decisions = random.chance(33) ? drawDecisions(world.monolith, random) : undefined;
  const labels = world.labels.filter(() => random.chance(50));
  const counted = coordinatesOf(world.monolith).filter(() => random.chance(20));
  const request = { labels, counted, ...(decisions && { decisions }) };
  const expected = await supervised.execute(operation, () => ({ decisions }));
  const expectedLog = world.log.splice(0);
  const actual = await cut.execute(operation, request);
  const about = (): string => `${cut.describe(operation, actual)}\n${JSON.stringify([...(decisions ?? [])])}`;
  expect(world.log.splice(0), about()).toEqual(expectedLog);
  expect(actual.text, about()).toBeDefined();
  const expectedText = JSON.stringify(expected.data);
  if (actual.text !== expectedText) expect(JSON.parse(actual.text ?? ""), about()).toEqual(JSON.parse(expectedText));
  expect(actual.text, about()).toBe(expectedText);
  const positions = (errors: readonly GraphQLError[]): string[] =>
    [...new Set(errors.map(({ path }) => nullPosition(JSON.parse(expectedText), path ?? [])))].sort();
  expect(positions(actual.errors), about()).toEqual(positions(expected.errors ?? []));
  for (const { extensions } of actual.errors) expect(extensions.code, about()).toBe("FORBIDDEN");

  const careful = await cut.execute(operation, { ...request, careful: true });
  world.log.length = 0;
  expect(careful.text, about()).toBe(actual.text);
  expect(careful.errors.map(String), about()).toEqual(actual.errors.map(String));
  for (const coordinate of counted) {
    // An entity that is answered twice may count twice, so only this is the same: whether there is any.
    const [rows, carefully] = [actual, careful].map((answer) => answer.rows?.get(coordinate) ?? Number.NaN);
    expect(rows, about()).not.toBeNaN();
    expect(rows === 0, about()).toBe(carefully === 0);
  }
}

const effects: readonly Decision[] = [
  { effect: "mask", mask: { technique: "redact" }, policy: "p" },
  { effect: "mask", mask: { technique: "partial" }, policy: "p" },
  { effect: "null", policy: "p" },
  { effect: "deny", policy: "p", reason: "no" },
];

function drawDecisions(schema: GraphQLSchema, random: Random): Decisions {
  const decisions = new Map<string, Decision>();
  // Of an object that is known as an interface only, the strictest decision holds, so there is one for all of them.
  const ofInterface = new Map<string, Decision | undefined>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    for (const field of Object.values(type.getFields())) {
      const drawn = random.chance(15) ? settleDecision(random.pick(effects), field.type) : undefined;
      const isShared = type.getInterfaces().some(({ name }) => name === "Item") && !field.name.startsWith("own");
      if (isShared && !ofInterface.has(field.name)) ofInterface.set(field.name, drawn);
      const decision = isShared ? ofInterface.get(field.name) : drawn;
      if (decision !== undefined) decisions.set(`${type.name}.${field.name}`, decision);
    }
  }
  return decisions;
}

/** Where an error's path meets null in the data: what else failed below a null is nobody's concern. */
function nullPosition(data: unknown, path: readonly (string | number)[]): string {
  let at: any = data;
  const walked: (string | number)[] = [];
  for (const segment of path) {
    if (at === null || at === undefined) break;
    walked.push(segment);
    at = Object.hasOwn(at, segment) ? at[segment] : undefined;
  }
  return JSON.stringify(walked);
}

test(
  "the answer is @apollo/gateway's wherever that is right",
  async () => {
    let right = 0;
    let compared = 0;
    const property = fc.asyncProperty(seeds, async (seed) => {
      const world = createWorld(seed);
      const cut = cutWorld(world);
      // @apollo/gateway runs no graph with contexts.
      if (cut.supergraphSdl.includes("@context")) return;
      const supervised = superviseWorld(world);
      const apollo = await createApolloExecutor(cut.supergraphSdl, (name) => ({
        async process({ request }) {
          const schema = world.subgraphs.find((subgraph) => subgraph.name === name)?.schema;
          if (schema === undefined) throw new Error(`No subgraph ${name}.`);
          const result = await graphql({
            schema,
            source: request.query ?? "",
            variableValues: request.variables ?? {},
          });
          return JSON.parse(JSON.stringify(result));
        },
      }));
      for (let index = 0; index < operationsPerWorld; index++) {
        const operation = createOperation(world.monolith, seed + index);
        if (operation === undefined) continue;
        const expected = await supervised.execute(operation, () => ({}));
        const theirs = await apollo.execute(operation.query, operation.variables).catch(() => undefined);
        compared++;
        if (JSON.stringify(theirs?.data) !== JSON.stringify(expected.data) || theirs?.errors !== undefined) continue;
        right++;
        const ours = await cut.execute(operation);
        expect(ours.text).toBe(JSON.stringify(theirs?.data));
        expect(ours.errors).toEqual([]);
      }
      await apollo.stop();
    });
    await fc.assert(property, { numRuns: Math.ceil(cases / 4), endOnFailure: true });
    // Were the reference never right, nothing would have been compared.
    expect(right).toBeGreaterThan(compared / 2);
  },
  timeoutMs,
);

/** Answers that are not what was asked for, and may look like it. */
const sabotages: readonly ((answer: { readonly data?: object | null }) => unknown)[] = [
  () => {
    throw new Error("connection reset");
  },
  () => ({ data: null }),
  () => ({ data: "text" }),
  () => ({ data: { _entities: [] } }),
  ({ data }) => ({ data: replaceValues(data ?? {}, () => 7) }),
  // Of the right length, with nothing right in it.
  ({ data }) => ({
    data: replaceValues(data ?? {}, (value, key) =>
      key.startsWith("_e") && Array.isArray(value) ? value.map((_, at) => ["what?", 7][at % 2]) : 7,
    ),
  }),
];

function replaceValues(data: object, replace: (value: unknown, key: string) => unknown): object {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, replace(value, key)]));
}

test(
  "whatever subgraphs answer, what is missing has an error at, above or below it, and the rest is right",
  async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const world = createWorld(seed);
        const random = createRandom(seed + 2);
        const cut = cutWorld(world);
        const supervised = superviseWorld(world);
        const sabotage: Sabotage = (_, answer) => (random.chance(25) ? random.pick(sabotages)(answer) : answer);
        for (let index = 0; index < operationsPerWorld; index++) {
          const operation = createOperation(world.monolith, seed + index);
          if (operation === undefined) continue;
          const expected = await supervised.execute(operation, () => ({}));
          const actual = await cut.execute(operation, { sabotage });
          const paths = actual.errors.map((error) => error.path ?? []);
          const data: unknown = JSON.parse(actual.text ?? "null");
          for (const gap of gaps(JSON.parse(JSON.stringify(expected.data)), data, [])) {
            const isExplained = paths.some((path) => path.every((part, at) => at >= gap.length || part === gap[at]));
            expect(isExplained, `${gap.join(".")}\n${cut.describe(operation, actual)}`).toBe(true);
          }
        }
      }),
      { numRuns: cases, endOnFailure: true },
    );
  },
  timeoutMs,
);

/** Where `actual` is null and `expected` is not; fails where it is anything else. */
function gaps(expected: unknown, actual: unknown, path: readonly (string | number)[]): (string | number)[][] {
  if (actual === null && expected !== null) return [[...path]];
  if (typeof expected !== "object" || expected === null) {
    expect(actual).toEqual(expected);
    return [];
  }
  if (Array.isArray(expected)) {
    expect(actual).toHaveLength(expected.length);
    return expected.flatMap((item, index) => gaps(item, (actual as unknown[])[index], [...path, index]));
  }
  expect(Object.keys(actual as object)).toEqual(Object.keys(expected));
  return Object.entries(expected).flatMap(([key, value]) =>
    gaps(value, (actual as Record<string, unknown>)[key], [...path, key]),
  );
}
