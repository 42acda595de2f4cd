// In: events. Out: the same, at least once and in order per key, for each group. Next: who consumes them.
export type {
  DeadLetter,
  DeadLetters,
  EventBus,
  EventHandler,
  SubscribeOptions,
  Subscription,
} from "./bus.ts";
export {
  changesTopic,
  type EventSource,
  type KeyValue,
  type ProductChange,
  type RowChanged,
  readProductChange,
  rowChanged,
  type VersionPublished,
  versionPublished,
} from "./change-events.ts";
export type { MeshEvent } from "./envelope.ts";
export { type EventErrorCode, eventErrors } from "./errors.ts";
