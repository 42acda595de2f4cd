/**
 * `@authenticated`, `@requiresScopes` and `@policy` (federation specification, 2.5 and 2.6), and fields that are made from
 * other subgraphs' fields: at the gateway, and in a subgraph that is asked directly.
 */
import { buildSubgraphSchema } from "@apollo/subgraph";
import { execute, parse } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  anonymous,
  type Caller,
  createRules,
  governSchema,
  type Policy,
  readGovernedCoordinates,
  readPolicy,
} from "#policies";
import { meshDirectiveDefinitions, meshSchemaExtension } from "#schema";
import { ask } from "../../../gateway/fixtures/ask.fixture.ts";
import { createGateway, type Gateway } from "../../../gateway/gateway.ts";
import { createGovern } from "../../../gateway/governance/create-govern.ts";
import type { SubgraphSource } from "../../../gateway/supergraph/source.ts";

const imports = ["@key", "@external", "@requires", "@context", "@fromContext", "@interfaceObject", "@composeDirective"];
const link = (more: readonly (string | object)[]): string => {
  const written = [...imports, ...more].map((each) =>
    typeof each === "string" ? `"${each}"` : JSON.stringify(each).replaceAll(/"(\w+)":/g, "$1: "),
  );
  return `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${written.join(", ")}])
  ${meshSchemaExtension()}
  ${meshDirectiveDefinitions}`;
};

const shop = `${link([{ name: "@authenticated", as: "@signedIn" }, "@requiresScopes", "@policy"])}
  type Query {
    customer: Customer
    anyone: Person
    open: Int
    private: Int @signedIn
    scoped: Int @requiresScopes(scopes: [["a", "b"], ["c"]])
    allowed: Int @policy(policies: [["by-day", "by-role"], ["by-purpose"]])
    unknown: Int @policy(policies: [["nobody-wrote-this"]])
    vault: Vault
    level: Level
    code: Code
  }
  type Vault @signedIn { gold: Int }
  enum Level @requiresScopes(scopes: [["levels"]]) { LOW HIGH }
  scalar Code @signedIn
  interface Person @key(fields: "id") { id: ID! name: String }
  type Customer implements Person @key(fields: "id") {
    id: ID!
    name: String @pii(category: "name")
    address: Address
  }
  type Address { city: String @classified(level: "restricted") }
`;
const letters = `${link([])}
  type Customer @key(fields: "id") @context(name: "customer") {
    id: ID!
    name: String @external
    card: Card
    address: Address @external
    postmark: String @requires(fields: "address { city }")
  }
  type Address { city: String @external }
  type Card @key(fields: "id") {
    id: ID!
    dedication(name: String @fromContext(field: "$customer { name }")): String
  }
`;
const greetings = `${link([])}
  type Person @key(fields: "id") @interfaceObject {
    id: ID!
    name: String @external
    greeting: String! @requires(fields: "name")
  }
`;

const customer = { __typename: "Customer", id: "1", name: "Ada", address: { city: "London" } };
const resolversOf: Readonly<Record<string, object>> = {
  shop: {
    Query: {
      customer: () => customer,
      anyone: () => customer,
      vault: () => ({ gold: 1 }),
      level: () => "LOW",
      ...Object.fromEntries(["open", "private", "scoped", "allowed", "unknown", "code"].map((name) => [name, () => 1])),
    },
    Customer: { __resolveReference: () => customer },
    Person: { __resolveReference: () => customer },
  },
  letters: {
    Customer: {
      __resolveReference: (reference: object) => reference,
      card: () => ({ id: "k" }),
      postmark: ({ address }: { address?: { city: string } }) => `from ${address?.city ?? "?"}`,
    },
    Card: {
      __resolveReference: (reference: object) => reference,
      dedication: (_card: object, { name }: { name?: string }) => `for ${name ?? "?"}`,
    },
  },
  greetings: {
    Person: {
      __resolveReference: (reference: object) => reference,
      greeting: ({ name }: { name?: string }) => `Hello ${name ?? "?"}`,
    },
  },
};

const policies: readonly Policy[] = [
  `{ name: by-day, owner: o } spec { selector: { coordinate: "*.*" }, effect: { type: allow } }`,
  `{ name: by-role, owner: o } spec { selector: { coordinate: "*.*" }, condition: "'clerk' in principal.roles", effect: { type: allow } }`,
  `{ name: by-purpose, owner: o } spec { selector: { coordinate: "*.*" }, when: { purpose: care }, effect: { type: allow } }`,
  `{ name: names, owner: o } spec { selector: { pii: name }, unless: { purpose: care }, effect: { type: mask, technique: redact } }`,
  `{ name: restricted, owner: o } spec { selector: { classification: restricted }, unless: { roles: clerk }, effect: { type: deny, reason: it is restricted } }`,
].map((text) => {
  const [metadata, spec] = text.split(" spec ");
  const { value, findings } = readPolicy(
    `apiVersion: datamesh.io/v1\nkind: Policy\nmetadata: ${metadata}\nspec: ${spec}\n`,
    "p.yaml",
  );
  if (value === undefined) throw new Error(JSON.stringify(findings));
  return value;
});

const user = (rest: Partial<Caller["principal"]> = {}, purpose?: string): Caller => ({
  principal: { id: "u", kind: "user", roles: [], purposes: [], attributes: {}, ...rest },
  purpose,
});
const scopes = (...granted: string[]): Caller => user({ attributes: { scopes: granted } });

interface Answer {
  readonly data: Record<string, unknown> | null | undefined;
  readonly messages: readonly string[];
}

/** Asks a subgraph as somebody who knows its address: it enforces all by itself. */
function createDirect(name: string, sdl: string): (query: string, caller: Caller) => Promise<Answer> {
  const typeDefs = parse(sdl);
  const raw = buildSubgraphSchema([{ typeDefs, resolvers: resolversOf[name] as never }]);
  const rules = createRules(policies, readGovernedCoordinates(typeDefs, { name, domain: "d" }));
  const schema = governSchema<Caller>(raw, rules, { caller: (caller) => caller, masking: () => "here" });
  return async (query, caller) => {
    const { data, errors = [] } = await execute({ schema, document: parse(query), contextValue: { ...caller } });
    return {
      data: JSON.parse(JSON.stringify(data ?? null)) as Answer["data"],
      messages: errors.map(({ message }) => message),
    };
  };
}

function sourceOf(name: string, sdl: string): SubgraphSource {
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolversOf[name] as never }]);
  return {
    kind: "in-process",
    name,
    sdl,
    subgraph: {
      name,
      execute: async ({ query, variables }) =>
        JSON.parse(JSON.stringify(await execute({ schema, document: parse(query), variableValues: variables }))),
    },
  };
}

let gateway: Gateway;
let asking: Caller = anonymous;
beforeAll(async () => {
  gateway = await createGateway({
    source: {
      kind: "subgraphs",
      subgraphs: [sourceOf("shop", shop), sourceOf("letters", letters), sourceOf("greetings", greetings)],
    },
    authenticate: () => Promise.resolve(asking),
    govern: createGovern({ policies }),
  });
});
afterAll(() => gateway.close());

const throughGateway = async (query: string, caller: Caller): Promise<Answer> => {
  asking = caller;
  const { data, errors } = await ask(gateway.service, query, {});
  return { data: data as Answer["data"], messages: errors.map(({ message }) => message) };
};

describe.each([
  ["at the gateway", throughGateway],
  ["in a subgraph", createDirect("shop", shop)],
])("access directives %s", (_, read) => {
  async function expectOnly(query: string, may: readonly Caller[], mayNot: readonly Caller[]): Promise<void> {
    const [field = ""] = Object.keys((await read(query, may[0] ?? anonymous)).data ?? {});
    for (const caller of may) {
      const { data, messages } = await read(query, caller);
      expect(messages).toEqual([]);
      expect(data?.[field]).not.toBeNull();
    }
    for (const caller of mayNot) {
      const { data, messages } = await read(query, caller);
      expect(data?.[field] ?? null).toBeNull();
      expect(messages.join()).toMatch(/is denied by the policy @(?:authenticated|requiresScopes|policy)/);
    }
  }

  test("the target element is accessible only to the authenticated supergraph users, whatever the directive is called", () =>
    expectOnly("{ private }", [user(), scopes("x")], [anonymous]));

  test("scopes: an OR of ANDs", () =>
    expectOnly("{ scoped }", [scopes("a", "b"), scopes("c")], [anonymous, user(), scopes("a"), scopes("b", "d")]));

  test("scopes are read from a text with blanks as well", () =>
    expectOnly("{ scoped }", [user({ attributes: { scope: "b a" } })], [user({ attributes: { scope: "ab" } })]));

  test("policies: an OR of ANDs over the policies that allow", () =>
    expectOnly("{ allowed }", [user({ roles: ["clerk"] }), user({}, "care")], [user(), anonymous]));

  test("a policy that nobody wrote holds for nobody", () =>
    expectOnly("{ unknown }", [], [anonymous, user({ roles: ["clerk"] }, "care")]));

  test("an object type's directive stands at the fields that give it", () =>
    expectOnly("{ vault { gold } }", [user()], [anonymous]));

  test("an enum's and a scalar's too", async () => {
    await expectOnly("{ level }", [scopes("levels")], [user(), anonymous]);
    await expectOnly("{ code }", [user()], [anonymous]);
  });

  test("what asks for nothing is there for everybody", () => expectOnly("{ open }", [anonymous, user()], []));
});

describe("a field that is made from others", () => {
  const field = async (query: string, caller: Caller, ...path: string[]): Promise<unknown> => {
    const { data, messages } = await throughGateway(query, caller);
    const value = path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | null)?.[key] ?? null, data);
    return value ?? messages.join();
  };

  test("by @requires is denied where they are", async () => {
    const query = "{ customer { postmark } }";
    expect(await field(query, user(), "customer", "postmark")).toBe(
      "Customer.postmark is denied by the policy restricted: it is restricted.",
    );
    expect(await field(query, user({ roles: ["clerk"] }), "customer", "postmark")).toBe("from London");
  });

  test("by @fromContext is masked where they are", async () => {
    const query = "{ customer { card { dedication } } }";
    expect(await field(query, user(), "customer", "card", "dedication")).toBe("***");
    expect(await field(query, user({}, "care"), "customer", "card", "dedication")).toBe("for Ada");
  });

  test("on an interface object is masked where a type behind the interface is, and keeps its type", async () => {
    for (const query of ["{ anyone { greeting } }", "{ anyone { ... on Customer { greeting } } }"]) {
      expect(await field(query, user(), "anyone", "greeting")).toBe("***");
      expect(await field(query, user({}, "care"), "anyone", "greeting")).toBe("Hello Ada");
    }
  });
});
