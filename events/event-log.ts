/**
 * What a server has to offer so that a bus can stand on it: logs that grow at their end alone, and for each group a place in
 * each log, which one holder at a time may move. All that a bus promises beyond that is made of it in `delivery/`, once for
 * all servers.
 *
 *   log of a partition   1  2  3  4  5  6  7  8 …      positions without a gap; the oldest go first
 *   place of a group              settled ┘     └ begun
 *
 * Every call rejects with `BUS_UNAVAILABLE` when it is not known to be done; it may be done all the same.
 */
import type { DeadLetters } from "./bus.ts";
import type { MeshEvent } from "./envelope.ts";

export interface EventLog {
  /** How many partitions the topic has. Makes it where it is not there. */
  partitions(topic: string): Promise<number>;
  /** Resolves when all are kept, one behind the other; never in another order, also where it rejects. */
  append(at: Partition, events: readonly KeptEvent[]): Promise<void>;
  /** What follows `after`: `limit` entries, or fewer where they are large; none only where there are none. */
  read(at: Partition, after: number, limit: number): Promise<Reading>;
  /** Positions of the oldest entry and of the newest one: `first` is `last + 1` where there are none. */
  ends(at: Partition): Promise<{ readonly first: number; readonly last: number }>;
  /** Resolves when the group has a place: the one that it has, or else before the first entry or behind the last one. */
  declare(
    at: Partition,
    group: string,
    from: "earliest" | "latest",
  ): Promise<{
    readonly settled: number;
    /** Position of the newest entry. */
    readonly last: number;
  }>;
  settled(at: Partition, group: string): Promise<number>;
  /** Undefined: another member holds it. A member that holds it already gets a new hold, and its former one ends. */
  claim(at: Partition, group: string, member: string): Promise<Hold | undefined>;
  /** Forgets the oldest entries, those that are older than `keepMs` and behind every group's place. */
  trim(at: Partition, keepMs: number): Promise<void>;
  deadLetters(topic: string, group: string): DeadLetters;
  /** To everybody who listens now, soon; it may be lost. */
  tell(topic: string, signal: Signal): void;
  /** Until the returned function is called. `appended` and `freed` are told by the log itself. */
  listen(topic: string, heard: (signal: Signal) => void): () => void;
  close(): Promise<void>;
}

/** What a member of a group needs of it. */
export type GroupLog = Pick<EventLog, "partitions" | "read" | "declare" | "settled" | "claim" | "tell" | "listen">;

export interface Partition {
  readonly topic: string;
  readonly index: number;
}

export interface KeptEvent {
  readonly event: MeshEvent;
  /** JSON. */
  readonly text: string;
}

export type Reading =
  | { readonly kind: "entries"; readonly entries: readonly Entry[] }
  /** The log has been made anew: it ends before `after`. */
  | { readonly kind: "restarted" };

export interface Entry {
  readonly position: number;
  readonly text: string;
  /** Only this group gets it. */
  readonly group: string | undefined;
}

/** Where a group is in a partition. */
export interface Place {
  /** Everything up to here is handled, a dead letter, or not for this group. */
  readonly settled: number;
  /** Up to here, events have been handed over, and whoever had them may have handled them, or died of them. */
  readonly begun: number;
  /** How often the next event has been handed over by itself. */
  readonly attempts: number;
}

/** What only the holder of a partition may do, for `leaseMs` after each call that resolved with true. False: no longer. */
export interface Hold {
  /** As it was claimed. */
  readonly place: Place;
  move(to: Place): Promise<boolean>;
  /** Keeps a dead letter and moves. Where it rejects or is false, the letter may be kept all the same. */
  bury(letter: KeptLetter, to: Place): Promise<boolean>;
  renew(): Promise<boolean>;
  /** Lets others claim it at once. */
  release(): Promise<void>;
}

export interface KeptLetter {
  /** Its position, to tell it from others. */
  readonly position: number;
  /** The event as JSON. */
  readonly text: string;
  readonly attempts: number;
  readonly diedAt: string;
  readonly reason: string;
}

export type Signal =
  | { readonly kind: "appended"; readonly partition: number }
  | { readonly kind: "freed"; readonly partition: number; readonly group: string }
  | { readonly kind: "here" | "left"; readonly group: string; readonly member: string };
