/** A count in which old uses fade: one that is `halfLifeMs` old counts half. */
export class DecayingCount {
  readonly #halfLifeMs: number;
  #count: number;
  #at: number;

  /** `now` is in milliseconds, of a clock that never goes back. */
  constructor(halfLifeMs: number, count: number, now: number) {
    this.#halfLifeMs = halfLifeMs;
    this.#count = count;
    this.#at = now;
  }

  /** Hot: once per request. */
  add(now: number): void {
    this.#count = this.read(now) + 1;
    this.#at = now;
  }

  read(now: number): number {
    return this.#count * 2 ** ((this.#at - now) / this.#halfLifeMs);
  }
}
