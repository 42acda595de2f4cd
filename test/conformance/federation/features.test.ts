/** What the federation specification offers, one feature at a time, with the plan where it says something. */
import { parse } from "graphql";
import { describe, expect, test } from "vitest";
import { createTestMesh } from "./mesh.fixture.ts";

describe("@interfaceObject", () => {
  const mesh = createTestMesh({
    library: {
      sdl: `type Query { media: [Media] }
        interface Media @key(fields: "id") { id: ID! title: String }
        type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int }
        type Film implements Media @key(fields: "id") { id: ID! title: String minutes: Int }`,
      resolvers: {
        Query: {
          media: () => [
            { __typename: "Book", id: "b1", title: "B", pages: 9 },
            { __typename: "Film", id: "f1", title: "F", minutes: 90 },
          ],
        },
        Media: {
          __resolveReference: ({ id }: { id: string }) =>
            id === "b1"
              ? { __typename: "Book", id, title: "B", pages: 9 }
              : { __typename: "Film", id, title: "F", minutes: 90 },
        },
        Book: { __resolveReference: ({ id }: { id: string }) => ({ id, title: "B", pages: 9 }) },
        Film: { __resolveReference: ({ id }: { id: string }) => ({ id, title: "F", minutes: 90 }) },
      },
    },
    reviews: {
      sdl: `type Query { top: Media } type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int }`,
      resolvers: {
        Query: { top: () => ({ id: "f1", stars: 5 }) },
        Media: { __resolveReference: ({ id }: { id: string }) => ({ id, stars: id.length + 2 }) },
      },
    },
  });

  test("adds a field to all implementations; representations name the interface", async () => {
    const answer = await mesh.query("{ media { __typename title stars ... on Film { minutes } } }");
    expect(answer).toEqual({
      data: {
        media: [
          { __typename: "Book", title: "B", stars: 4 },
          { __typename: "Film", title: "F", stars: 4, minutes: 90 },
        ],
      },
      errors: [],
    });
    expect(mesh.sent.at(-1)?.variables).toEqual({
      representations: [
        { __typename: "Media", id: "b1" },
        { __typename: "Media", id: "f1" },
      ],
    });
  });

  test("what depends on a type that nobody tells is null, with an error; what does not is there", async () => {
    const lost = createTestMesh({
      library: {
        sdl: `interface Media @key(fields: "id") { id: ID! }
          type Book implements Media @key(fields: "id") { id: ID! pages: Int }
          type Film implements Media @key(fields: "id") { id: ID! minutes: Int }`,
        respond: () => ({ data: { _entities: [null] } }),
      },
      reviews: {
        sdl: `type Query { top: Media } type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int }`,
        resolvers: { Query: { top: () => ({ id: "f1", stars: 5 }) } },
      },
    });
    expect(await lost.query("{ top { stars ... on Media { id } } }")).toEqual({
      data: { top: { stars: 5, id: "f1" } },
      errors: [],
    });
    for (const query of ["{ top { stars __typename } }", "{ top { stars ... on Film { minutes } } }"]) {
      expect(await lost.query(query)).toEqual({
        data: { top: null },
        errors: [
          {
            message: 'Nobody knows of which type this "Media" is.',
            path: ["top"],
            extensions: { code: "RESPONSE_VALIDATION_FAILED" },
          },
        ],
      });
    }
  });

  test("objects that start there are completed on the interface, and learn their type where it matters", async () => {
    expect(await mesh.query("{ top { id stars } }")).toEqual({ data: { top: { id: "f1", stars: 5 } }, errors: [] });
    expect(
      await mesh.query("{ top { __typename stars title ... on Film { minutes } ... on Book { pages } } }"),
    ).toEqual({
      data: { top: { __typename: "Film", stars: 5, title: "F", minutes: 90 } },
      errors: [],
    });
  });
});

test("@provides saves the request for what a path already brings", async () => {
  const mesh = createTestMesh({
    users: {
      sdl: `type User @key(fields: "id") { id: ID! name: String @shareable age: Int }`,
      resolvers: { User: { __resolveReference: ({ id }: { id: string }) => ({ id, name: "from users", age: 30 }) } },
    },
    reviews: {
      sdl: `type Query { reviews: [Review] } type Review { author: User @provides(fields: "name") }
        type User @key(fields: "id") { id: ID! name: String @external }`,
      resolvers: { Query: { reviews: () => [{ author: { id: "1", name: "from reviews" } }] } },
    },
  });
  expect((await mesh.query("{ reviews { author { name } } }")).data).toEqual({
    reviews: [{ author: { name: "from reviews" } }],
  });
  expect(mesh.sent.map(({ subgraph }) => subgraph)).toEqual(["reviews"]);
  expect((await mesh.query("{ reviews { author { age } } }")).data).toEqual({ reviews: [{ author: { age: 30 } }] });
});

test("@override with a label moves a field for the requests that say so", async () => {
  const mesh = createTestMesh({
    old: {
      sdl: `type Query { t: T } type T @key(fields: "id") { id: ID! x: String }`,
      resolvers: { Query: { t: () => ({ id: "1", x: "old" }) } },
    },
    new: {
      sdl: `type T @key(fields: "id") { id: ID! x: String @override(from: "old", label: "percent(50)") }`,
      resolvers: { T: { __resolveReference: (t: object) => ({ ...t, x: "new" }) } },
    },
  });
  expect(mesh.executor.overrideLabels).toEqual(["percent(50)"]);
  expect((await mesh.query("{ t { x } }")).data).toEqual({ t: { x: "old" } });
  expect((await mesh.query("{ t { x } }", {}, { labels: ["percent(50)"] })).data).toEqual({ t: { x: "new" } });
  expect((await mesh.query("{ t { x } }")).data).toEqual({ t: { x: "old" } });
});

describe("@context and @fromContext", () => {
  const mesh = createTestMesh({
    a: {
      sdl: `type Query { users: [User] }
        type User @key(fields: "id") @context(name: "user") { id: ID! locale: String! posts: [Post] }
        type Post @key(fields: "id") { id: ID! greeting(to: String!, locale: String @fromContext(field: "$user { locale }")): String }`,
      resolvers: {
        Query: {
          users: () => [
            { id: "1", locale: "de", posts: [{ id: "p1" }, { id: "p2" }] },
            { id: "2", locale: "fr", posts: [{ id: "p1" }] },
          ],
        },
        Post: {
          __resolveReference: (post: object) => post,
          greeting: ({ id }: { id: string }, { to, locale }: { to: string; locale: string }) => `${id} ${to} ${locale}`,
        },
      },
    },
    b: { sdl: `type Post @key(fields: "id") { id: ID! title: String }` },
  });

  test("an argument takes the value of the object around it, for each object its own", async () => {
    expect(await mesh.query('{ users { posts { greeting(to: "you") } } }')).toEqual({
      data: {
        users: [
          { posts: [{ greeting: "p1 you de" }, { greeting: "p2 you de" }] },
          { posts: [{ greeting: "p1 you fr" }] },
        ],
      },
      errors: [],
    });
  });
});

test("@fromContext: an entity that two contexts lead to has both values", async () => {
  const mesh = createTestMesh({
    a: {
      sdl: `type Query { users: [User] }
        type User @key(fields: "id") @context(name: "user") { id: ID! locale: String! team: Team }
        type Team @key(fields: "id") { id: ID! }
        type Post @key(fields: "id") { id: ID! greeting(locale: String @fromContext(field: "$user { locale }")): String }`,
      resolvers: {
        Query: {
          users: () => [
            { id: "1", locale: "de", team: { id: "t" } },
            { id: "2", locale: "fr", team: { id: "t" } },
            { id: "3", locale: "de", team: { id: "t" } },
          ],
        },
        Post: {
          __resolveReference: (post: object) => post,
          greeting: ({ id }: { id: string }, { locale }: { locale: string }) => `${id} ${locale}`,
        },
      },
    },
    b: {
      sdl: `type Team @key(fields: "id") { id: ID! posts: [Post] name: String } type Post @key(fields: "id") { id: ID! }`,
      resolvers: {
        Team: { __resolveReference: (team: object) => ({ ...team, name: "T", posts: [{ id: "p" }, { id: "q" }] }) },
      },
    },
  });
  const { data, errors } = await mesh.query("{ users { team { name posts { greeting } } } }");
  expect(errors).toEqual([]);
  expect(data.users.map(({ team }: any) => team.posts.map(({ greeting }: any) => greeting).join())).toEqual([
    "p de,q de",
    "p fr,q fr",
    "p de,q de",
  ]);
  expect(mesh.sent.map(({ variables }) => variables)).toMatchInlineSnapshot(`
    [
      {},
      {
        "representations": [
          {
            "__typename": "Team",
            "id": "t",
          },
        ],
      },
      {
        "contextualArgument_1_0_0": "de",
        "contextualArgument_1_0_1": "fr",
        "representations0": [
          {
            "__typename": "Post",
            "id": "p",
          },
          {
            "__typename": "Post",
            "id": "q",
          },
        ],
        "representations1": [
          {
            "__typename": "Post",
            "id": "p",
          },
          {
            "__typename": "Post",
            "id": "q",
          },
        ],
      },
    ]
  `);
});

describe("@inaccessible", () => {
  const mesh = createTestMesh({
    a: {
      sdl: `type Query { all: [Pet] mood: Mood must: Mood! }
        union Pet = Cat | Dog type Cat { name: String } type Dog @inaccessible { name: String }
        enum Mood { GOOD SECRET @inaccessible }`,
      resolvers: {
        Query: {
          all: () => [
            { __typename: "Cat", name: "Tom" },
            { __typename: "Dog", name: "Rex" },
          ],
          mood: () => "SECRET",
          must: () => "SECRET",
        },
      },
    },
  });

  test("an object of an inaccessible type is null with an error that does not name it", async () => {
    const answer = await mesh.query("{ all { ... on Cat { name } } }");
    expect(answer.data).toEqual({ all: [{ name: "Tom" }, null] });
    expect(answer.errors).toEqual([
      {
        message: 'The object is of no type that "Pet" can be.',
        path: ["all", 1],
        extensions: { code: "RESPONSE_VALIDATION_FAILED" },
      },
    ]);
  });

  test("an inaccessible enum value is null with an error that does not name it, and propagates when it must", async () => {
    const answer = await mesh.query("{ mood }");
    expect(answer.data).toEqual({ mood: null });
    expect(answer.errors.map(({ path }) => path)).toEqual([["mood"]]);
    expect(JSON.stringify(answer)).not.toContain("SECRET");
    expect((await mesh.query("{ mood must }")).data).toBeNull();
  });
});

describe("introspection", () => {
  const mesh = createTestMesh({
    a: { sdl: "type Query { t: T } type T { x: Int }", resolvers: { Query: { t: () => ({ x: 1 }) } } },
  });

  test("is answered without any subgraph", async () => {
    expect(await mesh.query("{ __typename kind: __typename __schema { queryType { name } } }")).toEqual({
      data: { __typename: "Query", kind: "Query", __schema: { queryType: { name: "Query" } } },
      errors: [],
    });
    expect(mesh.sent).toEqual([]);
  });

  test("stands beside other fields, with aliases, variables and fragments, in the client's order", async () => {
    const answer = await mesh.query(
      `query ($name: String!) { t { x } ...Type b: __type(name: "Query") { name } }
       fragment Type on Query { a: __type(name: $name) { name fields { name } } }`,
      { name: "T" },
    );
    expect(JSON.stringify(answer.data)).toBe(
      '{"t":{"x":1},"a":{"name":"T","fields":[{"name":"x"}]},"b":{"name":"Query"}}',
    );
  });

  test("knows the client's schema only", async () => {
    const answer = await mesh.query("{ __schema { types { name } } }");
    const names = answer.data.__schema.types.map(({ name }: { name: string }) => name);
    expect(names.filter((name: string) => /^(join|link|_)__|^_(Any|Entity|Service)/.test(name))).toEqual([]);
  });
});

describe("mutations", () => {
  const log: string[] = [];
  const step =
    (subgraph: string) =>
    async (_: unknown, { n }: { n: number }) => {
      log.push(`${subgraph} ${n} starts`);
      await new Promise((resolve) => setImmediate(resolve));
      if (n < 0) throw new Error("no");
      log.push(`${subgraph} ${n} ends`);
      return { id: String(n) };
    };
  const mesh = createTestMesh({
    a: {
      sdl: `type Query { q: Int } type Mutation { inA(n: Int!): T } type T @key(fields: "id") { id: ID! }`,
      resolvers: { Mutation: { inA: step("a") } },
    },
    b: {
      sdl: `type Mutation { inB(n: Int!): T } type T @key(fields: "id") { id: ID! late: String }`,
      resolvers: {
        Mutation: { inB: step("b") },
        T: {
          __resolveReference({ id }: { id: string }) {
            log.push(`late ${id}`);
            return { id, late: `late ${id}` };
          },
        },
      },
    },
  });

  test("run one after the other, each with everything below it, each exactly once", async () => {
    log.length = 0;
    const answer = await mesh.query(
      "mutation { x: inA(n: 1) { late } y: inB(n: 2) { id } z: inA(n: 1) { id } again: inB(n: 4) { id } }",
    );
    expect(JSON.stringify(answer.data)).toBe(
      '{"x":{"late":"late 1"},"y":{"id":"2"},"z":{"id":"1"},"again":{"id":"4"}}',
    );
    expect(log).toEqual([
      "a 1 starts",
      "a 1 ends",
      "late 1",
      "b 2 starts",
      "b 2 ends",
      "a 1 starts",
      "a 1 ends",
      "b 4 starts",
      "b 4 ends",
    ]);
  });

  test("a failed one does not stop the next", async () => {
    const answer = await mesh.query("mutation { inA(n: -1) { id } inB(n: 2) { id } }");
    expect(answer.data).toEqual({ inA: null, inB: { id: "2" } });
    expect(answer.errors.map(({ path }) => path)).toEqual([["inA"]]);
  });
});

test("parts of one value type from two subgraphs are one object, in lists too", async () => {
  const mesh = createTestMesh({
    a: {
      sdl: `type Query { t: T } type T @key(fields: "id") { id: ID! size: Size @shareable sizes: [Size] @shareable } type Size { width: Int }`,
      resolvers: { Query: { t: () => ({ id: "1", size: { width: 1 }, sizes: [{ width: 2 }, null, { width: 3 }] }) } },
    },
    b: {
      sdl: `type T @key(fields: "id") { id: ID! size: Size @shareable sizes: [Size] @shareable } type Size { height: Int }`,
      resolvers: {
        T: {
          __resolveReference: (t: object) => ({
            ...t,
            size: { height: 4 },
            sizes: [{ height: 5 }, null, { height: 6 }],
          }),
        },
      },
    },
  });
  expect(await mesh.query("{ t { size { height width } sizes { width height } } }")).toEqual({
    data: {
      t: { size: { height: 4, width: 1 }, sizes: [{ width: 2, height: 5 }, null, { width: 3, height: 6 }] },
    },
    errors: [],
  });
});

test("parts of one object come together where another type has a leaf of the same name", async () => {
  const mesh = createTestMesh({
    a: {
      sdl: `type Query { all: [Any] } union Any = T | U
        type T @key(fields: "id") { id: ID! size: [Size!] @shareable } type Size { width: Int }
        type U @key(fields: "id") { id: ID! size: Int }`,
      resolvers: {
        Query: {
          all: () => [
            { __typename: "T", id: "1", size: [{ width: 1 }] },
            { __typename: "U", id: "2", size: 7 },
          ],
        },
      },
    },
    b: {
      sdl: `type T @key(fields: "id") { id: ID! size: [Size!] @shareable } type Size { height: Int }`,
      resolvers: { T: { __resolveReference: (t: object) => ({ ...t, size: [{ height: 2 }] }) } },
    },
  });
  const answer = await mesh.query("{ all { ... on U { number: size } ... on T { size { width height } } } }");
  expect(mesh.sent[0]?.query).toContain("size__alias_0:size");
  expect(answer).toEqual({ data: { all: [{ size: [{ width: 1, height: 2 }] }, { number: 7 }] }, errors: [] });
});

test("objects that several fetches bring to one place are asked for what each of them lacks", async () => {
  const mesh = createTestMesh({
    a: {
      sdl: `type T @key(fields: "id") { id: ID! e: E } type E @key(fields: "id") { id: ID! x: String }`,
      resolvers: {
        T: { __resolveReference: (t: object) => ({ ...t, e: { id: "1" } }) },
        E: { __resolveReference: ({ id }: { id: string }) => ({ id, x: `x${id}` }) },
      },
    },
    b: {
      sdl: `type Query { all: [Any] } union Any = T | U
        type T @key(fields: "id") { id: ID! } type U { e: E } type E @key(fields: "id") { id: ID! y: String }`,
      resolvers: {
        Query: {
          all: () => [
            { __typename: "U", e: { id: "1", y: "y1" } },
            { __typename: "T", id: "t" },
          ],
        },
        E: { __resolveReference: ({ id }: { id: string }) => ({ id, y: `y${id}` }) },
      },
    },
  });
  const query = "{ all { ... on U { e { x } } ... on T { e { y } } } }";
  expect(await mesh.query(query)).toEqual({ data: { all: [{ e: { x: "x1" } }, { e: { y: "y1" } }] }, errors: [] });
  expect(mesh.executor.printPlan(parse(query))).toMatchInlineSnapshot(`
    "query
      sequence
        #0 b {all{__typename ... on U{e{id}} ... on T{__typename id}}}
        parallel
          #1 a at all.@.e {... on E{__typename id}} => {... on E{x}}
          sequence
            #2 a at all.@ {... on T{__typename id}} => {... on T{e{id}}}
            #3 b at all.@.e {... on E{__typename id}} => {... on E{y}}
    "
  `);
});

test("custom scalars keep their JSON, whatever it is", async () => {
  const value = { deep: [1, "two", null, { three: true }], "odd key": "\u2028" };
  const mesh = createTestMesh({
    a: {
      sdl: "scalar Any2 type Query { x: Any2 list: [Any2!] }",
      resolvers: { Query: { x: () => value, list: () => [1, "a", [value]] } },
    },
  });
  expect((await mesh.query("{ x list }")).data).toEqual({ x: value, list: [1, "a", [value]] });
});

test("names of Object.prototype are names like any other", async () => {
  const mesh = createTestMesh({
    a: {
      sdl: `type Query { t: T } type T @key(fields: "constructor") { constructor: ID! toString: String hasOwnProperty: Int }`,
      resolvers: { Query: { t: () => ({ constructor: "c", toString: "s", hasOwnProperty: null }) } },
    },
    b: {
      sdl: `type T @key(fields: "constructor") { constructor: ID! valueOf: String }`,
      resolvers: {
        T: { __resolveReference: (t: object) => ({ ...t, valueOf: "v" }) },
      },
    },
  });
  const query = "{ t { __proto__: toString constructor toString valueOf isPrototypeOf: hasOwnProperty } }";
  const answer = await mesh.executor.execute(query);
  expect(answer).toEqual({
    text: '{"t":{"__proto__":"s","constructor":"c","toString":"s","valueOf":"v","isPrototypeOf":null}}',
    errors: [],
    extensions: {},
  });
});
