/**
 * A hold with its end in sight: nothing is handed over when others may have taken the partition over.
 *
 * The server counts a lease from when it gets the call, and this from before the call is sent, on a clock of its own: so the
 * end that is known here is never later than the server's.
 */
import type { Clock } from "../clock.ts";
import type { Hold, KeptLetter, Place } from "../event-log.ts";

/** The partition is somebody else's by now, or may be. */
export class HoldLost extends Error {
  constructor() {
    super("the partition is held by another member");
    this.name = "HoldLost";
  }
}

const retryMs = 100;

export class Tenure {
  readonly #hold: Hold;
  readonly #leaseMs: number;
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  #renewedAt: number;
  #isLost = false;

  /**
   * @param claimedAt when the claim was sent.
   * @param closing aborted when nobody has time to wait for a server that does not answer.
   */
  constructor(hold: Hold, claimedAt: number, leaseMs: number, clock: Clock, closing: AbortSignal) {
    this.#hold = hold;
    this.#renewedAt = claimedAt;
    this.#leaseMs = leaseMs;
    this.#clock = clock;
    this.#closing = closing;
  }

  /** Has to be asked before anything is handed over. Raises `HoldLost`. */
  check(): void {
    if (this.#isLost || this.#isOver()) throw new HoldLost();
  }

  /** Raises `HoldLost`, and `BUS_UNAVAILABLE` when the server does not answer as long as the lease lasts. */
  move(to: Place): Promise<void> {
    return this.#persist(() => this.#hold.move(to));
  }

  bury(letter: KeptLetter, to: Place): Promise<void> {
    return this.#persist(() => this.#hold.bury(letter, to));
  }

  /** Waits for something that never rejects, however long it takes, and renews the lease meanwhile. Raises `HoldLost` then. */
  async during<T>(work: Promise<T>): Promise<T> {
    const isDone = new AbortController();
    const result = work.finally(() => isDone.abort());
    for (;;) {
      const rest = this.#renewedAt + this.#leaseMs / 3 - this.#clock.now();
      await this.#clock.sleep(Math.max(rest, retryMs), isDone.signal);
      if (isDone.signal.aborted) break;
      // What runs is waited for also when the lease has ended.
      if (!this.#isLost) await this.#attempt(() => this.#hold.renew()).catch(() => undefined);
    }
    const value = await result;
    if (this.#isLost) throw new HoldLost();
    return value;
  }

  async release(): Promise<void> {
    // Where it fails, the lease ends by itself.
    if (!this.#isLost) await this.#hold.release().catch(() => undefined);
  }

  /** What is not kept would be handed over again: it is tried for as long as the lease lasts. */
  async #persist(call: () => Promise<boolean>): Promise<void> {
    for (;;) {
      try {
        await this.#attempt(call);
        return;
      } catch (error) {
        if (this.#isLost || this.#closing.aborted || this.#isOver()) throw error;
        await this.#clock.sleep(retryMs, this.#closing);
      }
    }
  }

  #isOver(): boolean {
    return this.#clock.now() >= this.#renewedAt + this.#leaseMs;
  }

  async #attempt(call: () => Promise<boolean>): Promise<void> {
    const sentAt = this.#clock.now();
    if (!(await call())) {
      this.#isLost = true;
      throw new HoldLost();
    }
    this.#renewedAt = sentAt;
  }
}
