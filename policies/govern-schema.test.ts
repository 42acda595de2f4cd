import { buildSubgraphSchema } from "@apollo/subgraph";
import {
  defaultFieldResolver,
  execute,
  GraphQLEnumType,
  type GraphQLObjectType,
  type GraphQLSchema,
  parse,
} from "graphql";
import { describe, expect, it } from "vitest";
import type { GovernedCoordinate } from "./decision.ts";
import { governSchema } from "./govern-schema.ts";
import { caller, coordinate, match, policy } from "./policies.fixture.ts";
import { anonymous, type Caller } from "./principal.ts";
import { createRules } from "./rules.ts";

const typeDefs = parse(/* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key"])

  type Query {
    customers: [Customer!]!
    customer(id: ID!, shout: Boolean = false): Customer
    people: [Person!]!
  }
  interface Person {
    email: String!
  }
  type Customer implements Person @key(fields: "id") {
    id: ID!
    email: String!
    phones: [String!]
    tier: Tier!
    score: Int
    address: Address
    home: Address!
    segment: String
  }
  type Address {
    city: String
  }
  enum Tier {
    BASIC
    GOLD
  }
`);

const row = {
  id: "C1",
  email: "jane.doe@example.com",
  phones: ["+49 151 2345678", "030 1234567"],
  tier: "gold-internally",
  score: () => 7,
  address: { city: "Bonn" },
  home: { city: "Bonn" },
  segment: "Consumer",
};

function subgraph(): GraphQLSchema {
  const schema = buildSubgraphSchema([
    {
      typeDefs,
      resolvers: {
        Query: { customers: () => [row], customer: () => row, people: () => [row] },
        Person: { __resolveType: () => "Customer" },
        Customer: {
          __resolveReference: (reference: { id: string }) => ({ ...row, id: reference.id }),
          phones: async () => row.phones,
        },
        Tier: { BASIC: "basic-internally", GOLD: "gold-internally" },
      },
    },
  ]);
  expect(schema.getType("Tier")).toBeInstanceOf(GraphQLEnumType);
  return schema;
}

const personal: GovernedCoordinate[] = [
  coordinate("Person.email", { pii: ["email"] }),
  coordinate("Customer.phones", { pii: ["phone"] }),
];
const maskContact = policy("mask-contact", {
  selector: { pii: ["email", "phone"] },
  unless: [match({ purpose: ["customer-care"] })],
  effect: { type: "mask", technique: "partial" },
});

interface Context {
  readonly caller: Caller;
  readonly masking: "here" | "gateway";
}

const access = {
  caller: (context: Context) => context.caller,
  masking: (context: Context) => context.masking,
};

async function run(
  schema: GraphQLSchema,
  query: string,
  who: Caller = anonymous,
  masking: Context["masking"] = "here",
  variableValues: Record<string, unknown> = {},
): Promise<{ data: unknown; errors: unknown }> {
  // Frozen: neither shield nor a mask may put anything on the request's context.
  const contextValue: Context = Object.freeze({ caller: who, masking });
  const { data, errors } = await execute({ schema, document: parse(query), contextValue, variableValues });
  return JSON.parse(JSON.stringify({ data, errors: errors ?? null })) as { data: unknown; errors: unknown };
}

describe("governSchema", () => {
  const governed = governSchema(subgraph(), createRules([maskContact], personal), access);

  it("masks for a direct caller without the purpose, through aliases, fragments and interfaces", async () => {
    const query = `{ customers { a: email ...C } people { email ... on Customer { b: email } } } fragment C on Customer { phones }`;
    expect(await run(governed, query)).toEqual({
      data: {
        customers: [{ a: "j***@e***.com", phones: ["+** *** *****78", "*** *****67"] }],
        people: [{ email: "j***@e***.com", b: "j***@e***.com" }],
      },
      errors: null,
    });
  });

  it("shows clear values to a caller with the purpose", async () => {
    expect(await run(governed, "{ customers { email phones } }", caller("customer-care"))).toEqual({
      data: { customers: [{ email: row.email, phones: row.phones }] },
      errors: null,
    });
  });

  it("masks what `_entities` resolves, and keeps `__resolveReference` and `_service`", async () => {
    const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { id email segment } } _service { sdl } }`;
    const answer = await run(governed, query, anonymous, "here", { r: [{ __typename: "Customer", id: "C9" }] });
    expect(answer).toMatchObject({
      data: {
        _entities: [{ id: "C9", email: "j***@e***.com", segment: "Consumer" }],
        _service: { sdl: expect.stringContaining("type Customer") },
      },
      errors: null,
    });
  });

  it("leaves the masks to the gateway when the gateway asks, but not the denials", async () => {
    const deny = policy("deny-score", {
      selector: { coordinate: ["Customer.score"] },
      effect: { type: "deny", reason: "scores stay inside" },
    });
    const schema = governSchema(
      subgraph(),
      createRules([maskContact, deny], [...personal, coordinate("Customer.score")]),
      access,
    );
    expect(await run(schema, "{ customer(id: 1) { email score } }", anonymous, "gateway")).toEqual({
      data: { customer: { email: row.email, score: null } },
      errors: [
        expect.objectContaining({
          message: "Customer.score is denied by the policy deny-score: scores stay inside.",
          path: ["customer", "score"],
          extensions: { code: "FORBIDDEN", coordinate: "Customer.score", policy: "deny-score" },
        }),
      ],
    });
  });

  it("nulls the parent when a denied field must not be null", async () => {
    const deny = policy("deny-email", { selector: { pii: ["email"] }, effect: { type: "deny", reason: "no" } });
    const schema = governSchema(subgraph(), createRules([deny], personal), access);
    expect(await run(schema, "{ customer(id: 1) { email } }")).toMatchObject({
      data: { customer: null },
      errors: [{ path: ["customer", "email"] }],
    });
  });

  it("keeps the type of every kind of field: enums, non-null values, functions, objects", async () => {
    const all = ["tier", "score", "address"].map((field) => coordinate(`Customer.${field}`, { pii: ["other"] }));
    const schema = governSchema(subgraph(), createRules([], all), access);
    expect(await run(schema, "{ customer(id: 1) { tier score address { city } } }")).toEqual({
      data: { customer: { tier: "BASIC", score: 0, address: null } },
      errors: null,
    });
  });

  it("denies an object that can neither be masked nor be null", async () => {
    const schema = governSchema(
      subgraph(),
      createRules([], [coordinate("Customer.home", { pii: ["address"] })]),
      access,
    );
    expect(await run(schema, "{ customer(id: 1) { home { city } } }", anonymous, "gateway")).toMatchObject({
      data: { customer: null },
      errors: [{ extensions: { code: "FORBIDDEN", coordinate: "Customer.home" } }],
    });
  });

  it("holds the rules of a type and of its interfaces together, the strictest wins", async () => {
    const redactHere = policy("redact-here", { selector: { coordinate: ["Customer.email"] } });
    const denyInterns = policy("no-interns", {
      selector: { coordinate: ["Person.email"] },
      when: [match({ roles: ["intern"] })],
      effect: { type: "deny", reason: "no" },
    });
    const rules = createRules([maskContact, redactHere, denyInterns], [...personal, coordinate("Customer.email")]);
    const schema = governSchema(subgraph(), rules, access);
    expect(await run(schema, "{ customer(id: 1) { email } }")).toEqual({
      data: { customer: { email: "***@***.invalid" } },
      errors: null,
    });
    const intern = caller(undefined, { roles: ["intern"] });
    expect(await run(schema, "{ customer(id: 1) { email } }", intern)).toMatchObject({
      data: { customer: null },
      errors: [{ extensions: { policy: "no-interns" } }],
    });
  });

  it("turns null on a non-null leaf into redact", async () => {
    const nullify = policy("nullify", { selector: { pii: ["email", "phone"] }, effect: { type: "nullify" } });
    const schema = governSchema(subgraph(), createRules([nullify], personal), access);
    expect(await run(schema, "{ customer(id: 1) { email phones } }")).toEqual({
      data: { customer: { email: "***@***.invalid", phones: null } },
      errors: null,
    });
  });

  it("does not touch the resolver of any field without a rule", () => {
    const original = subgraph();
    const result = governSchema(original, createRules([maskContact], personal), access);
    let compared = 0;
    for (const type of Object.values(original.getTypeMap())) {
      if (!("getFields" in type) || type.name.startsWith("__")) continue;
      const fields = (result.getType(type.name) as GraphQLObjectType).getFields();
      for (const field of Object.values((type as GraphQLObjectType).getFields())) {
        const isGoverned = ["Customer.email", "Customer.phones"].includes(`${type.name}.${field.name}`);
        if (isGoverned) {
          expect(fields[field.name]?.resolve).not.toBe(field.resolve);
          expect(fields[field.name]?.resolve).not.toBe(defaultFieldResolver);
        } else {
          expect(fields[field.name]?.resolve).toBe(field.resolve);
          compared++;
        }
      }
    }
    expect(compared).toBeGreaterThan(8);
  });

  it("gives the schema back as it is when nothing is governed", () => {
    const original = subgraph();
    expect(governSchema(original, createRules([], [coordinate("Customer.segment")]), access)).toBe(original);
  });

  it("says nothing of a value that it cannot mask", async () => {
    const schema = governSchema(subgraph(), createRules([], [coordinate("Customer.score", { pii: ["x"] })]), access);
    const broken = { ...row, score: "canary" };
    const field = (schema.getType("Query") as GraphQLObjectType).getFields().customer;
    if (field !== undefined) field.resolve = () => broken;
    const answer = await run(schema, "{ customer(id: 1) { score } }");
    expect(answer).toMatchObject({ data: { customer: { score: null } } });
    expect(JSON.stringify(answer)).not.toContain("canary");
  });
});
