import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { describe, expect, test } from "vitest";
import { meshDirectiveDefinitions, meshSchemaExtension, usedMeshDirectives } from "./definitions.ts";
import { readMeshDirectives } from "./read-mesh-directives.ts";

const FEDERATION = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@composeDirective"])`;

function subgraph(body: string, extension = meshSchemaExtension(), definitions = meshDirectiveDefinitions): string {
  return [FEDERATION, extension, definitions, body].join("\n\n");
}

function compose(bodies: Readonly<Record<string, string>>): string {
  const services = Object.entries(bodies).map(([name, sdl]) => ({ name, typeDefs: parse(sdl) }));
  const { errors, supergraphSdl } = composeServices(services);
  expect(errors?.map((error) => error.message) ?? []).toEqual([]);
  return supergraphSdl ?? "";
}

const CUSTOMERS = `
  type Query {
    customers: [Customer!]! @dataProduct(name: "customers", domain: "crm", version: "2.1.0", owner: "crm@example.com")
  }
  type Customer @key(fields: "id") @dataProduct(name: "customers", domain: "crm", version: "2.1.0", owner: "crm@example.com") {
    id: ID!
    email: String @shareable @pii(category: "email") @classified(level: "internal") @purpose(names: ["billing", "care"])
    phone: String @since(version: "2.1.0") @deprecated(reason: "Use email.")
      @sunset(date: "2027-01-01", deprecated: "2026-06-01", replacedBy: "Customer.email", reason: "No calls", link: "https://example.com/phone")
  }
  enum Segment { VIP @pii(category: "financial") OTHER }
  input CustomerWhere { email: String @pii(category: "email", subject: true) }
  extend type Query { find(where: CustomerWhere, segment: Segment): Customer }
`;

const SUPPORT = `
  type Query { tickets: Int @dataProduct(name: "support", domain: "service", version: "1.0.0") }
  type Customer @key(fields: "id") @dataProduct(name: "support", domain: "service", version: "1.0.0") {
    id: ID!
    email: String @shareable @pii(category: "email") @pii(category: "behaviour", subject: true) @classified(level: "confidential") @purpose(names: ["care", "research"])
    openTickets: Int
  }
`;

describe("mesh directives in the supergraph", () => {
  const supergraph = compose({ customers: subgraph(CUSTOMERS), support: subgraph(SUPPORT) });
  const directives = readMeshDirectives(parse(supergraph));

  test("every product that serves a type survives, with its version, owner and domain", () => {
    expect(directives.get("Customer")?.products).toEqual([
      { name: "customers", domain: "crm", version: "2.1.0", owner: "crm@example.com", tags: [] },
      { name: "support", domain: "service", version: "1.0.0", owner: undefined, tags: [] },
    ]);
    expect(directives.get("Query.customers")?.products.map(({ name }) => name)).toEqual(["customers"]);
    expect(directives.get("Query.tickets")?.products.map(({ name }) => name)).toEqual(["support"]);
  });

  test("what two subgraphs say about one field is kept, and the strictest holds", () => {
    expect(directives.get("Customer.email")).toMatchObject({
      pii: [
        { category: "email", subject: false },
        { category: "behaviour", subject: true },
      ],
      classified: "confidential",
      purposes: ["care"],
    });
  });

  test("a deprecation survives with its dates, beside GraphQL's own", () => {
    expect(directives.get("Customer.phone")).toMatchObject({
      since: ["2.1.0"],
      deprecated: "Use email.",
      sunset: [
        {
          date: "2027-01-01",
          deprecated: "2026-06-01",
          replacedBy: "Customer.email",
          reason: "No calls",
          link: "https://example.com/phone",
        },
      ],
    });
  });

  test("enum values and input fields are coordinates as well", () => {
    expect(directives.get("Segment.VIP")?.pii).toEqual([{ category: "financial", subject: false }]);
    expect(directives.get("CustomerWhere.email")?.pii).toEqual([{ category: "email", subject: true }]);
  });

  test("a coordinate about which nothing is said is not there", () => {
    expect(directives.has("Customer.openTickets")).toBe(false);
  });

  test("a subgraph's SDL reads as the supergraph does", () => {
    const own = readMeshDirectives(parse(subgraph(SUPPORT)));
    expect(own.get("Customer.email")?.classified).toBe("confidential");
    expect(own.get("Customer")?.products).toHaveLength(1);
  });
});

describe("renamed directives", () => {
  const renamed = `extend schema
    @link(url: "https://specs.datamesh.io/mesh/v1.0", import: [{ name: "@pii", as: "@personal" }, "@dataProduct"])
    @composeDirective(name: "@personal") @composeDirective(name: "@dataProduct")`;
  const definitions = meshDirectiveDefinitions.replace("directive @pii(", "directive @personal(");

  test("are read under the name that composition kept", () => {
    const body = (field: string) => `
      type Query { ${field}: Customer @dataProduct(name: "${field}", domain: "d", version: "1.0.0") }
      type Customer @key(fields: "id") { id: ID! @shareable email: String @shareable @personal(category: "${field}") }`;
    const supergraph = compose({
      one: subgraph(body("one"), renamed, definitions),
      two: subgraph(body("two"), renamed, definitions),
    });
    expect(supergraph).toContain("@personal(");
    const directives = readMeshDirectives(parse(supergraph));
    expect(directives.get("Customer.email")?.pii.map(({ category }) => category)).toEqual(["one", "two"]);
    expect(directives.get("Query.two")?.products.map(({ name }) => name)).toEqual(["two"]);
  });

  test("an unrelated directive of the same name is not ours once the specification is linked", () => {
    const directives = readMeshDirectives(
      parse(`extend schema ${renamed.slice("extend schema".length)}
        type Query { a: Int @pii(category: "email") b: Int @personal(category: "phone") }`),
    );
    expect(directives.has("Query.a")).toBe(false);
    expect(directives.get("Query.b")?.pii[0]?.category).toBe("phone");
  });

  test.each([
    ["without an import", `@link(url: "https://specs.datamesh.io/mesh/v1.0")`, "mesh__pii"],
    ["under another namespace", `@link(url: "https://specs.datamesh.io/mesh/v1.2", as: "gov")`, "gov__pii"],
  ])("are read %s", (_, link, name) => {
    const directives = readMeshDirectives(
      parse(`extend schema ${link}\n type Query { a: Int @${name}(category: "email") }`),
    );
    expect(directives.get("Query.a")?.pii[0]?.category).toBe("email");
  });

  test("a schema that links only another major version is read by name", () => {
    const link = `@link(url: "https://specs.datamesh.io/mesh/v2.0", import: ["@pii"])`;
    const document = parse(`extend schema ${link}\n type Query { a: Int @pii(category: "email") }`);
    // No link to version 1 is like no link at all: read by name, so that nothing is governed less than it looks.
    expect(readMeshDirectives(document).get("Query.a")?.pii).toHaveLength(1);
  });
});

describe("directives with strange arguments", () => {
  test("govern more, never less", () => {
    const directives = readMeshDirectives(
      parse(
        `type Query { a: Int @pii @classified(level: "secret") @purpose, b: Int @purpose(names: "care") @dataProduct }`,
      ),
    );
    expect(directives.get("Query.a")).toMatchObject({
      pii: [{ category: "personal", subject: false }],
      classified: "restricted",
      purposes: [],
    });
    expect(directives.get("Query.b")).toMatchObject({ purposes: ["care"], products: [] });
  });
});

describe("the schema extension", () => {
  test("links and composes only what is used", () => {
    const used = usedMeshDirectives(`type Query { a: Int @pii(category: "email") @deprecated }`);
    expect(used).toEqual(["pii"]);
    expect(meshSchemaExtension(used)).toBe(`extend schema
  @link(url: "https://specs.datamesh.io/mesh/v1.0", import: ["@pii"])
  @composeDirective(name: "@pii")`);
  });

  test("composes without a directive being used anywhere", () => {
    compose({ empty: subgraph("type Query { a: Int }") });
  });
});
