/** What is decided about a bus once, by who opens it, and who is told how it fares. */

export interface EventBusOptions {
  /** Begins the name of everything on the server, so that meshes can share one. Letters, digits, `-` and `_`. */
  readonly prefix: string;
  /**
   * Partitions of a topic that is new. It keeps them for ever: who opens the bus with another number uses the topic as it is.
   * Within a group, at most as many events are handled at a time.
   */
  readonly partitions: number;
  /** How long a process that has died, or does not reach the server, still keeps others from its partitions. */
  readonly leaseMs: number;
  /**
   * A partition keeps about as many events, handled or not; a group that falls further behind is told that it lost the oldest.
   */
  readonly maxEvents: number;
  /** How long an event is kept that all groups have handled, for groups that are new. */
  readonly keepMs: number;
  /** `publish` refuses an event whose JSON is longer. */
  readonly maxEventBytes: number;
  /** Of one command to the server. */
  readonly timeoutMs: number;
  /** Servers of a NATS cluster that keep a copy of each event. */
  readonly replicas: number;
}

/** A server of its own: a day, and 100,000 events per partition. */
export const defaultBusOptions: EventBusOptions = Object.freeze({
  prefix: "datamesh",
  partitions: 8,
  leaseMs: 10_000,
  maxEvents: 100_000,
  keepMs: 86_400_000,
  maxEventBytes: 524_288,
  timeoutMs: 2_000,
  replicas: 1,
});

/** Must not throw. */
export interface BusObserver {
  readonly logger: BusLogger;
  /** Whether the server answers, told again and again. */
  onState?(isUp: boolean): void;
  /** A handler rejected what it was given. */
  onRejected?(topic: string, group: string): void;
  onDeadLetter?(topic: string, group: string): void;
  /** The bus no longer has `events` events that the group had not handled; undefined: it cannot know how many. */
  onLost?(topic: string, group: string, events: number | undefined): void;
}

export interface BusLogger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}
