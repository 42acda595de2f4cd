/**
 * A Redis in this process, for members whose ways to it can be cut, silenced and slow, in the time of fake timers. Its list
 * does what the scripts do, which `redis-member-list.property.test.ts` compares.
 */
import type { CoherenceTimings } from "../coherence.ts";
import type { Ear, EarListener, OpenEar } from "./ear.ts";
import { type Beat, countsForMs, type Evicted, type Listed, type MemberList, type Told } from "./member-list.ts";
import { ack, notice } from "./messages.ts";

interface Entry {
  readonly leaseEnd: number;
  readonly join: number;
  readonly state: "in" | "out";
}

/** What is done at once. */
export class SimulatedList {
  readonly #now: () => number;
  entries = new Map<string, Entry>();
  server: string | undefined;
  since = 0;
  /** Of the server that answers. */
  run = "first";

  constructor(now: () => number) {
    this.#now = now;
  }

  #begin(): number {
    const now = this.#now();
    if (this.server !== this.run || this.since > now) {
      this.entries = new Map();
      this.server = this.run;
      this.since = now;
    }
    return now;
  }

  beat(id: string, { number, join }: Beat, leaseMs: number): boolean {
    const now = this.#begin();
    const entry = this.entries.get(id);
    if (number !== join && (entry?.join !== join || entry.state !== "in")) return false;
    this.entries.set(id, { leaseEnd: now + leaseMs, join, state: "in" });
    return true;
  }

  announce(id: string, countingMs: number): Told {
    const now = this.#begin();
    for (const [member, { leaseEnd }] of this.entries) {
      if (leaseEnd + countingMs <= now) this.entries.delete(member);
    }
    const members = [...this.entries].filter(([member]) => member !== id);
    return {
      now,
      since: this.since,
      members: members.map(([member, { leaseEnd, join }]) => ({ id: member, leaseEnd, join })),
    };
  }

  evict(members: readonly Listed[]): Evicted {
    const now = this.#begin();
    const leaseEndById = new Map<string, number>();
    for (const { id, join } of members) {
      const entry = this.entries.get(id);
      if (entry === undefined) continue;
      if (entry.join === join) this.entries.set(id, { ...entry, state: "out" });
      leaseEndById.set(id, entry.join === join ? entry.leaseEnd : now);
    }
    return { now, since: this.since, leaseEndById };
  }

  leave(id: string): void {
    this.entries.delete(id);
  }
}

/**
 * How a way to Redis is. What is said on a silent one may arrive when it is not silent any more, or never; a lossy one loses
 * some of it; one that has moved hears nothing until it is opened anew.
 */
export type Way = "open" | "silent" | "cut" | "lossy" | "moved";

/** One member's ways to it. */
export interface SimulatedWays {
  readonly list: MemberList;
  readonly openEar: OpenEar;
  setCommands(way: Way): void;
  setSubscription(way: Way): void;
  /** Each message takes up to so long. */
  slowMs: number;
}

const timeoutMs = 50;
const longestMs = 4_000;

export class SimulatedRedis {
  readonly list: SimulatedList;
  readonly #random: () => number;
  readonly #timings: CoherenceTimings;
  readonly #ears = new Set<SimulatedEar>();

  /** `random`: from 0 to 1. */
  constructor(now: () => number, random: () => number, timings: CoherenceTimings) {
    this.list = new SimulatedList(now);
    this.#random = random;
    this.#timings = timings;
  }

  connect(id: string): SimulatedWays {
    const own = `own ${id}`;
    let commands: Way = "open";
    let subscription: Way = "open";
    let ear: SimulatedEar | undefined;
    const upTo = (most: number): number => this.#random() * most;

    /** What is not answered in time is given up, and done all the same, if it gets there. */
    const ask = <T>(action: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error("timeout")), timeoutMs);
        const isLost = (): boolean => commands === "cut" || (commands === "lossy" && upTo(1) < 0.25);
        const arrive = (): void => {
          if (isLost()) return;
          if (commands === "silent") return void setTimeout(arrive, upTo(longestMs));
          const answer = action();
          setTimeout(() => {
            if (commands === "silent" || isLost()) return;
            clearTimeout(late);
            resolve(answer);
          }, upTo(ways.slowMs));
        };
        setTimeout(arrive, upTo(ways.slowMs));
      });

    const ways: SimulatedWays = {
      slowMs: 2,
      setCommands(way) {
        commands = way;
      },
      setSubscription(way) {
        subscription = way;
        if (way === "cut") ear?.lose();
        if (way === "moved") ear?.move();
      },
      list: {
        beat: (beat) =>
          ask(() => {
            const isListed = this.list.beat(id, beat, this.#timings.leaseMs);
            if (isListed) this.#publish(own, `ping ${beat.number}`);
            return isListed;
          }),
        announce: (number, payload) =>
          ask(() => {
            const told = this.list.announce(id, countsForMs(this.#timings));
            this.#publish("notices", notice(id, number, payload));
            return told;
          }),
        evict: (members) => ask(() => this.list.evict(members)),
        acknowledge: (announcer, number, removed) =>
          ask(() => this.#publish(`own ${announcer}`, ack(id, number, removed))),
        leave: () => ask(() => this.list.leave(id)),
      },
      openEar: (listener) => {
        ear = new SimulatedEar(
          { way: () => subscription, delayMs: () => upTo(ways.slowMs), upTo },
          ["notices", own],
          listener,
        );
        this.#ears.add(ear);
        return ear;
      },
    };
    return ways;
  }

  /** As a restart or a fail-over does. The list may be lost, be as it was, or as it was some time ago. */
  restart(run: string, entries: SimulatedList["entries"]): void {
    this.list.run = run;
    this.list.entries = new Map(entries);
    for (const ear of this.#ears) ear.onServerLost();
  }

  #publish(channel: string, text: string): void {
    for (const ear of this.#ears) ear.hear(channel, text);
  }
}

interface EarWay {
  way(): Way;
  delayMs(): number;
  upTo(most: number): number;
}

class SimulatedEar implements Ear {
  readonly #own: EarWay;
  readonly #channels: readonly string[];
  readonly #listener: EarListener;
  #connection: { hears: boolean } | undefined;
  #isClosed = false;

  constructor(own: EarWay, channels: readonly string[], listener: EarListener) {
    this.#own = own;
    this.#channels = channels;
    this.#listener = listener;
    this.#open();
  }

  restart(): void {
    this.lose();
  }

  close(): void {
    this.#isClosed = true;
  }

  lose(): void {
    if (this.#connection === undefined || this.#isClosed) return;
    this.#connection = undefined;
    this.#listener.onDeaf();
    this.#open();
  }

  move(): void {
    if (this.#connection !== undefined) this.#connection.hears = false;
  }

  /** Where nothing gets through, that is not noticed either. */
  onServerLost(): void {
    if (this.#own.way() === "open") this.lose();
    else this.move();
  }

  hear(channel: string, text: string): void {
    const connection = this.#connection;
    if (!connection?.hears || !this.#channels.includes(channel)) return;
    const arrive = (): void => {
      if (this.#connection !== connection || this.#isClosed) return;
      const way = this.#own.way();
      if (way === "silent") {
        if (this.#own.upTo(1) < 0.5) setTimeout(arrive, this.#own.upTo(longestMs));
      } else if (way !== "lossy" || this.#own.upTo(1) >= 0.25) {
        this.#listener.onMessage(text);
      }
    };
    setTimeout(arrive, this.#own.delayMs());
  }

  #open(): void {
    setTimeout(() => {
      if (this.#isClosed) return;
      if (["silent", "cut"].includes(this.#own.way())) return this.#open();
      this.#connection = { hears: true };
      this.#listener.onListening();
    }, 20 + this.#own.upTo(30));
  }
}
