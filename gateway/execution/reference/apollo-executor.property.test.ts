/** The law of the graph: however a schema is cut into subgraphs, the answer is the monolith's. */
import fc from "fast-check";
import {
  execute,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isUnionType,
  parse,
  validate,
} from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask } from "../../fixtures/ask.fixture.ts";
import { shopMonolith, shopSources } from "../../fixtures/shop.fixture.ts";
import { createGateway, type Gateway } from "../../gateway.ts";

const monolith = shopMonolith();
const argumentsOf: Readonly<Record<string, readonly string[]>> = {
  "Query.orders": ["", "(first: 2)", "(first: $n)", "(region: EAST)", "(where: $where)", "(where: { region: WEST })"],
  "Query.order": ['(id: "o1")', "(id: $id)", '(id: "nope")'],
  "Customer.city": ["", "(upper: true)", "(upper: $on)"],
};
const directives = ["", "", "", " @include(if: $on)", " @skip(if: $on)", " @skip(if: $off)"];

/** A selection set on a type; `alias` gives each field its response name. */
function selectionSet(type: GraphQLCompositeType, depth: number, alias: () => string): fc.Arbitrary<string> {
  const all = isUnionType(type) ? [] : Object.values(type.getFields());
  const fields = all.filter(({ name }) => !name.startsWith("_")); // federation's own are not the monolith's
  const leaves = fields.filter((field) => !isCompositeType(getNamedType(field.type)));
  const usable = depth > 0 ? fields : leaves;
  const field = fc.constantFrom(...usable).chain((chosen) => {
    const inner = getNamedType(chosen.type);
    const given = argumentsOf[`${type.name}.${chosen.name}`] ?? [""];
    return fc
      .tuple(
        fc.constantFrom(...given),
        fc.constantFrom(...directives),
        isCompositeType(inner) ? selectionSet(inner, depth - 1, alias) : fc.constant(""),
      )
      .map(([args, directive, below]) => `${alias()}: ${chosen.name}${args}${directive} ${below}`);
  });
  const typename = fc.constant("__typename");
  const narrowed = fc
    .array(field, { minLength: 1, maxLength: 2 })
    .map((inner) => `... on ${type.name} { ${inner.join(" ")} }`);
  const selection =
    usable.length === 0 || isInterfaceType(type) ? typename : fc.oneof(field, field, field, narrowed, typename);
  return fc.array(selection, { minLength: 1, maxLength: 4 }).map((chosen) => `{ ${chosen.join(" ")} }`);
}

describe("executing over subgraphs", () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await createGateway({ source: { kind: "subgraphs", subgraphs: shopSources() } });
  });
  afterAll(() => gateway.close());

  it("answers what one schema over the same data answers, to any operation", async () => {
    let names = 0;
    // Every few aliases, one that is also a field's name: the planner must not take it for the field.
    const taken = ["id", "name", "total", "customer"];
    const alias = (): string => {
      names += 1;
      return names % 5 === 0 ? (taken[(names / 5) % taken.length] ?? "id") : `a${names}`;
    };
    const query = selectionSet(monolith.getQueryType() as GraphQLObjectType, 3, alias);
    const variables = fc.record({
      n: fc.integer({ min: 0, max: 4 }),
      on: fc.boolean(),
      id: fc.constantFrom("o1", "o3", "x"),
      where: fc.constantFrom(null, {}, { region: "EAST" }, { zone: "WEST" }),
    });
    const head = "query ($n: Int!, $on: Boolean!, $off: Boolean! = false, $id: ID!, $where: OrderFilter)";
    // Every variable is used somewhere, as validation wants it.
    const tail =
      "_n: orders(first: $n, where: $where) @skip(if: true) { id } _i: order(id: $id) @include(if: $off) { id } _t: __typename @skip(if: $on)";
    await fc.assert(
      fc.asyncProperty(query, variables, async (text, values) => {
        const operation = `${head} ${text.slice(0, -1)} ${tail} }`;
        fc.pre(validate(monolith, parse(operation)).length === 0); // two fields under one alias
        const expected = await execute({ schema: monolith, document: parse(operation), variableValues: values });
        const { data, errors } = await ask(gateway.service, operation, { variables: values });
        expect(errors).toEqual([]);
        // The order of fields is left out: ApolloGateway groups fragments of one type, so its order is its own.
        expect(data).toEqual(JSON.parse(JSON.stringify(expected.data)));
      }),
      { numRuns: 100 },
    );
  });
});
