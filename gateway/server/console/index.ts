/** The query console. */
export type { ExampleQuery } from "./examples.ts";
export type { SchemaFacts } from "./facts.ts";
export { readExampleQuery } from "./read-example-query.ts";
export { readSchemaFacts } from "./read-schema-facts.ts";
export { type ConsoleOptions, createConsoleRoutes } from "./routes.ts";
