import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { MESH_SPEC_URL } from "#schema";
import { readCacheFacts } from "./cache-facts.ts";

const link = `
  schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "${MESH_SPEC_URL}") { query: Query }
`;
const graphs = `
  enum join__Graph {
    A @join__graph(name: "orders", url: "")
    B_C @join__graph(name: "b-c", url: "")
  }
`;
const facts = (types: string) => readCacheFacts(parse(`${link} ${graphs} ${types}`), new Map());

describe("what the graph says that keeping depends on", () => {
  it("relates types to those that stand for them, and to themselves", () => {
    const { relatedTypes } = facts(`
      interface Item { id: ID }
      interface Thing { id: ID }
      type Book implements Item & Thing { id: ID }
      type Film implements Item { id: ID }
      union Found = Book | Film
      union Nothing
      type Alone { id: ID }
    `);
    const sorted = (name: string): readonly string[] => relatedTypes(name).toSorted();
    expect(sorted("Book")).toEqual(["Book", "Found", "Item", "Thing"]);
    expect(sorted("Item")).toEqual(["Book", "Film", "Item"]);
    expect(sorted("Found")).toEqual(["Book", "Film", "Found"]);
    for (const name of ["Alone", "Nothing", "Unknown", "__proto__", "constructor", ""]) {
      expect(sorted(name)).toEqual([name]);
    }
  });

  it("knows subgraphs by their names, each type in those that have it, once", () => {
    const { subgraphs, subgraphsOf, keys } = facts(`
      type Book @join__type(graph: A, key: "id") @join__type(graph: A, key: "isbn") @join__type(graph: B_C) { id: ID }
      interface Item @join__type(graph: B_C, key: "id") { id: ID }
      type Loose { id: ID }
      type Strange @join__type(graph: UNKNOWN) @join__type @join__type(graph: "A") { id: ID }
    `);
    expect(subgraphs).toEqual(["orders", "b-c"]);
    expect(subgraphsOf("Book")).toEqual(["orders", "b-c"]);
    expect(subgraphsOf("Item")).toEqual(["b-c"]);
    expect(subgraphsOf("Strange")).toEqual(["UNKNOWN"]);
    for (const name of ["Loose", "Unknown", "__proto__"]) expect(subgraphsOf(name)).toEqual([]);
    expect(keys.get("Book")?.map(({ name }) => name)).toEqual(["id", "isbn"]);
  });

  it("knows what is personal, what is made from it however far, and whose keys are", () => {
    const read = facts(`
      type Person @join__type(graph: A, key: "mail") {
        mail: ID @mesh__pii(category: "contact")
        name: String @mesh__pii(category: "name") @mesh__pii(category: "contact")
        greeting: String @mesh__computed @mesh__derived(from: ["name"])
        card: String @mesh__derived(from: ["greeting", "badge", "unknown"])
        badge: String @mesh__derived(from: ["card"])
        age: Int
      }
      interface Named { name: String }
      type Pet implements Named @join__type(graph: A, key: "id") { id: ID name: String owner: Person }
      type Robot implements Named { name: String }
    `);
    expect(read.personalCategories("Person.mail")).toEqual(["contact"]);
    expect(read.personalCategories("Person.age")).toEqual([]);
    expect(read.hasPersonalFields("Person")).toBe(true);
    expect(read.hasPersonalFields("Pet")).toBe(false);
    expect([read.hasPersonalKey("Person"), read.hasPersonalKey("Pet"), read.hasPersonalKey("__proto__")]).toEqual([
      true,
      false,
      false,
    ]);
    expect(read.personalCategories("Person.name")).toEqual(["contact", "name"]);
    expect(read.personalCategories("Person.greeting")).toEqual(["contact", "name"]);
    expect(read.personalCategories("Person.card")).toEqual(["contact", "name"]);
    // Each is made from the other.
    expect(read.personalCategories("Person.badge")).toEqual(["contact", "name"]);
    expect([read.isComputed("Person.greeting"), read.isComputed("Person.card")]).toEqual([true, false]);
  });

  it.each([
    ['type Person @tagged(A, "p-{$key.mail}")', true],
    ['type Person @tagged(A, "p-{$key.id}") @tagged(A, "{$key.mail}")', true],
    ['type Person @tagged(A, "p-{$key.home.town}")', true],
    ['type Person @tagged(A, "p-{$key.id}")', false],
    ['type Person @tagged(A, "mail")', false],
    ['type Person @tagged(B_C, "p-{$key.mail}")', false],
    ['type Query { person(is: String): [Person!] @tagged(A, "p-{$args.is}") } type Person', true],
    ['type Query { person: Person @tagged(A, "people") } type Person', false],
    ['type Query { order(id: ID): Order @tagged(A, "o-{$args.id}") } type Order { id: ID } type Person', false],
  ])("knows whether tags are made of personal data: %s", (types, isPersonal) => {
    const tagged = types.replaceAll(
      /@tagged\((\w+), ("[^"]*")\)/g,
      '@join__directive(graphs: [$1], name: "federation__cacheTag", args: {format: $2})',
    );
    const { hasPersonalTag } = facts(`${tagged} { id: ID mail: ID @mesh__pii(category: "contact") }`);
    expect([hasPersonalTag("orders"), hasPersonalTag("unknown")]).toEqual([isPersonal, false]);
  });
});
