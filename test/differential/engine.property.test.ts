import { composeServices } from "@apollo/composition";
import fc from "fast-check";
import { type DocumentNode, execute, graphql, parse } from "graphql";
import { expect, test } from "vitest";
import { anonymous } from "#policies";
import { createApolloExecutor } from "../../bench/engine/apollo.ts";
import { type CompiledExecutor, createCompiledExecutor } from "../../gateway/execution/compiled/compiled-executor.ts";
import type { ExecutionRequest } from "../../gateway/execution/executor.ts";
import type { SubgraphClient, SubgraphResponse } from "../../gateway/transport/subgraph-client.ts";
import { createOperation, type RandomOperation } from "./operations.ts";
import { createRandom } from "./random.ts";
import { createWorld, type World } from "./world.ts";

/** Cases per property; ENGINE_CASES=2000 for a long run. A failure prints fast-check's seed and the world's number. */
const cases = Number(process.env.ENGINE_CASES ?? 60);
const operationsPerWorld = 12;
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

interface Cut {
  readonly executor: CompiledExecutor;
  readonly supergraphSdl: string;
}

/** What a subgraph may answer instead of its answer; undefined lets it answer. */
type Sabotage = (subgraph: string, answer: object) => unknown;

const sabotages: readonly ((answer: { data?: Record<string, unknown> | null }) => unknown)[] = [
  () => {
    throw new Error("connection reset");
  },
  () => null,
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

function createExecutor(world: World, sabotage: Sabotage = (_, answer) => answer): Cut {
  const composed = composeServices(
    world.subgraphs.map(({ name, sdl }) => ({ name, url: `http://${name}.invalid`, typeDefs: parse(sdl) })),
  );
  if (composed.supergraphSdl === undefined) {
    throw new Error(
      `${composed.errors?.map((error) => error.message).join("\n")}\n${world.subgraphs.map(({ sdl }) => sdl).join("\n---\n")}`,
    );
  }
  const clients = world.subgraphs.map(({ name, schema }): [string, SubgraphClient] => [
    name,
    {
      name,
      async execute(request) {
        const result = await graphql({ schema, source: request.query, variableValues: request.variables });
        // As over HTTP: nothing but JSON comes back.
        return sabotage(name, JSON.parse(JSON.stringify(result))) as SubgraphResponse;
      },
      async close() {},
    },
  ]);
  const { supergraphSdl } = composed;
  const executor = createCompiledExecutor({
    supergraphSdl,
    clients: new Map(clients),
    subgraphMessages: "shown",
  });
  return { executor, supergraphSdl };
}

function requestOf({ query, variables }: RandomOperation, document: DocumentNode): ExecutionRequest {
  return {
    query,
    document,
    operationName: undefined,
    variables,
    caller: anonymous,
    signal: new AbortController().signal,
    headers: new Map(),
  };
}

async function compare(world: World, executor: CompiledExecutor, seed: number): Promise<boolean> {
  const operation = createOperation(world.monolith, seed);
  if (operation === undefined) return false;
  const document = parse(operation.query);
  const expected = await execute({ schema: world.monolith, document, variableValues: operation.variables });
  const request = requestOf(operation, document);
  const actual = await executor.executeText(request);
  const about = (): string =>
    [
      operation.query,
      JSON.stringify(operation.variables),
      world.subgraphs.map(({ name, sdl }) => `# ${name}\n${sdl}`).join("\n"),
      executor.printPlan(document),
      actual.errors.map((error) => `${error} ${(error.originalError as Error | undefined)?.stack ?? ""}`).join("\n"),
    ].join("\n");
  expect(actual.text, about()).toBeDefined();
  const expectedText = JSON.stringify(expected.data);
  if (actual.text !== expectedText) expect(JSON.parse(actual.text ?? ""), about()).toEqual(JSON.parse(expectedText));
  expect(actual.text, about()).toBe(expectedText);
  const careful = await executor.executeText(request, { careful: true });
  expect(careful.text, about()).toBe(actual.text);
  expect(careful.errors.map(String), about()).toEqual(actual.errors.map(String));
  const nulled = (errors: readonly { readonly path?: readonly (string | number)[] | undefined }[]): string[] =>
    [...new Set(errors.map((error) => nullPath(JSON.parse(expectedText), error.path ?? [])))].sort();
  expect(nulled(actual.errors), about()).toEqual(nulled(expected.errors ?? []));
  return true;
}

/** Where an error's path meets null in the data: what else failed below a null is nobody's concern. */
function nullPath(data: unknown, path: readonly (string | number)[]): string {
  let at: any = data;
  const walked: (string | number)[] = [];
  for (const segment of path) {
    if (at === null || at === undefined) break;
    walked.push(segment);
    at = Object.hasOwn(at, segment) ? at[segment] : undefined;
  }
  return JSON.stringify(walked);
}

test("however a schema is cut into subgraphs, the answer is the monolith's, compiled or completed carefully", async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const world = createWorld(seed);
      const { executor } = createExecutor(world);
      for (let index = 0; index < operationsPerWorld; index++) {
        if (await compare(world, executor, seed + index)) compared++;
      }
    }),
    { numRuns: cases, endOnFailure: true },
  );
  expect(compared).toBeGreaterThan(cases * 4);
}, 600_000);

test("the answer is @apollo/gateway's wherever that is right", async () => {
  let right = 0;
  let compared = 0;
  const property = fc.asyncProperty(seeds, async (seed) => {
    const world = createWorld(seed);
    const { executor, supergraphSdl } = createExecutor(world);
    const apollo = await createApolloExecutor(supergraphSdl, (name) => ({
      async process({ request }) {
        const schema = world.subgraphs.find((subgraph) => subgraph.name === name)?.schema;
        if (schema === undefined) throw new Error(`No subgraph ${name}.`);
        const result = await graphql({ schema, source: request.query ?? "", variableValues: request.variables ?? {} });
        return JSON.parse(JSON.stringify(result));
      },
    }));
    for (let index = 0; index < operationsPerWorld; index++) {
      const operation = createOperation(world.monolith, seed + index);
      if (operation === undefined) continue;
      const document = parse(operation.query);
      const expected = await execute({ schema: world.monolith, document, variableValues: operation.variables });
      const theirs = await apollo.execute(operation.query, operation.variables).catch(() => undefined);
      compared++;
      if (JSON.stringify(theirs?.data) !== JSON.stringify(expected.data) || theirs?.errors !== undefined) continue;
      right++;
      const ours = await executor.executeText(requestOf(operation, document));
      expect(ours.text).toBe(JSON.stringify(theirs?.data));
      expect(ours.errors).toEqual([]);
    }
    await apollo.stop();
  });
  await fc.assert(property, { numRuns: Math.ceil(cases / 4), endOnFailure: true });
  // Were the reference never right, nothing would have been compared.
  expect(right).toBeGreaterThan(compared / 2);
}, 600_000);

test("however a schema is cut, fields that fail are null at the monolith's paths", async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const world = createWorld(seed);
      const random = createRandom(seed + 1);
      const { executor } = createExecutor(world);
      for (const key of world.mayFail) if (random.chance(15)) world.failing.add(key);
      for (let index = 0; index < operationsPerWorld; index++) {
        if (await compare(world, executor, seed + index)) compared++;
      }
    }),
    { numRuns: cases, endOnFailure: true },
  );
  expect(compared).toBeGreaterThan(cases * 4);
}, 600_000);

test("whatever subgraphs answer, what is missing has an error at, above or below it, and the rest is right", async () => {
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const world = createWorld(seed);
      const random = createRandom(seed + 2);
      const { executor } = createExecutor(world, (_, answer) =>
        random.chance(25) ? random.pick(sabotages)(answer) : answer,
      );
      for (let index = 0; index < operationsPerWorld; index++) {
        const operation = createOperation(world.monolith, seed + index);
        if (operation === undefined) continue;
        const document = parse(operation.query);
        const expected = await execute({ schema: world.monolith, document, variableValues: operation.variables });
        const actual = await executor.executeText(requestOf(operation, document));
        const paths = actual.errors.map((error) => error.path ?? []);
        const data: unknown = JSON.parse(actual.text ?? "null");
        for (const gap of gaps(JSON.parse(JSON.stringify(expected.data)), data, [])) {
          const isExplained = paths.some((path) => path.every((part, at) => at >= gap.length || part === gap[at]));
          expect(isExplained, `${gap.join(".")} in ${operation.query}\n${paths.join("\n")}`).toBe(true);
        }
      }
    }),
    { numRuns: cases, endOnFailure: true },
  );
}, 600_000);

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
