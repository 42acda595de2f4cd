/** Whether the clock of a server goes on: what is kept there would otherwise be taken for younger than it is. */

/** What a round trip and two rounded clocks can make of a steady one. */
const toleranceMs = 1_000;

export class RedisClocks {
  readonly #now: () => number;
  /** By owner: the server that answered last, and how far its clock was ahead of this process's, at most. */
  readonly #ahead = new Map<string, { readonly run: string; readonly byMs: number }>();

  /** `now`: milliseconds of a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  wentBack(owner: string, run: string, serverNow: number): boolean {
    const byMs = serverNow - this.#now();
    const known = this.#ahead.get(owner);
    if (known !== undefined && known.run === run) {
      if (byMs < known.byMs - toleranceMs) {
        this.#ahead.set(owner, { run, byMs });
        return true;
      }
      if (byMs <= known.byMs) return false;
    }
    this.#ahead.set(owner, { run, byMs });
    return false;
  }
}
