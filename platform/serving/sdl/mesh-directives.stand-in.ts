export const meshDirectiveDefinitions = `directive @dataProduct(name: String!, domain: String!, version: String!, owner: String) repeatable on OBJECT | INTERFACE | FIELD_DEFINITION
directive @pii(category: String!, subject: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
directive @classified(level: String!) repeatable on FIELD_DEFINITION | OBJECT
directive @purpose(names: [String!]!) repeatable on FIELD_DEFINITION | OBJECT
directive @since(version: String!) repeatable on FIELD_DEFINITION | OBJECT
directive @sunset(date: String, replacedBy: String, reason: String, deprecated: String, link: String) repeatable on FIELD_DEFINITION | OBJECT`;
const names = ["@dataProduct", "@pii", "@classified", "@purpose", "@since", "@sunset"];
export function meshSchemaExtension(): string {
  return `extend schema @link(url: "https://specs.datamesh.io/mesh/v1.0", import: ${JSON.stringify(names)}) ${names.map((name) => `@composeDirective(name: "${name}")`).join(" ")}`;
}
