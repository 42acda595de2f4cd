/**
 * The port between those who tell and those who listen. Adapters: in process, Redis Streams, NATS JetStream; all pass
 * `bus.suite.ts`.
 *
 *   publish ──▶ topic, cut into partitions by `partitionkey` ──▶ each group: its own place in every partition
 *
 * 1. An event is kept once `publish` has resolved, whatever ends afterwards (in process: as long as the process).
 * 2. Each group gets each event at least once; who handles it may get it again, also after it was handled.
 * 3. Within a group, events of one key are handled one after the other, in the order in which they were published, however
 *    many processes share the group.
 * 4. What a handler rejects is handed to it again, after growing pauses; after `maxAttempts` it is a dead letter of the
 *    group, and those behind it go on.
 * 5. A group's place outlives its subscriptions: what is published while nobody listens is handled later.
 */
import type { MeshEvent } from "./envelope.ts";

export interface EventBus {
  /** Resolves when all are kept, in the given order. Rejects with `BUS_UNAVAILABLE`: some may be kept all the same. */
  publish(topic: string, events: readonly MeshEvent[]): Promise<void>;
  /** Resolves when the group exists: what is published from then on reaches it. Rejects with `BUS_UNAVAILABLE`. */
  subscribe(options: SubscribeOptions, handle: EventHandler): Promise<Subscription>;
  /** The dead letters of a group, oldest first. */
  deadLetters(topic: string, group: string): DeadLetters;
  /** Ends all subscriptions, as `Subscription.close`, then the connections. */
  close(): Promise<void>;
}

export interface SubscribeOptions {
  readonly topic: string;
  /** Those who share a group share the work. Letters, digits, `-` and `_`. */
  readonly group: string;
  /** Where a group that is new begins: with what the bus still has, or with what comes from now on. Default `earliest`. */
  readonly from?: "earliest" | "latest";
  /** Events handed over at once, at most. Default 100. */
  readonly maxBatch?: number;
  /** How often an event is handed over before it is a dead letter. Default 8. */
  readonly maxAttempts?: number;
  /** Pause after the first rejection; doubled after each further one, to a minute at most. Default 100. */
  readonly firstPauseMs?: number;
}

/**
 * Gets events of one or several keys, those of one key in order; resolving means that all are handled. When it rejects for
 * several events, each is handed over again by itself.
 */
export type EventHandler = (events: readonly MeshEvent[]) => Promise<void>;

export interface Subscription {
  /** Resolves once everything that the group had not handled when it subscribed has been handled, or is a dead letter. */
  readonly caughtUp: Promise<void>;
  /** Waits for the handler that runs; nothing is handed over any more. The group keeps its place. */
  close(): Promise<void>;
}

export interface DeadLetter {
  /** Names it within its group. */
  readonly id: string;
  readonly event: MeshEvent;
  readonly attempts: number;
  /** RFC 3339. */
  readonly diedAt: string;
  /** Name or code of the last error; never its message, which may hold data. */
  readonly reason: string;
}

export interface DeadLetters {
  list(limit: number): Promise<readonly DeadLetter[]>;
  /** Publishes the events anew for this group alone, as the newest of their keys, and forgets the letters. Those replayed. */
  replay(ids: readonly string[]): Promise<number>;
  /** Forgets them. How many there were. */
  discard(ids: readonly string[]): Promise<number>;
}
