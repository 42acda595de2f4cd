import { setImmediate as macrotask } from "node:timers/promises";
import type { Clock } from "../clock.ts";

/** A clock that goes on only when nothing else is left to do, straight to the next moment that somebody waits for. */
export class VirtualClock implements Clock {
  #now = 0;
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#now);
  }

  sleep(ms: number, ...until: readonly AbortSignal[]): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        for (const signal of until) signal.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper = { at: this.#now + ms, wake };
      this.#sleepers.add(sleeper);
      for (const signal of until) {
        if (signal.aborted) return wake();
        signal.addEventListener("abort", wake);
      }
    });
  }

  /** Until it is so; throws when it is not within `limitMs` of its time. */
  async runUntil(isSo: () => boolean, limitMs: number): Promise<void> {
    const end = this.#now + limitMs;
    for (;;) {
      await macrotask();
      if (isSo()) return;
      const next = [...this.#sleepers].reduce((one, other) => (other.at < one.at ? other : one), {
        at: end,
        wake: () => {},
      });
      if (next.at >= end) throw new Error(`not within ${limitMs} ms`);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
  }

  /** Lets so much of its time pass. */
  async run(ms: number): Promise<void> {
    const end = this.#now + ms;
    const arrived = this.sleep(ms);
    let isThere = false;
    void arrived.then(() => {
      isThere = true;
    });
    await this.runUntil(() => isThere, ms + 1);
    this.#now = Math.max(this.#now, end);
  }
}
