/** What a client gets when a subgraph fails, in every way a subgraph can: as much as there is, and an error that says where. */
import { describe, expect, test } from "vitest";
import { denied } from "../../../gateway/execution/compiled/run-state.ts";
import { SubgraphFailure } from "../../../gateway/transport/subgraph-failure.ts";
import { createTestMesh, type SentRequest, type SubgraphDefinition, type TestMesh } from "./mesh.fixture.ts";

const products: SubgraphDefinition = {
  sdl: `type Query { products: [Product] best: Product! } type Product @key(fields: "upc") { upc: String! name: String }`,
  resolvers: {
    Query: {
      products: () => [
        { upc: "1", name: "A" },
        { upc: "2", name: "B" },
        { upc: "1", name: "A" },
      ],
      best: () => ({ upc: "1", name: "A" }),
    },
  },
};

function meshWith(respond: SubgraphDefinition["respond"], options = {}): TestMesh {
  const sdl = 'type Product @key(fields: "upc") { upc: String! stock: Int must: Int! tags: [String] }';
  return createTestMesh({ products, stock: respond === undefined ? { sdl } : { sdl, respond } }, options);
}

const names = [{ name: "A" }, { name: "B" }, { name: "A" }];
const withoutStock = names.map((product) => ({ ...product, stock: null }));
const failed = (...path: (string | number)[]): object => ({
  message: 'Subgraph "stock" failed',
  path,
  extensions: { code: "DOWNSTREAM_SERVICE_ERROR", serviceName: "stock", reason: "internal" },
});

describe("a subgraph that gives nothing usable", () => {
  test.each<[string, NonNullable<SubgraphDefinition["respond"]>]>([
    ["fails", () => Promise.reject(new Error("connect ECONNREFUSED 10.0.0.7:4001"))],
    [
      "throws at once",
      () => {
        throw new Error("secret");
      },
    ],
    ["answers nothing", () => undefined],
    ["answers null", () => null],
    ["answers a list", () => []],
    ["answers text", () => "<html>502</html>"],
    ["answers without data", () => ({})],
    ["answers data: null", () => ({ data: null })],
    ["answers data of another type", () => ({ data: "text" })],
    ["answers no entities", () => ({ data: {} })],
    ["answers null for the entities", () => ({ data: { _entities: null } })],
    ["answers too few entities", () => ({ data: { _entities: [{ stock: 1 }] } })],
    ["answers too many entities", () => ({ data: { _entities: [{ stock: 1 }, { stock: 2 }, { stock: 3 }] } })],
    ["answers an object for the entities", () => ({ data: { _entities: { 0: { stock: 1 } } } })],
    ["answers errors that are none", () => ({ data: null, errors: [] })],
  ])("when it %s: its fields are null, with an error at every object that lacks them", async (_, respond) => {
    const answer = await meshWith(respond).query("{ products { name stock } }");
    expect(answer.data).toEqual({ products: withoutStock });
    expect(answer.errors).toEqual([failed("products", 0), failed("products", 1), failed("products", 2)]);
  });

  test("a null propagates to the next nullable object, and has no second error", async () => {
    const answer = await meshWith(() => ({ data: null })).query("{ products { name must } }");
    expect(answer.data).toEqual({ products: [null, null, null] });
    expect(answer.errors).toEqual([failed("products", 0), failed("products", 1), failed("products", 2)]);
  });

  test("and to the root when nothing between is nullable", async () => {
    const answer = await meshWith(() => ({ data: null })).query("{ products { name } best { must } }");
    expect(answer.data).toBeNull();
    expect(answer.errors).toEqual([failed("best")]);
  });

  test("an error that is safe to show says what it says", async () => {
    const cause = new SubgraphFailure("stock", "timeout");
    const answer = await meshWith(() => Promise.reject(cause)).query("{ best { stock } }");
    expect(answer.errors).toEqual([
      {
        message: 'Subgraph "stock" did not answer in time',
        path: ["best"],
        extensions: { code: "GATEWAY_TIMEOUT", serviceName: "stock", reason: "timeout" },
      },
    ]);
  });

  test("many objects do not make many errors: the last one says how many are left out", async () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ upc: String(index), name: "x" }));
    const mesh = createTestMesh({
      products: { ...products, resolvers: { Query: { products: () => many } } },
      stock: { sdl: 'type Product @key(fields: "upc") { upc: String! stock: Int }', respond: () => null },
    });
    const answer = await mesh.query("{ products { stock } }");
    expect(answer.errors).toHaveLength(50);
    expect(answer.errors.at(-1)?.extensions).toMatchObject({ furtherPaths: 450 });
  });
});

describe("a subgraph that gives some of it", () => {
  test("one entity of no sense costs only its own objects their fields", async () => {
    const answer = await meshWith(() => ({ data: { _entities: ["what?", { stock: 2 }] } })).query(
      "{ products { name stock } }",
    );
    expect(answer.data.products.map(({ stock }: { stock: unknown }) => stock)).toEqual([null, 2, null]);
    expect(answer.errors).toEqual([failed("products", 0), failed("products", 2)]);
  });

  test("a field that a subgraph leaves out is null with an error", async () => {
    const answer = await meshWith(() => ({ data: { _entities: [{}, { stock: 2 }] } })).query("{ products { stock } }");
    expect(answer.data).toEqual({ products: [{ stock: null }, { stock: 2 }, { stock: null }] });
    expect(answer.errors).toEqual(
      [0, 2].map((index) => ({
        message: "A subgraph left out Product.stock.",
        path: ["products", index, "stock"],
        extensions: { code: "RESPONSE_VALIDATION_FAILED" },
      })),
    );
  });

  test("an unknown entity is null without an error", async () => {
    const answer = await meshWith(() => ({ data: { _entities: [null, { stock: 2 }] } })).query(
      "{ products { stock } }",
    );
    expect(answer).toEqual({ data: { products: [{ stock: null }, { stock: 2 }, { stock: null }] }, errors: [] });
  });

  test("a value that has to be there and is not, without a word from anybody, gets an error of its own", async () => {
    const answer = await meshWith(() => ({ data: { _entities: [null, { must: 2 }] } })).query("{ products { must } }");
    expect(answer.data).toEqual({ products: [null, { must: 2 }, null] });
    expect(answer.errors).toEqual(
      [0, 2].map((index) => ({
        message: "Cannot return null for non-nullable field Product.must.",
        path: ["products", index, "must"],
        extensions: { code: "RESPONSE_VALIDATION_FAILED" },
      })),
    );
  });

  test.each([
    ["stock", { stock: "12" }],
    ["stock", { stock: 1.5 }],
    ["stock", { stock: 2 ** 40 }],
    ["stock", { stock: [1] }],
    ["stock", { stock: { a: 1 } }],
    ["tags", { tags: "a" }],
    ["tags", { tags: { length: 1 } }],
  ])("a value of the wrong type for %s is null with an error: %j", async (field, entity) => {
    const answer = await meshWith(() => ({ data: { _entities: [entity] } })).query(`{ best { name ${field} } }`);
    expect(answer.data).toEqual({ best: { name: "A", [field]: null } });
    expect(answer.errors.map(({ path }) => path)).toEqual([["best", field]]);
    expect(JSON.stringify(answer.errors)).not.toContain("12");
  });

  test("a wrong value in a list is null in the list", async () => {
    const answer = await meshWith(() => ({ data: { _entities: [{ tags: ["a", 7, null] }] } })).query(
      "{ best { tags } }",
    );
    expect(answer.data).toEqual({ best: { tags: ["a", null, null] } });
    expect(answer.errors.map(({ path }) => path)).toEqual([["best", "tags", 1]]);
  });
});

describe("a subgraph's own errors", () => {
  const respond = (): object => ({
    data: { _entities: [{ stock: null }, { stock: 2 }] },
    errors: [
      {
        message: "duplicate key value violates unique constraint",
        path: ["_entities", 0, "stock"],
        extensions: { code: "STOCK_LOCKED", stacktrace: ["at secret.ts:1"] },
      },
    ],
  });

  test("stand at every place of the client's answer, with their code, without their words", async () => {
    const answer = await meshWith(respond).query("{ all: products { left: stock right: stock } }");
    expect(answer.data.all).toEqual([
      { left: null, right: null },
      { left: 2, right: 2 },
      { left: null, right: null },
    ]);
    expect(answer.errors).toEqual(
      [
        ["all", 0, "left"],
        ["all", 0, "right"],
        ["all", 2, "left"],
        ["all", 2, "right"],
      ].map((path) => ({
        message: 'Subgraph "stock" reported an error',
        path,
        extensions: { code: "STOCK_LOCKED", serviceName: "stock" },
      })),
    );
  });

  test("say what they say when the configuration allows it", async () => {
    const mesh = meshWith(respond, { subgraphMessages: ["STOCK_LOCKED"] });
    const answer = await mesh.query("{ products { stock } }");
    expect(answer.errors[0]).toEqual({
      message: "duplicate key value violates unique constraint",
      path: ["products", 0, "stock"],
      extensions: { code: "STOCK_LOCKED", serviceName: "stock" },
    });
  });

  test("without a path stand where the fetch stands; broken ones break nothing", async () => {
    const mesh = meshWith(() => ({
      data: { _entities: [{ stock: 1 }, { stock: 2 }] },
      errors: [
        { message: "a" },
        null,
        "text",
        { path: "x", extensions: 7 },
        { message: 1, extensions: { code: "lower case" } },
      ],
    }));
    const answer = await mesh.query("{ products { stock } }");
    expect(answer.data.products).toEqual([{ stock: 1 }, { stock: 2 }, { stock: 1 }]);
    expect(answer.errors).toHaveLength(9);
    expect(new Set(answer.errors.map(({ extensions }) => extensions.code))).toEqual(
      new Set(["DOWNSTREAM_SERVICE_ERROR"]),
    );
  });
});

describe("masks and denials at the writer", () => {
  const slots = new Map([
    ["Product.name", 0],
    ["Product.stock", 1],
  ]);
  const stocked = ({ variables }: SentRequest): object => ({
    data: { _entities: (variables.representations as unknown[]).map((_, index) => ({ stock: index + 1 })) },
  });
  const mesh = meshWith(stocked, {
    maskSlots: (coordinate: string) => slots.get(coordinate),
  });

  test("a mask is applied to the value on its way out, never to null, and never reaches a subgraph", async () => {
    const answer = await mesh.query("{ products { n: name upc stock } }", {}, { masks: [(value) => `${value}***`] });
    expect(answer.data.products[0]).toEqual({ n: "A***", upc: "1", stock: 1 });
    expect(JSON.stringify(mesh.sent)).not.toContain("***");
    expect((await mesh.query("{ products { name } }")).data.products[0]).toEqual({ name: "A" });
  });

  test("a denied field is null with an error at each place", async () => {
    const answer = await mesh.query("{ best { name stock } }", {}, { masks: [undefined, denied] });
    expect(answer).toEqual({
      data: { best: { name: "A", stock: null } },
      errors: [
        { message: 'You may not read "Product.stock".', path: ["best", "stock"], extensions: { code: "FORBIDDEN" } },
      ],
    });
  });
});
