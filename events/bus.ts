/**
 * The port between those who tell and those who listen. Adapters: in process, Redis Streams, NATS JetStream; all pass
 * `bus.suite.ts`.
 *
 *   publish ──▶ topic, cut into partitions by `partitionkey` ──▶ each group: its own place in every partition
 *
 * 1. An event is kept once `publish` has resolved, whatever ends afterwards: as safely as the server keeps it (in process:
 *    as long as the process), and for as long as `maxEvents` and `keepMs` of the bus say.
 * 2. Each group gets each event at least once; who handles it may get it again, also after it was handled.
 * 3. Within a group, events of one key are handled one after the other, in the order in which they were published, however
 *    many processes share the group. Two calls of `publish` that overlap have no order. A process that stands still, or does
 *    not reach the server, for longer than `leaseMs` in the middle of a handler may find others ahead of it when it goes on:
 *    what it then ends has been handled by them, too.
 * 4. What a handler rejects is handed to it again, after growing pauses; after `maxAttempts` it is a dead letter of the
 *    group, and those behind it go on. A process that dies of an event has used up one of its attempts.
 * 5. A group's place outlives its subscriptions: what is published while nobody listens is handled later.
 */
import type { MeshEvent } from "./envelope.ts";

export interface EventBus {
  /**
   * Resolves when all are kept, in the given order. Rejects with `BUS_UNAVAILABLE`: some may be kept all the same; or with
   * `EVENT_INVALID` before any is kept.
   */
  publish(topic: string, events: readonly MeshEvent[]): Promise<void>;
  /** Returns at once, also where the server is not there yet: the subscription starts when it is. */
  subscribe(options: SubscribeOptions, handle: EventHandler): Subscription;
  /** The dead letters of a group, oldest first. */
  deadLetters(topic: string, group: string): DeadLetters;
  /** Ends all subscriptions, as `Subscription.close`, then the connections. */
  close(): Promise<void>;
}

export interface SubscribeOptions {
  /** Letters, digits, `-` and `_`. */
  readonly topic: string;
  /**
   * Those who share a group share the work. Letters, digits, `-` and `_`. Without one the subscription is a group of its own
   * that ends with it: it gets every event, has no place to come back to, and what it rejects `maxAttempts` times is given up
   * instead of becoming a dead letter.
   */
  readonly group?: string | undefined;
  /**
   * Where a group that is new begins: with what the bus still has, or with what comes from now on. Default `earliest`, and
   * `latest` without a group.
   */
  readonly from?: "earliest" | "latest" | undefined;
  /** Events handed over at once, at most. Default 100. */
  readonly maxBatch?: number | undefined;
  /** How often an event is handed over by itself before it is a dead letter. Default 8. */
  readonly maxAttempts?: number | undefined;
  /** Pause after the first rejection; doubled after each further one, to a minute at most. Default 100. */
  readonly firstPauseMs?: number | undefined;
  /**
   * Called before the next event is handed over when the bus no longer has all that the group had not handled: the group was
   * away for longer than events are kept, or the server has lost them.
   */
  readonly onLost?: (() => void) | undefined;
}

/**
 * Gets events of one or several keys, those of one key in order; resolving means that all are handled. When it rejects for
 * several events, each is handed over again by itself. It is called for other keys while it runs.
 */
export type EventHandler = (events: readonly MeshEvent[]) => Promise<void>;

/** Both promises reject with `BUS_UNAVAILABLE` when the subscription is closed before; nobody has to listen to them. */
export interface Subscription {
  /** Resolves when the group exists: what is published from then on reaches it. */
  readonly started: Promise<void>;
  /** Resolves once everything that the group had not handled when it started has been handled, or is a dead letter. */
  readonly caughtUp: Promise<void>;
  /**
   * Waits for the handlers that run (so none of them may wait for it); nothing is handed over any more. The group keeps its
   * place.
   */
  close(): Promise<void>;
}

export interface DeadLetter {
  /** Names it within its group. */
  readonly id: string;
  readonly event: MeshEvent;
  readonly attempts: number;
  /** RFC 3339. */
  readonly diedAt: string;
  /** Name or code of the last error; never its message, which may hold data. `PROCESS_ENDED`: nobody lived to tell. */
  readonly reason: string;
}

/** All reject with `BUS_UNAVAILABLE`. Ids that are not there are passed over. */
export interface DeadLetters {
  list(limit: number): Promise<readonly DeadLetter[]>;
  /**
   * Publishes the events anew for this group alone, in the order of the ids and as the newest of their keys, and forgets the
   * letters. Those replayed.
   */
  replay(ids: readonly string[]): Promise<number>;
  /** Forgets them. How many there were. */
  discard(ids: readonly string[]): Promise<number>;
}
