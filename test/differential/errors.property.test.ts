/**
 * However subgraphs fail, the answer is that of the unsplit schema where the same fields fail.
 *
 * **Data** are equal. **Errors** are equal as far as the GraphQL specification says what they are. It leaves open which of
 * the errors below a null are reported: once a null propagates, siblings may be cancelled (section 6.4.4). So, with the
 * *null position* of an error being the place in the data where its path meets null:
 *
 * 1. both have errors for the same null positions, and for no other place but objects of which something that fails was
 *    required, although the client did not ask for it;
 * 2. every error's path is one at which something does go wrong: at which the unsplit schema has an error when each of its
 *    fields may be null, so that nothing hides anything (and a null that must not be is an error of its own);
 * 3. no path has two errors of one event.
 *
 * From 1 and 2 follows that a field which fails itself, and whose parent is there, has its error at exactly its path.
 * `extensions.serviceName` is the subgraph that fails, or whose failure keeps another one from being asked.
 */
import fc from "fast-check";
import type { GraphQLError } from "graphql";
import { expect, test } from "vitest";
import { type Cut, type CutAnswer, cutWorld, type Sabotage } from "./cut.ts";
import { createOracle, type Failures, type Outage } from "./expected-failures.ts";
import { createOperation, type RandomOperation } from "./operations.ts";
import { createRandom, type Random } from "./random.ts";
import { FailedField, type Supervised, type Supervision, superviseWorld } from "./supervise.ts";
import { createWorld, type World } from "./world.ts";

/** Worlds; ENGINE_CASES=2000 for a long run. A failure prints fast-check's seed and the world's number. */
const cases = Number(process.env.ENGINE_CASES ?? 60);
/** One world by its number. */
const only = process.env.ENGINE_WORLD;
const operationsPerWorld = 15;
const timeoutMs = 120_000 + cases * 3_000;
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

test(
  "however subgraphs fail, data and errors are the unsplit schema's",
  async () => {
    let compared = 0;
    let withErrors = 0;
    await fc.assert(
      fc.asyncProperty(only === undefined ? seeds : fc.constant(Number(only)), async (seed) => {
        const world = createWorld(seed);
        const cut = cutWorld(world);
        const supervised = superviseWorld(world);
        for (let index = 0; index < operationsPerWorld; index++) {
          const operation = createOperation(world.monolith, seed + index);
          if (operation === undefined) continue;
          const random = createRandom(seed + index);
          const failures = drawFailures(world, random);
          const answer = await compare(operation, world, cut, supervised, failures, sabotageFor(failures, random));
          compared++;
          if (answer.errors.length > 0) withErrors++;
        }
      }),
      { numRuns: cases, endOnFailure: true },
    );
    expect(compared).toBeGreaterThan(cases * 5);
    expect(withErrors).toBeGreaterThan(compared / 4);
  },
  timeoutMs,
);

/** Some of everything, and often one thing alone. */
function drawFailures(world: World, random: Random): Failures {
  const { faults } = world;
  for (const set of Object.values(faults)) set.clear();
  const kinds = random.some(["failing", "nulling", "broken", "unknown", "outage"] as const, 30);
  const draw = (from: readonly string[], to: Set<string>, percent: number): void => {
    for (const each of from) if (random.chance(percent)) to.add(each);
  };
  if (kinds.includes("failing")) draw(world.mayFail, faults.failing, 10);
  if (kinds.includes("nulling")) draw(world.mayFail, faults.nulling, 10);
  if (kinds.includes("broken")) draw(world.entities, faults.broken, 20);
  if (kinds.includes("unknown")) draw(world.entities, faults.unknown, 20);
  const down = kinds.includes("outage") ? random.some(world.subgraphs, 30) : [];
  const outages = new Map(
    down.map(({ name }) => [name, random.pick<Outage>(["all", "entities", "entities", "roots"])]),
  );
  return { outages, unknown: faults.unknown, broken: faults.broken };
}

const outages: readonly ((keys: readonly string[]) => unknown)[] = [
  () => {
    throw new Error("connection reset");
  },
  () => undefined,
  () => ({ data: "text" }),
  () => ({ data: null }),
  () => ({ data: null, errors: [{ message: "no" }] }),
];

/** Of a list of entities more can be wrong. */
const entityOutages: typeof outages = [
  ...outages,
  () => ({ data: {} }),
  (keys) => ({ data: Object.fromEntries(keys.map((key) => [key, null])) }),
  (keys) => ({ data: Object.fromEntries(keys.map((key) => [key, []])) }),
  (keys) => ({ data: Object.fromEntries(keys.map((key) => [key, { 0: {} }])) }),
  (keys) => ({ data: null, errors: keys.map((key) => ({ message: "no", path: [key] })) }),
];

function sabotageFor(failures: Failures, random: Random): Sabotage {
  return ({ subgraph, query }, answer) => {
    const outage = failures.outages.get(subgraph);
    const keys = [...query.matchAll(/(_e\d+:)?_entities\(/g)].map(([, alias]) => alias?.slice(0, -1) ?? "_entities");
    const isRoot = keys.length === 0;
    if (outage === undefined || outage === (isRoot ? "entities" : "roots")) return answer;
    return random.pick(isRoot ? outages : entityOutages)(keys);
  };
}

async function compare(
  operation: RandomOperation,
  world: World,
  cut: Cut,
  supervised: Supervised,
  failures: Failures,
  sabotage: Sabotage,
): Promise<CutAnswer> {
  const answer = await cut.execute(operation, { sabotage });
  const about = (): string => `${cut.describe(operation, answer)}\n${describeFailures(failures)}\nUnsplit:\n${wanted}`;
  let wanted = "";
  const { planned } = answer;
  if (planned === undefined || answer.text === undefined) throw new Error(about());
  const supervision = (): Supervision => ({
    oracle: createOracle(planned, failures, cut.supergraphSchema, world.typeOwners),
  });
  const expected = await supervised.execute(operation, supervision);
  const data: unknown = JSON.parse(JSON.stringify(expected.data));
  wanted = (expected.errors ?? []).map((error) => `${error.path?.join(".")}: ${error.message}`).join("\n");
  if (answer.text !== JSON.stringify(expected.data)) expect(JSON.parse(answer.text), about()).toEqual(data);
  expect(answer.text, about()).toBe(JSON.stringify(expected.data));

  const { errors: wrong = [] } = await supervised.executeLeniently(operation, supervision);
  const wrongByPath = new Map(wrong.map((error) => [JSON.stringify(error.path), error.originalError]));
  const isUnasked = ({ path, message }: GraphQLError): boolean =>
    world.required.has(message.split("#")[0] ?? "") && !wrongByPath.has(JSON.stringify(path));
  const errors = answer.errors.filter((error) => !isUnasked(error));
  const positions = (of: readonly GraphQLError[]): string[] =>
    [...new Set(of.map((error) => nullPosition(data, error.path ?? [])))].sort();
  expect(positions(errors), about()).toEqual(positions(expected.errors ?? []));

  const events = new Set<string>();
  for (const { path, message, extensions } of errors) {
    const text = JSON.stringify(path);
    expect([...wrongByPath.keys()], `${text}\n${about()}`).toContain(text);
    const event = `${text} ${message} ${extensions.serviceName}`;
    expect(events, about()).not.toContain(event);
    events.add(event);
    expect(extensions.code, about()).toMatch(/^(DOWNSTREAM_SERVICE_ERROR|RESPONSE_VALIDATION_FAILED)$/);
    const cause = wrongByPath.get(text);
    if (cause instanceof FailedField)
      expect([...cause.subgraphs], `${text}\n${about()}`).toContain(extensions.serviceName);
  }
  return answer;
}

/** Where an error's path meets null in the data. */
function nullPosition(data: unknown, path: readonly (string | number)[]): string {
  let at: any = data;
  const walked: (string | number)[] = [];
  for (const segment of path) {
    if (at === null || at === undefined) break;
    walked.push(segment);
    at = Object.hasOwn(at, segment) ? at[segment] : undefined;
  }
  return at === null ? JSON.stringify(walked) : `no null at ${JSON.stringify(path)}`;
}

function describeFailures({ outages: down, unknown, broken }: Failures): string {
  return JSON.stringify({ outages: [...down], unknown: [...unknown], broken: [...broken] });
}
