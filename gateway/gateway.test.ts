import { execute, parse } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask } from "./fixtures/ask.fixture.ts";
import { shopMonolith, shopSources } from "./fixtures/shop.fixture.ts";
import { createGateway, type Gateway } from "./gateway.ts";

describe("createGateway over subgraphs in process", () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await createGateway({ source: { kind: "subgraphs", subgraphs: shopSources() } });
  });
  afterAll(() => gateway.close());

  it.each([
    `{ orders { id total customer { name city(upper: true) } products { name } } }`,
    `query ($first: Int!, $with: Boolean!) { orders(first: $first) { id products @include(if: $with) { id } } customers { name } }`,
    `{ a: orders(region: EAST) { ...o } b: orders(region: WEST) { ...o } } fragment o on Order { id customer { id email } }`,
    `{ me { name } order(id: "nope") { id products { name } } products { ... on Named { name } } __typename }`,
    `{ orders { id: total customer: region buyer: customer { id: email name } products { id: name name: id } } }`,
    `{ customers { name: id id: name @skip(if: true) } orders { __typename: id products { id @skip(if: true) } } }`,
    `mutation { first: ship(id: "o1") { shipped customer { name } } second: ship(id: "o2") { id shipped } }`,
  ])("answers what the same data in one schema answers: %s", async (query) => {
    const variables = { first: 2, with: true };
    const expected = await execute({ schema: shopMonolith(), document: parse(query), variableValues: variables });
    const { data, errors } = await ask(gateway.service, query, { variables });
    expect(errors).toEqual([]);
    expect(data).toEqual(JSON.parse(JSON.stringify(expected.data)));
  });

  it("merges what every product says about itself, sorted by name", async () => {
    const { extensions } = await ask(gateway.service, "{ products { id } orders { id customer { name } } }");
    expect(JSON.stringify(extensions)).toBe(
      '{"products":{"customers":{"version":"1.0.0"},"orders":{"version":"1.0.0"},"products":{"version":"1.0.0"}}}',
    );
  });
});
