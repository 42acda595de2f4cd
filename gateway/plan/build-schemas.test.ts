import { composeServices } from "@apollo/composition";
import { Supergraph } from "@apollo/federation-internals";
import { type GraphQLSchema, introspectionFromSchema, isObjectType, parse } from "graphql";
import { expect, test } from "vitest";
import { buildApiSchema } from "./build-schemas.ts";
import { createPlanner } from "./planner.ts";

const sdl = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@inaccessible", "@tag"])

  "Any value"
  scalar JSON @specifiedBy(url: "https://example.com/json")

  """
  What is asked first: \\"""quoted\\""" and "plain"
  """
  type Query {
    "By many things"
    search(
      "How many"
      first: Int = 10
      where: Filter = { text: "a \\"b\\"", tags: ["x"], mood: GOOD }
      old: String = "\\u0000" @deprecated(reason: "Use \`where\`")
      hidden: Int @inaccessible
    ): [Node!]! @tag(name: "public")
    secret: String @inaccessible
    gone: Int @deprecated
  }

  interface Node { id: ID! }
  interface Named implements Node { id: ID! name: String }

  "Somebody"
  type Person implements Named & Node @key(fields: "id") { id: ID! name: String born: Date @deprecated(reason: "Private") }
  type Hidden @inaccessible { x: Int }

  scalar Date
  union Any = Person | Thing
  type Thing implements Node @key(fields: "id") { id: ID! any: Any json(value: JSON = "x"): JSON }

  enum Mood { "Well" GOOD BAD @deprecated(reason: "Cheer up") SECRET @inaccessible }

  "What to search for"
  input Filter { text: String! = "x" tags: [String!] mood: Mood = GOOD extra: JSON old: Int @deprecated(reason: "No") }

  type Mutation { "Does" act(filter: Filter!): Thing }
`;

const other = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Person @key(fields: "id") { id: ID! age: Int }
`;

function compose(sdl: string): string {
  const { supergraphSdl, errors } = composeServices([
    { name: "a", typeDefs: parse(sdl) },
    { name: "b", typeDefs: parse(other) },
  ]);
  if (supergraphSdl === undefined) throw new Error(errors?.join("\n"));
  return supergraphSdl;
}

const apiSchemaOf = (supergraphSdl: string): GraphQLSchema =>
  Supergraph.build(supergraphSdl, { supportedFeatures: null }).apiSchema().toGraphQLJSSchema();

/** All that an introspection query can tell, and the order in which types and directives are kept; `@defer` is ours. */
function everythingOf(schema: GraphQLSchema): object {
  const all = { descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true };
  const told = introspectionFromSchema(schema, { ...all, inputValueDeprecation: true, oneOf: true }).__schema;
  return {
    ...told,
    directives: told.directives.filter(({ name }) => name !== "defer" && name !== "purpose"),
    order: [...Object.keys(schema.getTypeMap()), ...schema.getDirectives().map(({ name }) => name)].filter(
      (name) => name !== "defer" && name !== "purpose",
    ),
  };
}

test("the API schema made of printed definitions is the one that federation makes, and has @defer and @purpose", () => {
  const supergraphSdl = compose(sdl);
  const expected = apiSchemaOf(supergraphSdl);
  expect(expected.getType("Person")).toBeDefined();
  expect(expected.getType("Hidden")).toBeUndefined();
  const { apiSdl, apiSchema } = createPlanner(supergraphSdl);
  expect(everythingOf(buildApiSchema(apiSdl))).toEqual(everythingOf(expected));
  expect(everythingOf(apiSchema)).toEqual(everythingOf(expected));
  expect(apiSchema.getDirective("purpose")?.args.map(({ name }) => name)).toEqual(["name"]);
  expect(expected.getDirective("defer")).toBeUndefined();
  expect(apiSchema.getDirective("defer")?.args.map(({ name }) => name)).toEqual(["if", "label"]);
});

test("an object as the default of a custom scalar stays one, which graphql-js cannot introspect", () => {
  const schema = buildApiSchema(
    createPlanner(compose(sdl.replace('= "x"): JSON', "= { a: [true, 2.5] }): JSON"))).apiSdl,
  );
  const type = schema.getType("Thing");
  expect(isObjectType(type) && type.getFields().json?.args[0]?.defaultValue).toEqual({ a: [true, 2.5] });
});
