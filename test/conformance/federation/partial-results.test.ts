/** What a client gets when a subgraph fails, in every way a subgraph can: as much as there is, and an error that says where. */
import { describe, expect, test } from "vitest";
import type { Decision } from "#policies";
import { SubgraphFailure } from "../../../gateway/transport/subgraph-failure.ts";
import type { TestRequest } from "../../engine.ts";
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
const failures = {
  internal: { message: 'Subgraph "stock" failed', code: "DOWNSTREAM_SERVICE_ERROR", reason: "internal" },
  noResponse: {
    message: 'Subgraph "stock" answered with JSON that is no GraphQL response',
    code: "DOWNSTREAM_SERVICE_ERROR",
    reason: "invalid-response",
  },
  unfit: {
    message: 'Subgraph "stock" answered with a value that the schema does not allow',
    code: "RESPONSE_VALIDATION_FAILED",
  },
} as const;

function failed(kind: keyof typeof failures, ...path: (string | number)[]): object {
  const { message, ...extensions } = failures[kind];
  return { message, path, extensions: { ...extensions, serviceName: "stock" } };
}

describe("a subgraph that gives nothing usable", () => {
  test.each<[string, keyof typeof failures, NonNullable<SubgraphDefinition["respond"]>]>([
    ["fails", "internal", () => Promise.reject(new Error("connect ECONNREFUSED 10.0.0.7:4001"))],
    [
      "throws at once",
      "internal",
      () => {
        throw new Error("secret");
      },
    ],
    ["answers nothing", "noResponse", () => undefined],
    ["answers null", "noResponse", () => null],
    ["answers a list", "noResponse", () => []],
    ["answers text", "noResponse", () => "<html>502</html>"],
    ["answers without data", "noResponse", () => ({})],
    ["answers data of another type", "noResponse", () => ({ data: "text" })],
    ["answers data: null", "unfit", () => ({ data: null })],
    ["answers no entities", "unfit", () => ({ data: {} })],
    ["answers null for the entities", "unfit", () => ({ data: { _entities: null } })],
    ["answers too few entities", "unfit", () => ({ data: { _entities: [{ stock: 1 }] } })],
    ["answers too many entities", "unfit", () => ({ data: { _entities: [{ stock: 1 }, { stock: 2 }, { stock: 3 }] } })],
    ["answers an object for the entities", "unfit", () => ({ data: { _entities: { 0: { stock: 1 } } } })],
    ["answers errors that are none", "unfit", () => ({ data: null, errors: [] })],
  ])("when it %s: its fields are null, each with an error at the client's name for it", async (_, kind, respond) => {
    const answer = await meshWith(respond).query("{ products { name left: stock right: stock } }");
    const data = names.map((product) => ({ ...product, left: null, right: null }));
    expect(answer.data).toEqual({ products: data });
    expect(answer.errors).toEqual(
      [0, 1, 2].flatMap((at) => [failed(kind, "products", at, "left"), failed(kind, "products", at, "right")]),
    );
  });

  test("a null propagates to the next nullable object, and has no second error", async () => {
    const answer = await meshWith(() => ({ data: null })).query("{ products { name must } }");
    expect(answer.data).toEqual({ products: [null, null, null] });
    expect(answer.errors).toEqual([0, 1, 2].map((at) => failed("unfit", "products", at, "must")));
  });

  test("and to the root when nothing between is nullable", async () => {
    const answer = await meshWith(() => ({ data: null })).query("{ products { name } best { must } }");
    expect(answer.data).toBeNull();
    expect(answer.errors).toEqual([failed("unfit", "best", "must")]);
  });

  test("an error that is safe to show says what it says", async () => {
    const cause = new SubgraphFailure("stock", "timeout");
    const answer = await meshWith(() => Promise.reject(cause)).query("{ best { stock } }");
    expect(answer.errors).toEqual([
      {
        message: 'Subgraph "stock" did not answer in time',
        path: ["best", "stock"],
        extensions: { code: "GATEWAY_TIMEOUT", serviceName: "stock", reason: "timeout" },
      },
    ]);
  });

  describe("behind many objects", () => {
    const count = 1000;
    const many = Array.from({ length: count }, (_, index) => ({ upc: String(index), name: "x" }));
    const manyWith = (options = {}): TestMesh =>
      createTestMesh(
        {
          products: { ...products, resolvers: { Query: { products: () => many } } },
          stock: {
            sdl: 'type Product @key(fields: "upc") { upc: String! stock: Int a: Int b: Int c: Int d: Int }',
            respond: () => null,
          },
        },
        options,
      );
    const query = "{ products { stock a b c d } }";

    test("does not make many errors: the last one says how many are left out", async () => {
      const { errors } = await manyWith().query(query);
      expect(errors).toHaveLength(50);
      expect(errors.at(-1)?.extensions).toMatchObject({ furtherPaths: 5 * count - 50 });
      expect(errors.at(-2)?.extensions).not.toHaveProperty("furtherPaths");
    });

    test("makes as many as are allowed", async () => {
      const { errors } = await manyWith({ maxPathsPerCause: Number.POSITIVE_INFINITY }).query(query);
      expect(errors).toHaveLength(5 * count);
      expect(new Set(errors.map(({ path }) => JSON.stringify(path))).size).toBe(5 * count);
    });
  });

  test("every further fetch that needs what is missing tells of the first failure", async () => {
    const mesh = createTestMesh({
      products,
      stock: {
        sdl: `type Product @key(fields: "upc") { upc: String! weight: Int }`,
        respond: () => Promise.reject(new SubgraphFailure("stock", "unreachable")),
      },
      shipping: {
        sdl: `type Product @key(fields: "upc") {
          upc: String! weight: Int @external costs: Int @requires(fields: "weight") days: Int
        }`,
        resolvers: { Product: { __resolveReference: (product: object) => product, days: () => 3 } },
      },
    });
    const answer = await mesh.query("{ best { costs days } }");
    expect(answer).toEqual({
      data: { best: { costs: null, days: 3 } },
      errors: [
        {
          message: 'Subgraph "stock" could not be reached',
          path: ["best", "costs"],
          extensions: { code: "DOWNSTREAM_SERVICE_ERROR", serviceName: "stock", reason: "unreachable" },
        },
      ],
    });
  });

  test("of two root fields, those of the subgraph that fails have an error each", async () => {
    const mesh = createTestMesh({
      products,
      stock: { sdl: "type Query { total: Int places: [String!] }", respond: () => ({ data: null }) },
    });
    expect(await mesh.query("{ sum: total best { name } places }")).toEqual({
      data: { sum: null, best: { name: "A" }, places: null },
      errors: [failed("unfit", "sum"), failed("unfit", "places")],
    });
  });
});

describe("a subgraph that gives some of it", () => {
  test("one entity of no sense costs only its own objects their fields", async () => {
    const answer = await meshWith(() => ({ data: { _entities: ["what?", { stock: 2 }] } })).query(
      "{ products { name stock } }",
    );
    expect(answer.data.products.map(({ stock }: { stock: unknown }) => stock)).toEqual([null, 2, null]);
    expect(answer.errors).toEqual([failed("unfit", "products", 0, "stock"), failed("unfit", "products", 2, "stock")]);
  });

  test("a field that a subgraph leaves out is null with an error", async () => {
    const answer = await meshWith(() => ({ data: { _entities: [{}, { stock: 2 }] } })).query("{ products { stock } }");
    expect(answer.data).toEqual({ products: [{ stock: null }, { stock: 2 }, { stock: null }] });
    expect(answer.errors).toEqual(
      [0, 2].map((index) => ({
        message: 'Subgraph "stock" left out "Product.stock"',
        path: ["products", index, "stock"],
        extensions: { code: "RESPONSE_VALIDATION_FAILED", serviceName: "stock" },
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

test("a field that needs something of an unknown entity has an error, whatever other types have by its name", async () => {
  const mesh = createTestMesh({
    shop: {
      sdl: `type Query { all: [Any] } union Any = Box | Bag type Bag @key(fields: "id") { id: ID! }
        type Box @key(fields: "id") { id: ID! weight: Int @external costs: Int @requires(fields: "weight") }`,
      resolvers: {
        Query: {
          all: () => [
            { __typename: "Box", id: "1" },
            { __typename: "Bag", id: "2" },
          ],
        },
      },
    },
    stock: {
      sdl: `type Box @key(fields: "id") { id: ID! weight: Int } type Bag @key(fields: "id") { id: ID! costs: Int }`,
      respond: () => ({ data: { _entities: [null, { costs: null }] } }),
    },
  });
  expect(await mesh.query("{ all { ... on Box { costs } ... on Bag { costs } } }")).toEqual({
    data: { all: [{ costs: null }, { costs: null }] },
    errors: [
      {
        message: '"Box.costs" needs "Box.weight", which subgraph "stock" did not give',
        path: ["all", 0, "costs"],
        extensions: { code: "RESPONSE_VALIDATION_FAILED", serviceName: "stock" },
      },
    ],
  });
});

describe("a subgraph's own errors", () => {
  const reported = (...path: (string | number)[]): object => ({
    message: 'Subgraph "stock" reported an error',
    ...(path.length > 0 && { path }),
    extensions: { code: "DOWNSTREAM_SERVICE_ERROR", serviceName: "stock" },
  });
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

  test("without a path have none beside an answer that lacks nothing; broken ones break nothing", async () => {
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
    // All three say the same to the client.
    expect(answer.errors).toEqual([reported()]);
  });

  test("without a path explain what is missing, if something is", async () => {
    const entity = meshWith(() => ({ data: { _entities: [null, { stock: 2 }] }, errors: [{ message: "a" }] }));
    expect((await entity.query("{ products { stock } }")).errors).toEqual([
      reported("products", 0, "stock"),
      reported("products", 2, "stock"),
    ]);
    const nothing = meshWith(() => ({ data: null, errors: [{ message: "a" }, { message: "b" }] }));
    expect((await nothing.query("{ best { stock tags } }")).errors).toEqual([
      reported("best", "stock"),
      reported("best", "tags"),
      reported(),
    ]);
  });

  test("about an entity stand at each of its fields", async () => {
    const mesh = meshWith(() => ({
      data: { _entities: [null, { stock: 2, tags: [] }] },
      errors: [{ message: "a", path: ["_entities", 0] }],
    }));
    expect((await mesh.query("{ products { name stock tags } }")).errors).toEqual(
      [0, 2].flatMap((at) => [reported("products", at, "stock"), reported("products", at, "tags")]),
    );
  });

  test("that nulled an entity stand at their field; what the entity took along has them too", async () => {
    const mesh = meshWith(() => ({
      data: { _entities: [null, { stock: 2, must: 3 }] },
      errors: [{ message: "a", path: ["_entities", 0, "must"] }],
    }));
    const answer = await mesh.query("{ products { stock must } }");
    expect(answer.data).toEqual({ products: [null, { stock: 2, must: 3 }, null] });
    expect(answer.errors).toEqual([reported("products", 0, "must"), reported("products", 2, "must")]);
    // Whoever did not ask for `must` learns why the rest is missing.
    const one = meshWith(() => ({
      data: { _entities: [null] },
      errors: [{ message: "a", path: ["_entities", 0, "must"] }],
    }));
    expect((await one.query("{ best { name stock } }")).errors).toEqual([reported("best", "stock")]);
  });

  test("deep inside an entity, in lists, stand at their positions", async () => {
    const mesh = createTestMesh({
      products,
      shops: {
        sdl: `type Product @key(fields: "upc") { upc: String! shops: [[Shop]] } type Shop { name: String open: Boolean! }`,
        respond: () => ({
          data: { _entities: [{ shops: [[null, { name: null, open: true }], null] }] },
          errors: [
            { message: "a", path: ["_entities", 0, "shops", 0, 0, "open"] },
            { message: "b", path: ["_entities", 0, "shops", 0, 1, "name"] },
            { message: "c", path: ["_entities", 0, "shops", 1] },
          ],
        }),
      },
    });
    const answer = await mesh.query("{ best { shops { called: name open } } }");
    expect(answer.data).toEqual({ best: { shops: [[null, { called: null, open: true }], null] } });
    expect(answer.errors).toEqual(
      [
        ["best", "shops", 0, 0, "open"],
        ["best", "shops", 0, 1, "called"],
        ["best", "shops", 1],
      ]
        .map((path) => ({
          ...reported(...path),
          extensions: { code: "DOWNSTREAM_SERVICE_ERROR", serviceName: "shops" },
        }))
        .map((error) => ({ ...error, message: 'Subgraph "shops" reported an error' })),
    );
  });

  test("about what something else requires stand at the object, and at what cannot be had without it", async () => {
    const mesh = createTestMesh({
      products,
      stock: {
        sdl: `type Product @key(fields: "upc") { upc: String! weight: Int! }`,
        respond: () => ({
          data: { _entities: [null] },
          errors: [{ message: "a", path: ["_entities", 0, "weight"] }],
        }),
      },
      shipping: {
        sdl: `type Product @key(fields: "upc") { upc: String! weight: Int! @external costs: Int @requires(fields: "weight") }`,
      },
    });
    expect(await mesh.query("{ best { name costs } }")).toEqual({
      data: { best: { name: "A", costs: null } },
      errors: [reported("best"), reported("best", "costs")],
    });
  });
});

describe("masks and denials at the writer", () => {
  const mesh = meshWith(({ variables }: SentRequest): object => ({
    data: { _entities: (variables.representations as unknown[]).map((_, index) => ({ stock: index + 1 })) },
  }));
  const decisions = (...entries: [string, Decision][]): TestRequest => ({ decisions: new Map(entries) });
  const redact: Decision = { effect: "mask", mask: { technique: "redact" }, policy: "p" };
  const deny: Decision = { effect: "deny", policy: "p", reason: "it is nobody's business" };

  test("a mask is applied to the value on its way out and never reaches a subgraph", async () => {
    const query = "{ products { n: name upc stock } }";
    const answer = await mesh.query(query, {}, decisions(["Product.name", redact]));
    expect(answer.data.products[0]).toEqual({ n: "***", upc: "1", stock: 1 });
    expect(JSON.stringify(mesh.sent)).not.toContain("***");
    expect((await mesh.query(query)).data.products[0]).toEqual({ n: "A", upc: "1", stock: 1 });
  });

  test("a denied field is never asked for and null with an error at each place", async () => {
    mesh.sent.length = 0;
    const answer = await mesh.query("{ best { name stock } }", {}, decisions(["Product.stock", deny]));
    expect(answer).toEqual({
      data: { best: { name: "A", stock: null } },
      errors: [
        {
          message: "Product.stock is denied by the policy p: it is nobody's business.",
          path: ["best", "stock"],
          extensions: { code: "FORBIDDEN", coordinate: "Product.stock", policy: "p" },
        },
      ],
    });
    expect(mesh.sent.map(({ subgraph }) => subgraph)).toEqual(["products"]);
  });

  test("a field that is null by decision has no error", async () => {
    const answer = await mesh.query(
      "{ best { stock name } }",
      {},
      decisions(["Product.stock", { effect: "null", policy: "p" }]),
    );
    expect(answer).toEqual({ data: { best: { stock: null, name: "A" } }, errors: [] });
  });
});
