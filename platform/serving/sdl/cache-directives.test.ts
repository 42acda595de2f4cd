import { composeServices } from "@apollo/composition";
import { type OperationDefinitionNode, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { entityLifetime, linkMesh, type OutputCache, readCacheHints, readManifest, rootLifetime } from "#schema";
import { exampleMesh, ordersKeptFor } from "../serving.fixture.ts";
import { createSubgraph, type Subgraph, type SubgraphOptions } from "../subgraph.ts";

const nowhere = { snapshot: () => Promise.reject(new Error("nothing is read here")) };
const hour: OutputCache = { maxAgeSeconds: 3600, scope: "public" };
const minute: OutputCache = { maxAgeSeconds: 60, scope: "public" };
const personal: OutputCache = { maxAgeSeconds: 60, scope: "private" };

function subgraphOf(
  caches: Parameters<typeof ordersKeptFor>[0],
  extension?: SubgraphOptions["extension"],
  sla?: Parameters<typeof ordersKeptFor>[1],
): Subgraph {
  return createSubgraph({ product: ordersKeptFor(caches, sla), mesh: exampleMesh, snapshots: nowhere, extension });
}

function lifetimeOf({ schema, sdl }: Subgraph, query: string) {
  const hints = readCacheHints(parse(sdl));
  const [operation] = parse(query).definitions as OperationDefinitionNode[];
  const [root] = operation?.selectionSet.selections ?? [];
  const isEntities = root?.kind === "Field" && root.name.value === "_entities";
  if (isEntities && root.selectionSet !== undefined) return entityLifetime(root.selectionSet, { schema, hints });
  const type = schema.getQueryType();
  if (operation === undefined || !type) throw new Error("no query");
  return rootLifetime(operation.selectionSet, type, { schema, hints });
}

const everything: readonly (readonly [what: string, query: string, tables: "orders" | "lines" | "both"])[] = [
  ["an entity", `{ order(orderId: "1") { orderId total shipMode tags } }`, "orders"],
  ["a page", "{ orders { nodes { orderId } } }", "orders"],
  ["edges", "{ orders { edges { cursor node { orderId } } } }", "orders"],
  ["where a page ends", "{ orders { pageInfo { hasNextPage endCursor } } }", "orders"],
  ["a number of rows", "{ orders { totalCount } }", "orders"],
  ["a group", "{ ordersAggregate { count group { region } } }", "orders"],
  ["sums", "{ ordersAggregate { sum { total } avg { total } min { total } max { orderDate } } }", "orders"],
  ["lines", "{ orderLines { nodes { quantity } pageInfo { hasNextPage } } }", "lines"],
  ["from one table to many rows of another", "{ orders { nodes { lines { totalCount } } } }", "both"],
  ["from many rows to one of another table", "{ orderLines { nodes { order { region } } } }", "both"],
  ["two tables beside each other", "{ orders { totalCount } orderLines { totalCount } }", "both"],
  ["the key of another product's entity", "{ orders { nodes { customer { customerId } } } }", "orders"],
  [
    "an entity's rows, back and forth",
    "{ orders { nodes { customer { customerId orders { totalCount } } } } }",
    "orders",
  ],
  ["entities", "{ _entities(representations: []) { ... on Order { region } } }", "orders"],
  ["entities of two tables", "{ _entities(representations: []) { ... on Order { lines { totalCount } } } }", "both"],
  [
    "what is added to another product's entities",
    "{ _entities(representations: []) { ... on Customer { orders { nodes { region } } } } }",
    "orders",
  ],
  [
    "what is added, and from there on",
    "{ _entities(representations: []) { ... on Customer { orders { nodes { lines { nodes { sales } } } } } } }",
    "both",
  ],
];

describe("@cacheControl from a manifest", () => {
  it.each(everything)("lets %s live as long as its tables may", (_, query, tables) => {
    const kept = subgraphOf({ orders: hour, lines: minute });
    const maxAge = tables === "orders" ? 3600 : 60;
    expect(lifetimeOf(kept, query)).toMatchObject({ maxAge, isPrivate: false });

    const lineless = lifetimeOf(subgraphOf({ orders: hour }), query);
    if (tables === "lines") expect(lineless).toBeUndefined();
    else expect(lineless).toMatchObject({ maxAge: tables === "orders" ? 3600 : 0 });

    const own = lifetimeOf(subgraphOf({ orders: hour, lines: personal }), query);
    expect(own).toMatchObject({ maxAge, isPrivate: tables !== "orders" });
  });

  it("is on every object type that is made for a table", () => {
    const { sdl } = subgraphOf({ orders: hour, lines: minute });
    const without = parse(sdl).definitions.flatMap((node) =>
      node.kind === "ObjectTypeDefinition" && !node.directives?.some(({ name }) => name.value === "cacheControl")
        ? [node.name.value]
        : [],
    );
    // What they say of root fields, their types say; a page's ends live as long as the page.
    expect(without).toEqual(["Query", "PageInfo"]);
  });

  it("stands nowhere when no table has a `cache`, not even as a definition", () => {
    const { sdl } = subgraphOf({});
    expect(sdl).not.toMatch(/cacheControl/i);
    expect(sdl).not.toMatch(/freshness: \d/);
  });

  it("composes with products that have none, and stays behind", () => {
    const services = [
      { name: "orders", url: "http://127.0.0.1:1", typeDefs: parse(subgraphOf({ orders: hour }).sdl) },
      {
        name: "stock",
        url: "http://127.0.0.1:2",
        typeDefs: parse(
          `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"]) type Query { stock: Int } type Order @key(fields: "orderId") { orderId: String! inStock: Boolean }`,
        ),
      },
    ];
    const composed = composeServices(services);
    expect((composed.errors ?? []).map(({ message }) => message)).toEqual([]);
    expect(composed.supergraphSdl).not.toContain("@cacheControl");
  });
});

describe("@cacheControl in a product's own schema.graphql", () => {
  const resolvers = { file: "resolvers.ts", resolvers: { Query: { latest: () => [] } } };
  const definition = `directive @cacheControl(maxAge: Int, scope: CacheControlScope) on FIELD_DEFINITION | OBJECT
enum CacheControlScope { PUBLIC PRIVATE }`;
  const use = "extend type Query { latest: [Order!] @cacheControl(maxAge: 5) }";
  const extension = (text: string): SubgraphOptions["extension"] => ({
    schema: { file: "schema.graphql", text },
    resolvers,
  });

  it.each([
    ["is defined for it", {}, use],
    ["is defined once where the tables use it, too", { orders: hour }, use],
    ["may be defined by it", {}, `${definition}\n${use}`],
    ["may be defined by it where the tables use it, too", { orders: hour }, `${definition}\n${use}`],
  ])("%s", (_, caches, text) => {
    const subgraph = subgraphOf(caches, extension(text));
    expect(subgraph.sdl.match(/directive @cacheControl\b/g)).toHaveLength(1);
    expect(subgraph.sdl.match(/enum CacheControlScope\b/g)).toHaveLength(1);
    expect(lifetimeOf(subgraph, "{ latest { orderId } }")).toMatchObject({ maxAge: 5 });
    const { errors } = composeServices([{ name: "orders", url: "http://127.0.0.1:1", typeDefs: parse(subgraph.sdl) }]);
    expect((errors ?? []).map(({ message }) => message)).toEqual([]);
  });

  it("is refused with its place where it is written wrongly", () => {
    const wrong = (text: string) => () => subgraphOf({ orders: hour }, extension(text));
    expect(wrong(use.replace("maxAge", "maxage"))).toThrow(/schema\.graphql.*Unknown argument "maxage"/s);
    expect(wrong(use.replace("cacheControl", "cachecontrol"))).toThrow(
      "schema.graphql:1:38: there is no directive @cachecontrol. Did you mean `cacheControl`?",
    );
  });
});

describe("the directives beside it", () => {
  it("tell the freshness objective in seconds, wherever the product is told", () => {
    const { sdl } = subgraphOf({}, undefined, { freshness: { maxAgeMs: 93_600_500, on: undefined } });
    const marks = sdl.match(/@dataProduct\(name: "orders".*?\)/g) ?? [];
    expect(marks.length).toBeGreaterThan(5);
    for (const mark of marks) expect(mark).toContain("freshness: 93600");
  });

  it("tell of every column in every product whose person's key it is", () => {
    const manifest = (name: string, outputs: string): string =>
      `apiVersion: datamesh.io/v1\nkind: DataProduct\nmetadata: { name: ${name}, domain: dd, team: tt }\nspec:\n  inputs: [{ type: batch, source: a.csv }]\n  outputs:\n${outputs}`;
    const { mesh } = linkMesh(
      [
        manifest(
          "people",
          "    - { type: table, name: people, schema: [{ name: person_id, type: long, key: true, subject: true }, { name: mail, type: string, pii: email }] }\n",
        ),
        manifest(
          "visits",
          "    - { type: table, name: visits, schema: [{ name: visit_id, type: string, key: true }, { name: visitor, type: long, references: dd.people/people.person_id }, { name: shop_id, type: string }] }\n    - { type: table, name: notes, schema: [{ name: note_id, type: string, key: true }, { name: visit_id, type: string, references: visits.visit_id }] }\n",
        ),
      ].flatMap((text) => readManifest(text, "product.yaml").value ?? []),
    );
    const sdlOf = (name: string): string => {
      const product = mesh.products.get(name);
      if (product === undefined) throw new Error(`no product ${name}`);
      return createSubgraph({ product, mesh, snapshots: nowhere }).sdl;
    };
    const mark = '@subject(of: "people/people.person_id")';
    const fields = (sdl: string): readonly string[] =>
      parse(sdl).definitions.flatMap((node) =>
        node.kind === "ObjectTypeDefinition"
          ? (node.fields ?? []).flatMap((field) => {
              const subject = field.directives?.find(({ name }) => name.value === "subject")?.arguments?.[0]?.value;
              const of = subject?.kind === "StringValue" ? subject.value : undefined;
              return of === undefined ? [] : [`${node.name.value}.${field.name.value} ${of}`];
            })
          : [],
      );
    expect(sdlOf("people")).toContain(mark);
    expect(fields(sdlOf("people"))).toEqual([
      "Person.personId people/people.person_id",
      "PersonGroup.personId people/people.person_id",
      "PersonExtremes.personId people/people.person_id",
    ]);
    // Of the key that stands for the person as well; of a visit, which names one, not.
    expect(fields(sdlOf("visits"))).toEqual([
      "Visit.visitor people/people.person_id",
      "VisitGroup.visitor people/people.person_id",
      "VisitExtremes.visitor people/people.person_id",
      "Person.personId people/people.person_id",
    ]);
  });

  it("tell of own fields what they are made from, and of those that may be made from anything that they are", () => {
    const fields = "extend type Order { plain: Int both: Int all: Int never: Int }";
    const resolvers = {
      Order: {
        plain: { requires: ["priority"], resolve: ({ priority }: { priority: number }) => priority },
        both: {
          requires: ["priority"],
          resolve: ({ priority }: { priority: number }, _: unknown, _context: unknown) => priority,
        },
        all: () => 1,
        never: { requires: [], resolve: () => 1 },
      },
    };
    const { sdl } = subgraphOf(
      {},
      { schema: { file: "schema.graphql", text: fields }, resolvers: { file: "resolvers.ts", resolvers } },
    );
    expect(/extend type Order \{[^}]*\}/.exec(sdl)?.[0]).toMatchInlineSnapshot(`
      "extend type Order {
        plain: Int @derived(from: ["priority"])
        both: Int @derived(from: ["priority"]) @computed
        all: Int @computed
        never: Int @computed
      }"
    `);
  });
});
