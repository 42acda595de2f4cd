import { composeServices } from "@apollo/composition";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { graphql, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { toAbortSignal } from "#http";
import { anonymous, type Decision } from "#policies";
import { planHere } from "../../plan/plan-here.ts";
import type { SubgraphClient } from "../../transport/subgraph-client.ts";
import type { ExecutionResult, LaterPayload } from "../executor.ts";
import { createCompiledExecutor } from "./compiled-executor.ts";

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const sdl = {
  users: `${link} type Query { users: [User!]! me: User } type Mutation { touch: User } type User @key(fields: "id") { id: ID! name: String }`,
  reviews: `${link} type User @key(fields: "id") { id: ID! reviews: [Review!] best: Review! } type Review { id: ID! product: Product } type Product @key(fields: "upc", resolvable: false) { upc: ID! }`,
  products: `${link} type Product @key(fields: "upc") { upc: ID! title: String price: Int! }`,
};
const users = ["1", "2"].map((id) => ({ id, name: `user ${id}` }));
const resolvers = {
  users: {
    Query: { users: () => users, me: () => users[0] },
    Mutation: { touch: () => users[1] },
    User: { __resolveReference: ({ id }: { id: string }) => users.find((user) => user.id === id) },
  },
  reviews: {
    User: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      reviews: ({ id }: { id: string }) => [{ id: `r${id}`, product: { upc: `p${id}` } }],
      best: () => null,
    },
  },
  products: {
    Product: {
      __resolveReference: ({ upc }: { upc: string }) => ({ upc, title: `title ${upc}` }),
      price: ({ upc }: { upc: string }) => (upc === "p2" ? null : 5),
    },
  },
};
type Name = keyof typeof sdl;
const services = Object.entries(sdl).map(([name, text]) => ({
  name,
  url: `http://${name}.invalid`,
  typeDefs: parse(text),
}));
const planning = planHere(composeServices(services).supergraphSdl ?? "");

/** Subgraphs that answer when they are let; what they were asked is in `asked`. */
function createMesh(held: readonly Name[] = []) {
  const gates = new Map(held.map((name) => [name, Promise.withResolvers<void>()]));
  const asked: Name[] = [];
  const clients = Object.entries(sdl).map(([key, text]): [string, SubgraphClient] => {
    const name = key as Name;
    const schema = buildSubgraphSchema([{ typeDefs: parse(text), resolvers: resolvers[name] as never }]);
    return [
      name,
      {
        name,
        async execute({ query, variables }, cancellation) {
          asked.push(name);
          const gate = gates.get(name);
          if (gate !== undefined) {
            toAbortSignal(cancellation).addEventListener("abort", () => gate.reject(new Error("aborted")));
            if (cancellation.aborted) gate.reject(new Error("aborted"));
            await gate.promise;
          }
          const result = await graphql({ schema, source: query, variableValues: variables });
          return { ...JSON.parse(JSON.stringify(result)), extensions: { products: { [name]: { version: "1" } } } };
        },
        async close() {},
      },
    ];
  });
  const executor = createCompiledExecutor({ planning, clients: new Map(clients), subgraphMessages: "shown" });
  return {
    asked,
    letGo: (name: Name) => gates.get(name)?.resolve(),
    ask: (
      query: string,
      {
        variables = {},
        signal = new AbortController().signal,
        incremental = true,
        decisions,
      }: {
        variables?: Record<string, unknown>;
        signal?: AbortSignal;
        incremental?: boolean;
        decisions?: ReadonlyMap<string, Decision>;
      } = {},
    ): Promise<ExecutionResult> =>
      executor.execute({
        query,
        document: parse(query),
        operationName: undefined,
        variables,
        caller: anonymous,
        signal,
        headers: new Map(),
        decisions,
        incremental,
      }),
  };
}

const dataOf = ({ text }: { readonly text: string | undefined }): unknown => JSON.parse(text ?? "null");

async function laterOf(result: ExecutionResult): Promise<readonly object[]> {
  const payloads: object[] = [];
  for await (const payload of result.deferred?.payloads ?? []) payloads.push(readable(payload));
  await result.deferred?.ended;
  return payloads;
}

function readable({ fragments, hasNext, extensions }: LaterPayload): object {
  return {
    hasNext,
    ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
    fragments: fragments.map(({ text, path, label, errors }) => ({
      data: dataOf({ text }),
      path: path.join("."),
      ...(label === undefined ? {} : { label }),
      ...(errors.length === 0 ? {} : { errors: errors.map((error) => `${error.message} at ${error.path?.join(".")}`) }),
    })),
  };
}

describe("a deferred answer", () => {
  it("begins without waiting for what comes later, which has its place, its label and what is new", async () => {
    const mesh = createMesh(["reviews"]);
    const result = await mesh.ask(`{ users { name ... @defer(label: "reviews") { reviews { id } } } }`);
    expect(dataOf(result)).toEqual({ users: [{ name: "user 1" }, { name: "user 2" }] });
    expect(result.extensions).toEqual({ products: { users: { version: "1" } } });
    expect(mesh.asked).toEqual(["users", "reviews"]);
    mesh.letGo("reviews");
    expect(await laterOf(result)).toEqual([
      {
        hasNext: false,
        extensions: { products: { users: { version: "1" }, reviews: { version: "1" } } },
        fragments: [
          { data: { reviews: [{ id: "r1" }] }, path: "users.0", label: "reviews" },
          { data: { reviews: [{ id: "r2" }] }, path: "users.1", label: "reviews" },
        ],
      },
    ]);
  });

  it("sends each part as soon as it is there, parts inside parts after those around them", async () => {
    const mesh = createMesh(["products"]);
    const query = `{ me { ... @defer { reviews { product { upc ... @defer { title } } } } name } }`;
    const result = await mesh.ask(query);
    expect(dataOf(result)).toEqual({ me: { name: "user 1" } });
    const payloads = result.deferred?.payloads[Symbol.asyncIterator]();
    expect(readable((await payloads?.next())?.value as LaterPayload)).toMatchObject({
      hasNext: true,
      fragments: [{ data: { reviews: [{ product: { upc: "p1" } }] }, path: "me" }],
    });
    mesh.letGo("products");
    expect(readable((await payloads?.next())?.value as LaterPayload)).toMatchObject({
      hasNext: false,
      fragments: [{ data: { title: "title p1" }, path: "me.reviews.0.product" }],
    });
    expect((await payloads?.next())?.done).toBe(true);
  });

  it("asks one subgraph apart for what comes at once and for what comes later", async () => {
    const mesh = createMesh();
    const query = "{ me { reviews { id } } users { ... @defer { reviews { id } } } }";
    const result = await mesh.ask(query);
    expect(dataOf(result)).toEqual({ me: { reviews: [{ id: "r1" }] }, users: [{}, {}] });
    await laterOf(result);
    expect(mesh.asked).toEqual(["users", "reviews", "reviews"]);
    mesh.asked.length = 0;
    await mesh.ask(query, { incremental: false });
    expect(mesh.asked).toEqual(["users", "reviews"]);
  });

  it.each([
    ["if is false", "{ me { name ... @defer(if: false) { reviews { id } } } }", {}],
    [
      "its variable is false",
      "query ($x: Boolean = true) { me { name ... @defer(if: $x) { reviews { id } } } }",
      { x: false },
    ],
    ["nothing is there for it", "{ me { name } users { ... @include(if: false) { ... @defer { name } } id } }", {}],
    ["the schema is asked for", "{ me { name ... @defer { reviews { id } } } __schema { queryType { name } } }", {}],
  ])("comes at once where %s", async (_, query, variables) => {
    const result = await createMesh().ask(query, { variables });
    expect(result.deferred).toBeUndefined();
    expect(result.text).toBe((await createMesh().ask(query, { variables, incremental: false })).text);
  });

  it("comes at once for who does not take it in parts", async () => {
    const result = await createMesh().ask("{ me { name ... @defer { reviews { id } } } }", { incremental: false });
    expect([result.deferred, dataOf(result)]).toEqual([undefined, { me: { name: "user 1", reviews: [{ id: "r1" }] } }]);
  });

  it("lets a variable decide, with its default", async () => {
    const query = "query ($x: Boolean = true) { me { name ... @defer(if: $x) { reviews { id } } } }";
    expect((await createMesh().ask(query)).deferred).toBeDefined();
    expect((await createMesh().ask(query, { variables: { x: true } })).deferred).toBeDefined();
  });

  it("keeps errors and the nulls that they bring inside the part", async () => {
    const query = "{ users { name ... @defer { reviews { product { price } } } ... @defer { best { id } } } }";
    const result = await createMesh().ask(query.replace("... @defer { best { id } }", ""));
    expect([dataOf(result), result.errors]).toEqual([{ users: [{ name: "user 1" }, { name: "user 2" }] }, []]);
    expect(await laterOf(result)).toMatchObject([
      {
        fragments: [
          { data: { reviews: [{ product: { price: 5 } }] }, path: "users.0" },
          {
            data: { reviews: [{ product: null }] },
            path: "users.1",
            errors: [expect.stringMatching(/Product.price. at users.1.reviews.0.product.price$/)],
          },
        ],
      },
    ]);
    const other = await createMesh().ask(query.replace("... @defer { reviews { product { price } } }", ""));
    expect([dataOf(other), other.errors]).toEqual([{ users: [{ name: "user 1" }, { name: "user 2" }] }, []]);
    expect(await laterOf(other)).toMatchObject([
      {
        fragments: ["users.0", "users.1"].map((path) => ({
          data: null,
          path,
          errors: [expect.stringContaining(`User.best. at ${path}.best`)],
        })),
      },
    ]);
  });

  it("holds back in later parts what policies hold back", async () => {
    const decisions = new Map<string, Decision>([
      ["Product.title", { effect: "mask", mask: { technique: "redact" }, policy: "test" }],
      ["Product.price", { effect: "deny", policy: "test", reason: "not yours" }],
    ]);
    const query = "{ me { reviews { product { upc ... @defer { title price } } } } }";
    const mesh = createMesh();
    const later = await laterOf(await mesh.ask(query, { decisions }));
    expect(later).toMatchObject([{ fragments: [{ data: null, errors: [expect.stringContaining("Product.price")] }] }]);
    const masked = await laterOf(await mesh.ask(query.replace(" price", ""), { decisions }));
    expect(masked).toMatchObject([{ fragments: [{ data: { title: "***" } }] }]);
  });

  it("runs the fields of a mutation one after the other, and defers below them", async () => {
    const mesh = createMesh();
    const result = await mesh.ask("mutation { a: touch { name ... @defer { reviews { id } } } b: touch { id } }");
    expect(dataOf(result)).toEqual({ a: { name: "user 2" }, b: { id: "2" } });
    expect(await laterOf(result)).toMatchObject([{ fragments: [{ data: { reviews: [{ id: "r2" }] }, path: "a" }] }]);
  });

  it("ends when the client goes away, without another word", async () => {
    const mesh = createMesh(["reviews"]);
    const gone = new AbortController();
    const result = await mesh.ask("{ me { name ... @defer { reviews { id } } } }", { signal: gone.signal });
    gone.abort();
    expect(await laterOf(result)).toEqual([]);
  });

  it("is refused like any answer when the client goes away before it begins", async () => {
    const mesh = createMesh(["users"]);
    const gone = new AbortController();
    const result = mesh.ask("{ me { name ... @defer { reviews { id } } } }", { signal: gone.signal });
    gone.abort();
    await expect(result).rejects.toMatchObject({ code: "REQUEST_ABORTED" });
  });
});
