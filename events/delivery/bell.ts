import type { Clock } from "../clock.ts";

/** Wakes one who waits; a ring that nobody waits for is kept for the next who does. */
export class Bell {
  #isRung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  /** Until it rings, at most `ms`, or until the signal is aborted. */
  async wait(clock: Clock, ms: number, until: AbortSignal): Promise<void> {
    if (!this.#isRung) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await clock.sleep(ms, woken.signal, until);
      this.#wake = undefined;
    }
    this.#isRung = false;
  }
}
