/** Persons with personal data, and accounts whose very keys are personal: addresses with commas, quotes and letters of all kinds. */
import { cacheControlDefinition, meshDirectiveDefinitions, meshSchemaExtension } from "#schema";
import type { Subgraph } from "../../../fixtures/cached-gateway.fixture.ts";
import { subgraphOf } from "../../../fixtures/shop.fixture.ts";

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.12",
  import: ["@key", "@shareable", "@composeDirective", "@inaccessible"])`;
const mesh = `${meshSchemaExtension()} ${meshDirectiveDefinitions}`;
const product = (name: string): string => `@dataProduct(name: "${name}", domain: "people", version: "1.0.0")`;

const personsSdl = `${link} ${mesh} ${cacheControlDefinition}
  type Query {
    persons: [Person!]!
    person(id: ID!): Person
    byEmail(email: String!): Person
    offices: [Office!]!
    letter: Letter @cacheControl(maxAge: 60, scope: PRIVATE)
  }
  type Person @key(fields: "id") ${product("persons")} {
    id: ID! @subject(of: "persons.id")
    name: String @pii(category: "name")
    email: String @pii(category: "email")
    illness: String @pii(category: "health")
    city: String
    account: Account
  }
  type Account @key(fields: "email", resolvable: false) { email: String! @pii(category: "email") }
  type Office @key(fields: "id") ${product("persons")} { id: ID! city: String }
  type Letter { text: String }
`;
const accountsSdl = `${link} ${mesh}
  type Query { plans: [String!]! }
  type Account @key(fields: "email") ${product("accounts")} {
    email: String! @pii(category: "email") @subject(of: "persons.email")
    quota: Int
    nickname: String @pii(category: "name")
  }
`;

interface Person {
  readonly id: string;
  name: string;
  email: string;
  illness: string;
  nickname: string;
  city: string;
  quota: number;
}

export interface Persons {
  readonly subgraphs: readonly Subgraph[];
  /** By id. */
  readonly persons: Map<string, Person>;
  /** Whatever of a person nobody is to read in a Redis. */
  personalValues(): readonly string[];
}

export function persons(): Persons {
  const all = new Map<string, Person>();
  const add = (id: string, name: string, email: string): void => {
    all.set(id, {
      id,
      name,
      email,
      illness: `illness of ${name}`,
      nickname: `nick, "${name}"`,
      city: "Lyon",
      quota: 10 * (all.size + 1),
    });
  };
  add("p1", "Ada Lovelace-Byron", "ada.lovelace@mail.example");
  add("p2", `O'Brien, "Bob" {the} [2nd]`, `"bob, the 2nd"@mail.example`);
  add("p3", "Žofie Ünal 李小龙", "žofie:üñal|李@mail.example");

  const find = (id: string): Person | null => all.get(id) ?? null;
  const byEmail = (email: string): Person | null => [...all.values()].find((person) => person.email === email) ?? null;
  const subgraphs = [
    subgraphOf("persons", personsSdl, {
      Query: {
        persons: () => [...all.values()],
        person: (_: unknown, { id }: { id: string }) => find(id),
        byEmail: (_: unknown, { email }: { email: string }) => byEmail(email),
        offices: () => [{ id: "o1", city: "Lyon" }],
        letter: () => ({ text: "Dear Ada Lovelace-Byron" }),
      },
      Person: {
        __resolveReference: ({ id }: { id: string }) => find(id),
        account: ({ email }: Person) => ({ email }),
      },
    }),
    subgraphOf("accounts", accountsSdl, {
      Query: { plans: () => ["small", "large"] },
      Account: { __resolveReference: ({ email }: { email: string }) => byEmail(email) },
    }),
  ];
  return {
    subgraphs,
    persons: all,
    personalValues: () =>
      [...all.values()].flatMap(({ name, email, illness, nickname }) => [name, email, illness, nickname]),
  };
}
