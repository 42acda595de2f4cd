// In: events. Out: the same, at least once and in order per key, for each group. Next: who consumes them.

export type {
  DeadLetter,
  DeadLetters,
  EventBus,
  EventHandler,
  SubscribeOptions,
  Subscription,
} from "./bus.ts";
export type { BusLogger, BusObserver, EventBusOptions } from "./bus-options.ts";
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
export { type MeshEvent, readEvent } from "./envelope.ts";
export { type EventErrorCode, eventErrors } from "./errors.ts";
export { openEventBus } from "./open-bus.ts";
