// In: operations, with the plan and schedule that gateway/plan makes of each.
// Out: answers as JSON text, completed by the GraphQL specification, with errors at the client's paths.
// Next: the server puts the text into a response; caches, masks and usage come in between.
export {
  type CompiledExecutor,
  type CompiledExecutorOptions,
  createCompiledExecutor,
  type ExecuteOptions,
  type TextAnswer,
} from "./compiled-executor.ts";
export type { PreparedRequest } from "./prepared-request.ts";
export { denied, type Mask, type MaskSlots } from "./run-state.ts";
