/** The query console. */
export type { ExampleQuery } from "./examples.ts";
export type { CoordinateFacts, ProductFacts, SchemaFacts } from "./facts.ts";
export { type ConsoleOptions, createConsoleRoutes } from "./routes.ts";
