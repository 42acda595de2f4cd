import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { expect, test } from "vitest";
import { createTestEngine } from "../../../test/engine.ts";

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const services = {
  orders: `${link} type Query { orders: [Order!]! } type Order { id: ID! customer: Customer } type Customer @key(fields: "id") { id: ID! }`,
  customers: `${link} type Customer @key(fields: "id") { id: ID! email: String }`,
};
const answers: Readonly<Record<string, object>> = {
  orders: {
    orders: ["a", "b", "a", "c"].map((id, index) => ({ id: `${index}`, customer: { __typename: "Customer", id } })),
  },
  customers: { _entities: [{ email: "a@example.org" }, { email: null }, { email: "c@example.org" }] },
};

const { supergraphSdl = "" } = composeServices(
  Object.entries(services).map(([name, sdl]) => ({ name, url: `http://${name}.invalid`, typeDefs: parse(sdl) })),
);
const clients = new Map(
  Object.keys(services).map((name) => [
    name,
    { name, execute: async () => ({ data: structuredClone(answers[name]) as never }), close: async () => undefined },
  ]),
);

test.each([true, false])(
  "each customer's e-mail counts once, and none that is null (carefully: %s)",
  async (careful) => {
    const engine = createTestEngine(supergraphSdl, { clients });
    const query = "{ orders { customer { mail: email again: email } } }";
    const counted = ["Customer.email", "Customer.name"];
    const { text, rows } = await engine.execute(query, { counted, careful });
    expect(text?.match(/a@example\.org/g)).toHaveLength(4);
    expect(rows).toEqual(
      new Map([
        ["Customer.email", 2],
        ["Customer.name", 0],
      ]),
    );
  },
);
