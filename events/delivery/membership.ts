/**
 * Who shares a group, as far as it is heard: those who said so within the time that a lease lasts. It decides how partitions
 * are spread and nothing else, so a member that is not heard costs no more than a worse spread.
 */
export class Membership {
  readonly #ttlMs: number;
  readonly #heardAt = new Map<string, number>();

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  /** Whether it is new. */
  heard(member: string, now: number): boolean {
    const isNew = !this.#heardAt.has(member);
    this.#heardAt.set(member, now);
    return isNew;
  }

  /** Whether it was there. */
  left(member: string): boolean {
    return this.#heardAt.delete(member);
  }

  /** How many partitions one of them holds when they are spread evenly, besides the one who asks. */
  share(partitions: number, now: number): number {
    for (const [member, heardAt] of this.#heardAt) {
      if (now - heardAt >= this.#ttlMs) this.#heardAt.delete(member);
    }
    return Math.ceil(partitions / (this.#heardAt.size + 1));
  }
}
