/** One member: a list of all, an ear of its own, and what follows from what it hears. */
import { randomUUID } from "node:crypto";
import type { RedisObserver } from "#redis";
import type { Acknowledgement } from "../../invalidation/acknowledgement.ts";
import type { Coherence, CoherenceListener, CoherenceTimings, Notice, OnTold } from "../coherence.ts";
import { Announcer } from "./announcer.ts";
import type { Ear, OpenEar } from "./ear.ts";
import type { MemberList } from "./member-list.ts";
import { Membership } from "./membership.ts";
import { readMessage, readPayload, type Seal, writePayload } from "./messages.ts";
import { NoticeBatch } from "./notice-batch.ts";

export interface RedisCoherenceParts {
  /** Of this member; nobody else has ever had it. */
  readonly id: string;
  readonly list: MemberList;
  readonly openEar: OpenEar;
  readonly seal: Seal | undefined;
  readonly timings: CoherenceTimings;
  readonly now: () => number;
  readonly logger: RedisObserver["logger"];
}

export const newMemberId = (): string => randomUUID();

export class RedisCoherence implements Coherence {
  readonly #parts: RedisCoherenceParts;
  readonly #listener: CoherenceListener;
  readonly #membership: Membership;
  readonly #announcer: Announcer;
  readonly #batch: NoticeBatch;
  readonly #ear: Ear;

  constructor(parts: RedisCoherenceParts, listener: CoherenceListener) {
    this.#parts = parts;
    this.#listener = listener;
    this.#membership = new Membership({ ...parts, listener, onUnheard: () => this.#ear.restart() });
    this.#announcer = new Announcer(parts);
    this.#batch = new NoticeBatch((what, onTold) => this.#announcer.announce(writePayload(what, parts.seal), onTold));
    this.#ear = parts.openEar({
      onListening: () => this.#membership.onListening(),
      onDeaf: () => this.#membership.onDeaf(),
      onMessage: (text) => this.#onMessage(text),
    });
  }

  /** Resolves when it is so for the first time. */
  get whenCurrent(): Promise<void> {
    return this.#membership.whenCurrent;
  }

  isCurrent(): boolean {
    return this.#membership.isCurrent();
  }

  mayKeep(): boolean {
    return this.#membership.mayKeep();
  }

  announce(notice: Notice, onTold?: OnTold): Promise<Acknowledgement> {
    return this.#batch.add(notice, onTold);
  }

  async close(): Promise<void> {
    this.#membership.close();
    this.#announcer.close();
    this.#ear.close();
    // Who is not taken off the list is waited for until its lease has ended.
    await this.#parts.list.leave().catch(() => undefined);
  }

  #onMessage(text: string): void {
    const message = readMessage(text);
    switch (message?.kind) {
      case "ping":
        this.#membership.onPing(message.beat);
        break;
      case "ack":
        this.#announcer.onAck(message.member, message.number, message.removed);
        break;
      case "notice":
        if (message.from === this.#parts.id) this.#announcer.onEcho(message.number);
        else this.#onNotice(message.from, message.number, readPayload(message.payload, this.#parts.seal));
        break;
      case undefined:
        // A newer version may say it so.
        this.#listener.onGap();
    }
  }

  #onNotice(from: string, number: number, notice: Notice | undefined): void {
    let removed = 0;
    if (notice === undefined) this.#listener.onGap();
    else removed = this.#listener.onNotice(notice);
    // Who is not heard to have been told is taken for lost, and joins anew.
    this.#parts.list.acknowledge(from, number, removed).catch(() => undefined);
  }
}
