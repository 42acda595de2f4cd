import { composeServices } from "@apollo/composition";
import { buildSubgraphSchema } from "@apollo/subgraph";
import fc from "fast-check";
import { graphql, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { anonymous } from "#policies";
import { planHere } from "../../plan/plan-here.ts";
import type { SubgraphClient, SubgraphRequest } from "../../transport/subgraph-client.ts";
import type { ExecutionResult } from "../executor.ts";
import { createCompiledExecutor } from "./compiled-executor.ts";

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const sdl = {
  products: `${link} type Query { products(first: Int): [Product!]! } type Product @key(fields: "upc") { upc: ID! name: String }`,
  stock: `${link} type Product @key(fields: "upc") { upc: ID! stock: Int place: Place } type Place @key(fields: "id") { id: ID! }`,
  places: `${link} type Place @key(fields: "id") { id: ID! city: String }`,
};

const services = Object.entries(sdl).map(([name, typeDefs]) => ({
  name,
  url: `http://${name}.invalid`,
  typeDefs: parse(typeDefs),
}));
const planning = planHere(composeServices(services).supergraphSdl ?? "");

/** What the subgraphs say at the moment; changed by tests. */
interface Facts {
  names: string[];
  stock: Record<string, number>;
  place: Record<string, string>;
  city: Record<string, string>;
}

function createMesh(replayBytes: number) {
  const facts: Facts = { names: ["A", "B"], stock: {}, place: {}, city: {} };
  const resolvers = {
    products: {
      Query: {
        products: (_: unknown, { first }: { first?: number }) =>
          facts.names.slice(0, first).map((name, index) => ({ upc: String(index), name })),
      },
    },
    stock: {
      Product: {
        __resolveReference: ({ upc }: { upc: string }) => ({
          upc,
          stock: facts.stock[upc] ?? 0,
          place: facts.place[upc] === undefined ? null : { id: facts.place[upc] },
        }),
      },
    },
    places: { Place: { __resolveReference: ({ id }: { id: string }) => ({ id, city: facts.city[id] ?? null }) } },
  };
  const sent: SubgraphRequest[] = [];
  const parsed: string[] = [];
  let failing: string | undefined;
  const clients = new Map(
    Object.entries(sdl).map(([name, typeDefs]): [string, SubgraphClient] => {
      const schema = buildSubgraphSchema([
        { typeDefs: parse(typeDefs), resolvers: resolvers[name as keyof typeof sdl] as never },
      ]);
      return [
        name,
        {
          name,
          async execute(request) {
            sent.push(request);
            if (failing === name) throw new Error("down");
            const { query, variables } = request;
            const bytes = Buffer.from(
              JSON.stringify(await graphql({ schema, source: query, variableValues: variables })),
            );
            if (request.remembered !== undefined && bytes.equals(request.remembered)) return { unchanged: true };
            parsed.push(name);
            return { ...JSON.parse(bytes.toString()), bytes };
          },
          close: () => Promise.resolve(),
        },
      ];
    }),
  );
  const executor = createCompiledExecutor({ planning, clients, replayBytes });
  const documents = new Map<string, ReturnType<typeof parse>>();
  return {
    facts,
    sent,
    parsed,
    fail: (name: string | undefined) => {
      failing = name;
    },
    ask(query: string, variables: Record<string, unknown> = {}): Promise<ExecutionResult> {
      const document = documents.get(query) ?? parse(query);
      documents.set(query, document);
      return executor.execute({
        query,
        document,
        operationName: undefined,
        variables,
        caller: anonymous,
        signal: new AbortController().signal,
        headers: new Map(),
        decisions: undefined,
      });
    },
  };
}

const deep = "query ($first: Int) { products(first: $first) { name stock place { city } } }";

describe("replay", () => {
  it("asks every subgraph again and parses nothing that did not change", async () => {
    const mesh = createMesh(1_000_000);
    mesh.facts.place = { 0: "x" };
    mesh.facts.city = { x: "Rome" };
    const first = await mesh.ask(deep);
    await mesh.ask(deep);
    expect(mesh.parsed).toEqual(["products", "stock", "places", "products", "stock", "places"]);
    mesh.sent.length = mesh.parsed.length = 0;
    const third = await mesh.ask(deep);
    expect(third.text).toBe(first.text);
    expect(mesh.sent).toHaveLength(3);
    expect(mesh.parsed).toEqual([]);
    expect(await mesh.ask(deep)).toBe(third);
  });

  it("goes on from the first answer that changed, without asking anything twice", async () => {
    const mesh = createMesh(1_000_000);
    mesh.facts.place = { 0: "x", 1: "y" };
    mesh.facts.city = { x: "Rome", y: "Oslo" };
    await mesh.ask(deep);
    await mesh.ask(deep);
    mesh.sent.length = mesh.parsed.length = 0;
    mesh.facts.place = { 0: "y" };
    expect(JSON.parse((await mesh.ask(deep)).text ?? "")).toEqual({
      products: [
        { name: "A", stock: 0, place: { city: "Oslo" } },
        { name: "B", stock: 0, place: null },
      ],
    });
    expect(mesh.sent).toHaveLength(3);
    expect(mesh.parsed).toEqual(["stock", "places"]);
    mesh.parsed.length = 0;
    await mesh.ask(deep);
    expect(mesh.parsed).toEqual([]);
  });

  it("never keeps an answer with errors, and tells of a subgraph that fails now", async () => {
    const mesh = createMesh(1_000_000);
    await mesh.ask(deep);
    await mesh.ask(deep);
    mesh.fail("stock");
    const failed = await mesh.ask(deep);
    expect(failed.errors.length).toBeGreaterThan(0);
    expect(JSON.parse(failed.text ?? "").products[0]).toEqual({ name: "A", stock: null, place: null });
    expect(failed.repeatable).toBeUndefined();
    mesh.fail(undefined);
    expect((await mesh.ask(deep)).errors).toEqual([]);
  });

  it("gives up on answers that change every time, and finds out when they no longer do", async () => {
    const mesh = createMesh(1_000_000);
    const parsedOn = async (change: boolean): Promise<number> => {
      mesh.parsed.length = 0;
      if (change) mesh.facts.stock[0] = (mesh.facts.stock[0] ?? 0) + 1;
      await mesh.ask(deep);
      return mesh.parsed.length;
    };
    const wantsBytes = (): boolean => mesh.sent.at(-1)?.wantsBytes === true;
    for (let times = 0; times < 12; times++) await parsedOn(true);
    let recorded = 0;
    for (let times = 0; times < 50; times++) {
      await parsedOn(true);
      if (wantsBytes()) recorded++;
    }
    expect(recorded).toBeLessThan(10);
    let parsed = 1;
    for (let times = 0; times < 600 && parsed > 0; times++) parsed = await parsedOn(false);
    expect(parsed).toBe(0);
  });

  it("keeps nothing beyond its budget", async () => {
    const mesh = createMesh(100);
    for (let times = 0; times < 3; times++) await mesh.ask(deep);
    mesh.parsed.length = 0;
    await mesh.ask(deep);
    expect(mesh.parsed).toHaveLength(2);
  });

  it("gives the answer that a run without memory gives, whatever changes between and while requests run", async () => {
    const upc = fc.constantFrom("0", "1", "2");
    const place = fc.constantFrom("x", "y");
    const change = fc.oneof(
      fc.record({ kind: fc.constant("names" as const), count: fc.nat(3) }),
      fc.record({ kind: fc.constant("stock" as const), upc, stock: fc.nat(2) }),
      fc.record({ kind: fc.constant("place" as const), upc, place: fc.option(place, { nil: undefined }) }),
      fc.record({ kind: fc.constant("city" as const), place, city: fc.constantFrom("Rome", "Oslo") }),
      fc.record({ kind: fc.constant("nothing" as const) }),
    );
    const asked = fc.record({ first: fc.constantFrom(undefined, 1, 2), times: fc.integer({ min: 1, max: 3 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(change, asked), { minLength: 4, maxLength: 12 }), async (steps) => {
        const remembering = createMesh(1_000_000);
        const plain = createMesh(0);
        for (const [what, { first, times }] of steps) {
          for (const { facts } of [remembering, plain]) {
            if (what.kind === "names") facts.names = ["A", "B", "C"].slice(0, what.count);
            else if (what.kind === "stock") facts.stock[what.upc] = what.stock;
            else if (what.kind === "place" && what.place === undefined) delete facts.place[what.upc];
            else if (what.kind === "place") facts.place[what.upc] = what.place ?? "";
            else if (what.kind === "city") facts.city[what.place] = what.city;
          }
          const variables = first === undefined ? {} : { first };
          const expected = await plain.ask(deep, variables);
          const answers = await Promise.all(Array.from({ length: times }, () => remembering.ask(deep, variables)));
          for (const { text, errors } of answers) {
            expect(text).toBe(expected.text);
            expect(errors).toEqual([]);
          }
        }
      }),
      { numRuns: Number(process.env.REPLAY_RUNS ?? 60) },
    );
  });
});
