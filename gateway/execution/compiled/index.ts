// In: operations, with the plan and schedule that gateway/plan makes of each.
// Out: answers as JSON text, completed by the GraphQL specification, with errors at the client's paths.
// Next: the server puts the text into a response; caches, masks and usage come in between.
export { createCompiledExecutor } from "./compiled-executor.ts";
