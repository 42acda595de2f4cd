/**
 * One member of a group: it holds its share of the partitions and hands their events over.
 *
 *   starting: the group gets a place in every partition ──▶ sharing ──close──▶ ended: what runs ends, all is let go
 *
 * 1. A partition is handed over by whoever claims it, and the log lets one member at a time hold it. How many a member wants
 *    follows from how many members it hears (`membership.ts`); with more than its share it lets some go.
 * 2. What is let go or has ended is claimed as soon as that is told by members with less than their share, and with the next
 *    look by anybody: no partition is left alone because somebody is believed to be there who is not.
 * 3. Whatever fails is tried again, after a pause, until the subscription is closed.
 */
import { randomUUID } from "node:crypto";
import { ClientError } from "#schema";
import type { EventHandler, Subscription } from "../bus.ts";
import type { Clock } from "../clock.ts";
import { eventError } from "../errors.ts";
import type { GroupLog, Partition, Signal } from "../event-log.ts";
import { Bell } from "./bell.ts";
import { type HandOverEvents, type HandOverOptions, handOver } from "./hand-over.ts";
import { Membership } from "./membership.ts";
import { HoldLost, Tenure } from "./tenure.ts";

export interface GroupOptions extends HandOverOptions {
  readonly topic: string;
  readonly group: string;
  readonly from: "earliest" | "latest";
  readonly leaseMs: number;
}

export type GroupEvents = Omit<HandOverEvents, "settled" | "unreadable"> & {
  unreadable(partition: number, position: number): void;
  /** Something failed that is neither a server that does not answer nor a partition that others have: it is tried again. */
  failed(error: unknown): void;
};

/** What runs on a partition that is held. */
interface Running {
  readonly letGo: AbortController;
  readonly bell: Bell;
  readonly ended: Promise<void>;
}

const retryMs = 200;
const firstTellMs = 50;
const catchUpEveryMs = 200;

export class GroupSubscription implements Subscription {
  readonly started: Promise<void>;
  readonly caughtUp: Promise<void>;
  readonly #log: GroupLog;
  readonly #options: GroupOptions;
  readonly #handle: EventHandler;
  readonly #events: GroupEvents;
  readonly #clock: Clock;
  readonly #member = randomUUID();
  readonly #members: Membership;
  readonly #running = new Map<number, Running>();
  /** Partition → position up to which it was behind at the start. */
  readonly #behind = new Map<number, number>();
  readonly #closing = new AbortController();
  readonly #bell = new Bell();
  readonly #catchUpBell = new Bell();
  readonly #ended: Promise<void>;
  #partitions = 0;

  constructor(log: GroupLog, options: GroupOptions, handle: EventHandler, events: GroupEvents, clock: Clock) {
    this.#log = log;
    this.#options = options;
    this.#handle = handle;
    this.#events = events;
    this.#clock = clock;
    this.#members = new Membership(options.leaseMs);
    const started = Promise.withResolvers<void>();
    const caughtUp = Promise.withResolvers<void>();
    this.started = started.promise;
    this.caughtUp = caughtUp.promise;
    for (const promise of [this.started, this.caughtUp]) promise.catch(() => undefined);
    const forget = log.listen(options.topic, (signal) => this.#heard(signal));
    this.#ended = (async () => {
      const closed = eventError("BUS_UNAVAILABLE", "the subscription was closed");
      if (await this.#start()) started.resolve();
      else started.reject(closed);
      const catchingUp = this.#catchUp().then((done) => (done ? caughtUp.resolve() : caughtUp.reject(closed)));
      await this.#share();
      forget();
      await Promise.all([catchingUp, ...[...this.#running.values()].map(({ ended }) => ended)]);
      this.#tell("left");
    })();
  }

  close(): Promise<void> {
    this.#closing.abort();
    for (const { letGo } of this.#running.values()) letGo.abort();
    return this.#ended;
  }

  /** Whether the group is there; otherwise the subscription was closed before. */
  async #start(): Promise<boolean> {
    const { topic, group, from } = this.#options;
    while (!this.#closing.signal.aborted) {
      try {
        const partitions = await this.#log.partitions(topic);
        const places = await Promise.all(
          Array.from({ length: partitions }, (_, index) => this.#log.declare({ topic, index }, group, from)),
        );
        for (const [index, { settled, last }] of places.entries()) {
          if (settled < last) this.#behind.set(index, last);
        }
        this.#partitions = partitions;
        return true;
      } catch (error) {
        this.#note(error);
        await this.#clock.sleep(retryMs, this.#closing.signal);
      }
    }
    return false;
  }

  /** Whether all that was there at the start is settled, by whomever; otherwise the subscription was closed before. */
  async #catchUp(): Promise<boolean> {
    const { topic, group } = this.#options;
    while (this.#behind.size > 0 && !this.#closing.signal.aborted) {
      await this.#catchUpBell.wait(this.#clock, catchUpEveryMs, this.#closing.signal);
      for (const index of this.#behind.keys()) {
        if (this.#running.has(index)) continue;
        const settled = await this.#log.settled({ topic, index }, group).catch(() => 0);
        this.#settled(index, settled);
      }
    }
    return this.#behind.size === 0 && this.#partitions > 0;
  }

  #settled(index: number, position: number): void {
    const wanted = this.#behind.get(index);
    if (wanted === undefined || position < wanted) return;
    this.#behind.delete(index);
    if (this.#behind.size === 0) this.#catchUpBell.ring();
  }

  async #share(): Promise<void> {
    const lookEveryMs = this.#options.leaseMs / 3;
    let lookedAt = Number.NEGATIVE_INFINITY;
    // Others may not listen yet when this one begins, or are not heard yet.
    let tellEveryMs = firstTellMs;
    let toldAt = Number.NEGATIVE_INFINITY;
    while (!this.#closing.signal.aborted) {
      const now = this.#clock.now();
      if (now - toldAt >= tellEveryMs) {
        toldAt = now;
        tellEveryMs = Math.min(tellEveryMs * 2, lookEveryMs);
        this.#tell("here");
      }
      const isLook = now - lookedAt >= lookEveryMs;
      if (isLook) lookedAt = now;
      const isDone = await this.#balance(isLook);
      const next = Math.min(lookedAt + lookEveryMs, toldAt + tellEveryMs);
      const restMs = isDone ? Math.max(next - this.#clock.now(), 1) : retryMs;
      await this.#bell.wait(this.#clock, restMs, this.#closing.signal);
    }
  }

  /** @param isLook whether partitions beyond the share are claimed, too. False: something failed. */
  async #balance(isLook: boolean): Promise<boolean> {
    const share = this.#members.share(this.#partitions, this.#clock.now());
    const held = [...this.#running.values()].filter(({ letGo }) => !letGo.signal.aborted);
    for (const { letGo } of held.slice(share)) letGo.abort();
    try {
      for (const index of this.#inOwnOrder()) {
        if (this.#closing.signal.aborted || (!isLook && this.#running.size >= share)) break;
        if (!this.#running.has(index)) await this.#claim(index);
      }
      return true;
    } catch (error) {
      this.#note(error);
      return false;
    }
  }

  /** Members begin at different partitions, so that they get into each other's way less. */
  #inOwnOrder(): readonly number[] {
    const first = Number.parseInt(this.#member.slice(0, 8), 16) % this.#partitions;
    return Array.from({ length: this.#partitions }, (_, offset) => (first + offset) % this.#partitions);
  }

  async #claim(index: number): Promise<void> {
    const { topic, group, leaseMs } = this.#options;
    const at: Partition = { topic, index };
    const claimedAt = this.#clock.now();
    const hold = await this.#log.claim(at, group, this.#member);
    if (hold === undefined) return;
    const letGo = new AbortController();
    if (this.#closing.signal.aborted) letGo.abort();
    const bell = new Bell();
    const tenure = new Tenure(hold, claimedAt, leaseMs, this.#clock, this.#closing.signal);
    const ended = handOver({
      log: this.#log,
      at,
      group,
      from: hold.place,
      tenure,
      handle: this.#handle,
      options: this.#options,
      events: {
        ...this.#events,
        settled: (position) => this.#settled(index, position),
        unreadable: (position) => this.#events.unreadable(index, position),
      },
      clock: this.#clock,
      bell,
      stop: letGo.signal,
    })
      .catch((error) => {
        this.#note(error);
        return this.#clock.sleep(retryMs, letGo.signal);
      })
      .then(() => tenure.release())
      .then(() => {
        this.#running.delete(index);
        if (!letGo.signal.aborted) this.#bell.ring();
      });
    this.#running.set(index, { letGo, bell, ended });
  }

  #note(error: unknown): void {
    const isExpected = error instanceof HoldLost || (error instanceof ClientError && error.code === "BUS_UNAVAILABLE");
    if (!isExpected) this.#events.failed(error);
  }

  #heard(signal: Signal): void {
    if (signal.kind === "appended") {
      this.#running.get(signal.partition)?.bell.ring();
      return;
    }
    if (signal.group !== this.#options.group) return;
    if (signal.kind === "freed") {
      this.#bell.ring();
      return;
    }
    if (signal.member === this.#member) return;
    const isChange =
      signal.kind === "here"
        ? this.#members.heard(signal.member, this.#clock.now())
        : this.#members.left(signal.member);
    if (!isChange) return;
    // Who is new has not heard of this one yet.
    if (signal.kind === "here") this.#tell("here");
    this.#bell.ring();
  }

  #tell(kind: "here" | "left"): void {
    const { topic, group } = this.#options;
    this.#log.tell(topic, { kind, group, member: this.#member });
  }
}
