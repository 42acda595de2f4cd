import { GraphQLError, parse, printSchema, type Source } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compose } from "../../../bench/engine/compose-shop.ts";
import { createShop, deepQuery } from "../../../bench/engine/shop.ts";
import { silentLogger } from "../../observability/logger.ts";
import { createMetrics } from "../../observability/metrics.ts";
import { planHere } from "../plan-here.ts";
import type { PlannedOperation, PlanOptions } from "../planner.ts";
import type { Planning } from "../planning.ts";
import { fromPlainError, toPlainError } from "./messages.ts";
import { planInWorker } from "./plan-in-worker.ts";

const options = { timeoutMs: 30_000, idleMs: 60_000, maxMemoryMb: 512, logger: silentLogger, metrics: createMetrics() };
const start = (sdl: string): Promise<Planning> => planInWorker(sdl, parse(sdl, { noLocation: true }), options);

/** `names` is a function with a memory: it is compared by what it has reserved. */
const comparable = ({ names, ...planned }: PlannedOperation): object => ({ ...planned, names: names.save() });

describe("planning in a worker", () => {
  const sdl = compose(createShop());
  const here = planHere(sdl);
  let there: Planning;
  beforeAll(async () => {
    there = await start(sdl);
  });
  afterAll(() => there.close());

  it("gives the schemas that planning on the calling thread gives", () => {
    expect(printSchema(there.apiSchema)).toBe(printSchema(here.apiSchema));
    expect(printSchema(there.supergraphSchema)).toBe(printSchema(here.supergraphSchema));
    expect(there.overrideLabels).toEqual(here.overrideLabels);
  });

  const cases: readonly [string, string, PlanOptions][] = [
    ["a deep operation", deepQuery, {}],
    ["an operation without a fetch", "{ __typename }", {}],
    ["one of several operations", "query A { me { id } } query B { me { name } }", { operationName: "B" }],
    ["aliases and arguments", "{ a: topProducts(first: 1) { b: name } c: topProducts(first: 2) { name } }", {}],
    [
      "conditions",
      "query ($yes: Boolean!, $no: Boolean!) { me { id @skip(if: $yes) name @include(if: $yes) username @include(if: $no) } }",
      { conditions: new Map([["yes", true]]) },
    ],
    ["hidden fields", "{ me { id name reviews { body } } }", { hidden: new Set(["User.name", "Review.body"]) }],
  ];
  it.each(cases)("plans %s as the calling thread does", async (_, text, planOptions) => {
    const document = parse(text);
    const planned = await there.plan(text, document, planOptions);
    expect(comparable(planned)).toStrictEqual(comparable(await here.plan(text, document, planOptions)));
    expect(Object.isFrozen(planned.plan)).toBe(true);
    expect(planned.document.definitions).toContain(planned.operation);
  });

  it("rejects with the planner's own error and plans the next operation", async () => {
    const text = "query A { me { id } } query B { me { id } }";
    const error = await here.plan(text, parse(text)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    await expect(there.plan(text, parse(text))).rejects.toThrow((error as Error).message);
    expect((await there.plan("{ me { id } }", parse("{ me { id } }"))).plan.root).toBeDefined();
  });

  it("takes no further operation once it is closed", async () => {
    const planning = await start(sdl);
    await planning.close();
    await expect(planning.plan("{ me { id } }", parse("{ me { id } }"))).rejects.toMatchObject({
      code: "SHUTTING_DOWN",
    });
  });
});

describe("a planning worker", () => {
  it("does not start for a text that is no supergraph, and says why in the planner's words", async () => {
    const sdl = "type Query { a: Int }";
    await expect(start(sdl)).rejects.toThrow(
      (() => {
        try {
          planHere(sdl);
          return "a supergraph";
        } catch (error) {
          return (error as Error).message;
        }
      })(),
    );
  });

  it("throws a GraphQLError as the planner threw it", () => {
    const text = "{ me }";
    const source = { body: text, name: "GraphQL request", locationOffset: { line: 1, column: 1 } } as Source;
    const thrown = new GraphQLError("No subgraph", {
      path: ["me", 0],
      positions: [2],
      source,
      extensions: { code: "FIELD_NOT_RESOLVABLE", more: [1] },
    });
    const crossed = fromPlainError(structuredClone(toPlainError(thrown)), text);
    expect(crossed).toBeInstanceOf(GraphQLError);
    expect((crossed as GraphQLError).toJSON()).toEqual(thrown.toJSON());
    expect((crossed as GraphQLError).toJSON().locations).toEqual([{ line: 1, column: 3 }]);
  });
});
