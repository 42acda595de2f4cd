/** What comes in parts is, put together, what comes at once. */
import { composeServices } from "@apollo/composition";
import fc from "fast-check";
import { graphql, Kind, parse, print, visit } from "graphql";
import { expect, test } from "vitest";
import type { SubgraphClient, SubgraphResponse } from "../../gateway/transport/subgraph-client.ts";
import { createTestEngine, type TestEngine } from "../engine.ts";
import { readWhole, type WholeAnswer } from "./deferred-answer.ts";
import { createOperation } from "./operations.ts";
import { createRandom } from "./random.ts";
import { createWorld, type World } from "./world.ts";

/** Cases per property; DEFER_CASES=2000 for a long run. A failure prints the world's number: DEFER_SEED takes it. */
const cases = Number(process.env.DEFER_CASES ?? 25);
const operationsPerWorld = 10;
const seeds = process.env.DEFER_SEED
  ? fc.constant(Number(process.env.DEFER_SEED))
  : fc.integer({ min: 0, max: 2 ** 31 - 1 });

function createEngine(world: World): TestEngine {
  const { supergraphSdl, errors } = composeServices(
    world.subgraphs.map(({ name, sdl }) => ({ name, url: `http://${name}.invalid`, typeDefs: parse(sdl) })),
  );
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join("\n"));
  const clients = world.subgraphs.map(({ name, schema }): [string, SubgraphClient] => [
    name,
    {
      name,
      async execute({ query, variables }) {
        const result = await graphql({ schema, source: query, variableValues: variables });
        return JSON.parse(JSON.stringify(result)) as SubgraphResponse;
      },
      async close() {},
    },
  ]);
  return createTestEngine(supergraphSdl, {
    clients: new Map(clients),
    subgraphMessages: "shown",
    maxPathsPerCause: 1e6,
  });
}

/** The operation with `@defer` on some of its fragments, and some of its selections put into deferred ones. */
function deferSome(query: string, seed: number): string {
  const random = createRandom(seed);
  let labels = 0;
  const directive = () => ({
    kind: Kind.DIRECTIVE as const,
    name: { kind: Kind.NAME as const, value: "defer" },
    arguments: random.chance(50)
      ? [
          {
            kind: Kind.ARGUMENT as const,
            name: { kind: Kind.NAME as const, value: "label" },
            value: { kind: Kind.STRING as const, value: `part ${labels++}` },
          },
        ]
      : [],
  });
  const document = visit(parse(query), {
    InlineFragment: {
      leave: (node) =>
        random.chance(40) ? { ...node, directives: [...(node.directives ?? []), directive()] } : undefined,
    },
    FragmentSpread: {
      leave: (node) =>
        random.chance(40) ? { ...node, directives: [...(node.directives ?? []), directive()] } : undefined,
    },
    SelectionSet: {
      leave: (node) => ({
        ...node,
        selections: node.selections.map((selection) =>
          selection.kind === Kind.FIELD && random.chance(25)
            ? {
                kind: Kind.INLINE_FRAGMENT as const,
                directives: [directive()],
                selectionSet: { kind: Kind.SELECTION_SET as const, selections: [selection] },
              }
            : selection,
        ),
      }),
    },
  });
  return print(document);
}

interface Compared {
  readonly whole: WholeAnswer;
  readonly atOnce: {
    readonly data: unknown;
    readonly errors: readonly { readonly path?: readonly (string | number)[] | undefined }[];
  };
  readonly about: string;
}

async function compare(world: World, engine: TestEngine, seed: number): Promise<Compared | undefined> {
  const operation = createOperation(world.monolith, seed);
  if (operation === undefined) return undefined;
  const query = deferSome(operation.query, seed);
  const { variables } = operation;
  const about = `${query}\n${JSON.stringify(variables)}\n${world.subgraphs.map(({ name, sdl }) => `# ${name}\n${sdl}`).join("\n")}`;
  const atOnce = await engine.execute(query, { variables });
  expect(atOnce.deferred, about).toBeUndefined();
  expect(atOnce.text, about).toBe((await engine.execute(operation.query, { variables })).text);
  const whole = await readWhole(await engine.execute(query, { variables, incremental: true })).catch(
    (error: unknown) => {
      throw new Error(about, { cause: error });
    },
  );
  return { whole, atOnce: { data: JSON.parse(atOnce.text ?? "null"), errors: atOnce.errors }, about };
}

/** Where errors' paths meet null: of what else failed below a null, who writes first decides what is told. */
function nulledBy(errors: Compared["atOnce"]["errors"], data: unknown): readonly string[] {
  const places = errors.map(({ path = [] }) => {
    let at: any = data;
    const end = path.findIndex((segment) => {
      if (at === null || at === undefined) return true;
      at = Object.hasOwn(at, segment) ? at[segment] : undefined;
      return false;
    });
    return JSON.stringify(end === -1 ? path : path.slice(0, end));
  });
  return [...new Set(places)].sort();
}

test("the parts of an answer make the answer", async () => {
  let fragments = 0;
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const world = createWorld(seed);
      const engine = createEngine(world);
      for (let index = 0; index < operationsPerWorld; index++) {
        const compared = await compare(world, engine, seed + index);
        if (compared === undefined) continue;
        const { whole, atOnce, about } = compared;
        expect(whole.data, about).toEqual(atOnce.data);
        expect(whole.errors, about).toEqual(atOnce.errors);
        expect(whole.extensions, about).toEqual({});
        fragments += whole.fragments;
      }
    }),
    { numRuns: cases, endOnFailure: true },
  );
  expect(fragments).toBeGreaterThan(cases);
}, 600_000);

test("when fields fail, the parts have the nulls and errors of the answer, as far as no null leaves a part", async () => {
  let same = 0;
  let nulled = 0;
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const world = createWorld(seed);
      const engine = createEngine(world);
      const random = createRandom(seed);
      for (let index = 0; index < operationsPerWorld; index++) {
        world.faults.failing.clear();
        for (const field of world.mayFail) if (random.chance(6)) world.faults.failing.add(field);
        const compared = await compare(world, engine, seed + index);
        if (compared === undefined) continue;
        const { whole, atOnce, about } = compared;
        if (whole.nulled > 0) {
          // What propagates further than a part nulls more at once.
          nulled++;
          expect(whole.errors.length, about).toBeGreaterThan(0);
          expect(atOnce.errors.length, about).toBeGreaterThan(0);
          continue;
        }
        expect(whole.data, about).toEqual(atOnce.data);
        expect(nulledBy(whole.errors, whole.data), about).toEqual(nulledBy(atOnce.errors, atOnce.data));
        if (whole.fragments > 0 && atOnce.errors.length > 0) same++;
      }
    }),
    { numRuns: cases, endOnFailure: true },
  );
  expect(same).toBeGreaterThan(cases / 4);
  expect(nulled).toBeGreaterThan(0);
}, 600_000);
