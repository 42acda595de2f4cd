import { parse } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Caller, createRules, governSchema, type Policy, readGovernedCoordinates } from "#policies";
import { type Finding, meshDirectiveDefinitions, meshSchemaExtension } from "#schema";
import { ask } from "../fixtures/ask.fixture.ts";
import { policyOf } from "../fixtures/policy.fixture.ts";
import { subgraphOf } from "../fixtures/shop.fixture.ts";
import { createGateway, type Gateway } from "../gateway.ts";
import type { SubgraphSource } from "../supergraph/source.ts";
import { createGovern } from "./create-govern.ts";

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@composeDirective"])
  ${meshSchemaExtension()}
  ${meshDirectiveDefinitions}`;

const customersSdl = `${link}
  type Query { customers: [Customer!]!, customer(id: ID!): Customer, people: [Person!]!, any: [Party!]!, me: Customer! }
  interface Person { id: ID!, email: String @pii(category: "email") }
  union Party = Customer | Clerk
  type Customer implements Person @key(fields: "id") @dataProduct(name: "customers", domain: "crm", version: "1.0.0") {
    id: ID!
    email: String
    name: String! @pii(category: "name")
    salary: Int @classified(level: "restricted")
    secret: String! @classified(level: "restricted")
    region: String
  }
  type Clerk implements Person @key(fields: "id") { id: ID!, email: String, desk: Int, salary: Int }
`;
const ordersSdl = `${link}
  type Query { orders: [Order!]! }
  type Order @key(fields: "id") { id: ID!, customer: Customer, contacts: [Person!]! }
  interface Person { id: ID! }
  type Customer implements Person @key(fields: "id", resolvable: false) { id: ID! }
  type Clerk implements Person @key(fields: "id", resolvable: false) { id: ID! }
`;

const customer = {
  __typename: "Customer",
  id: "c1",
  email: "ada.king@example.org",
  name: "Ada King",
  salary: 7,
  secret: "s",
  region: "west",
};
const clerk = { __typename: "Clerk", id: "k1", email: "bob.page@example.org", desk: 4, salary: 9 };
const people = [customer, clerk];

const resolvers = {
  Query: {
    customers: () => [customer],
    customer: () => customer,
    people: () => people,
    any: () => people,
    me: () => customer,
  },
  Customer: { __resolveReference: () => customer },
  Clerk: { __resolveReference: () => clerk },
};
const orders = [{ id: "o1", customer, contacts: people }];
const orderResolvers = { Query: { orders: () => orders }, Order: { __resolveReference: () => orders[0] } };

function readPolicies(...specs: string[]): readonly Policy[] {
  return specs.map((spec, index) => policyOf(`p${index}`, spec));
}

const policies = readPolicies(
  `  { selector: { pii: email }, unless: { purpose: care }, effect: { type: mask, technique: partial } }`,
  `  { selector: { classification: restricted }, unless: { roles: boss }, effect: { type: deny, reason: it is restricted } }`,
  `  { selector: { coordinate: Clerk.salary }, unless: { roles: boss }, effect: { type: nullify } }`,
  `  { selector: { coordinate: Customer.region }, when: { roles: analyst }, effect: { type: allow }, obligations: [watermark, log] }`,
);

function callerFrom(headers: ReadonlyMap<string, string>): Promise<Caller> {
  return Promise.resolve({
    principal: {
      id: "x",
      kind: "user",
      roles: (headers.get("roles") ?? "").split(" "),
      purposes: [],
      attributes: {},
    },
    purpose: headers.get("purpose"),
  });
}

/** What the subgraphs were asked. */
const fetches: string[] = [];

/** A subgraph that governs itself, as the platform's do: it lets the gateway mask, and denies on its own. */
function governedSource(name: string, sdl: string, its: object): SubgraphSource {
  const plain = subgraphOf(name, sdl, its);
  const rules = createRules(policies, readGovernedCoordinates(parse(sdl), { name, domain: "d" }));
  const schema = governSchema<Caller>(plain.schema, rules, { caller: (caller) => caller, masking: () => "gateway" });
  return {
    kind: "in-process",
    name,
    sdl,
    subgraph: {
      name,
      execute: async (call) => {
        fetches.push(call.query);
        const { execute } = await import("graphql");
        const { query, variables, caller } = call;
        const result = await execute({
          schema,
          document: parse(query),
          variableValues: variables,
          contextValue: { ...caller },
        });
        return JSON.parse(JSON.stringify(result));
      },
    },
  };
}

describe("a governed gateway", () => {
  let gateway: Gateway;
  const findings: Finding[] = [];
  beforeAll(async () => {
    gateway = await createGateway({
      source: {
        kind: "subgraphs",
        subgraphs: [
          governedSource("customers", customersSdl, resolvers),
          governedSource("orders", ordersSdl, orderResolvers),
        ],
      },
      authenticate: callerFrom,
      govern: createGovern({ policies, onFindings: (found) => findings.push(...found) }),
    });
  });
  afterAll(() => gateway.close());

  async function answer(query: string, headers: Record<string, string> = {}, variables: Record<string, unknown> = {}) {
    fetches.length = 0;
    const { status, data, errors, extensions } = await ask(gateway.service, query, { headers, variables });
    return { status, data, errors, masked: extensions.masked };
  }

  it("tells what the policies that hold oblige the caller to", async () => {
    const query = "{ customers { region } }";
    const { extensions } = await ask(gateway.service, query, { headers: { roles: "analyst" } });
    expect(extensions.obligations).toEqual([
      { obligation: "log", policy: "p3" },
      { obligation: "watermark", policy: "p3" },
    ]);
    expect((await ask(gateway.service, query, {})).extensions.obligations).toBeUndefined();
  });

  it("masks after the joins and says what is masked, how and by which policy", async () => {
    expect(await answer("{ orders { id who: customer { mail: email name region } } }")).toEqual({
      status: undefined,
      data: { orders: [{ id: "o1", who: { mail: "a***@e***.org", name: "***", region: "west" } }] },
      errors: [],
      masked: [
        { coordinate: "Customer.email", technique: "partial", policy: "p0" },
        { coordinate: "Customer.name", technique: "redact", policy: "default-personal-data" },
      ],
    });
  });

  it("shows the raw value to a caller with the purpose, and says nothing of masks then", async () => {
    expect(await answer("{ customers { email } }", { purpose: "care" })).toMatchObject({
      data: { customers: [{ email: "ada.king@example.org" }] },
      masked: undefined,
    });
  });

  it("neither fetches a denied field nor fails the rest of the answer", async () => {
    const query = `query ($with: Boolean!) { customers { id pay: salary salary @include(if: $with) region } }`;
    expect(await answer(query, {}, { with: false })).toMatchObject({
      data: { customers: [{ id: "c1", pay: null, region: "west" }] },
      errors: [
        {
          message: "Customer.salary is denied by the policy p1: it is restricted.",
          path: ["customers", 0, "pay"],
          extensions: { code: "FORBIDDEN", coordinate: "Customer.salary", policy: "p1" },
        },
      ],
    });
    expect(fetches.join()).not.toContain("salary");
    expect(await answer(query, { roles: "boss" }, { with: true })).toMatchObject({
      data: { customers: [{ pay: 7, salary: 7 }] },
      errors: [],
    });
  });

  it("keeps the order of the fields that were asked for", async () => {
    const { data } = await answer("{ customer(id: 1) { region salary id } }");
    expect(JSON.stringify(data)).toBe('{"customer":{"region":"west","salary":null,"id":"c1"}}');
  });

  it("nulls the nearest nullable field above a denied one that must not be null", async () => {
    expect(await answer("{ orders { id customer { id secret } } }")).toMatchObject({
      data: { orders: [{ id: "o1", customer: null }] },
      errors: [{ path: ["orders", 0, "customer", "secret"] }],
    });
  });

  it("refuses a request before any fetch when a denial would null all of it", async () => {
    expect(await answer("{ me { secret } }")).toMatchObject({
      status: 403,
      data: undefined,
      errors: [{ extensions: { code: "FORBIDDEN" } }],
    });
    expect(fetches).toEqual([]);
  });

  it("answers an operation of denied fields only", async () => {
    expect(await answer("{ customer(id: 1) { salary } }")).toMatchObject({ data: { customer: { salary: null } } });
  });

  it("decides by the runtime type on interfaces and unions", async () => {
    const query = `{
      people { email ... on Customer { salary } ... on Clerk { desk salary } }
      any { __typename ... on Person { email } }
      orders { contacts { id email } }
    }`;
    expect(await answer(query)).toMatchObject({
      data: {
        people: [
          { email: "a***@e***.org", salary: null },
          { email: "b***@e***.org", desk: 4, salary: null },
        ],
        any: [
          { __typename: "Customer", email: "a***@e***.org" },
          { __typename: "Clerk", email: "b***@e***.org" },
        ],
        orders: [
          {
            contacts: [
              { id: "c1", email: "a***@e***.org" },
              { id: "k1", email: "b***@e***.org" },
            ],
          },
        ],
      },
      errors: [{ path: ["people", 0, "salary"] }],
    });
    const keys = (await answer(query)).data?.people as object[];
    expect(keys.map(Object.keys)).toEqual([
      ["email", "salary"],
      ["email", "desk", "salary"],
    ]);
  });

  it("shares one rewritten operation among all callers with the same decisions", async () => {
    const query = "{ customers { salary } }";
    await answer(query, { roles: "analyst" });
    const first = [...fetches];
    await answer(query, { roles: "intern", purpose: "anything" });
    expect(fetches).toEqual(first);
  });

  it("reports a policy that protects nothing", async () => {
    expect(findings).toEqual([]);
    const nothing = readPolicies("  { selector: { pii: emial }, effect: { type: allow } }");
    const found: Finding[] = [];
    await gateway.reload();
    const other = await createGateway({
      source: { kind: "subgraphs", subgraphs: [governedSource("customers", customersSdl, resolvers)] },
      govern: createGovern({ policies: nothing, onFindings: (more) => found.push(...more) }),
    });
    await other.close();
    expect(found).toMatchObject([{ code: "policy-matches-nothing", place: { file: "p0.yaml" } }]);
  });
});
