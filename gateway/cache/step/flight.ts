/** Which entries are being asked for, so that others who miss them can wait instead of asking too. */
import type { MutationFence } from "../../transport/flights.ts";

export class Flight {
  readonly #ended = Promise.withResolvers<void>();
  /** Mutations that had ended when it began. */
  readonly startedAt: number;

  constructor(startedAt: number) {
    this.startedAt = startedAt;
  }

  /** Resolves when what it asks for is kept, or will not be. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  end(): void {
    this.#ended.resolve();
  }
}

/** By key; the first who asks for a key is waited for. */
export class EntryFlights {
  readonly #flightByKey = new Map<string, Flight>();
  readonly #fence: MutationFence;

  constructor(fence: MutationFence) {
    this.#fence = fence;
  }

  /** Nobody joins one that began before the last mutation ended: who asks after a mutation reads what it wrote. */
  find(key: string): Flight | undefined {
    const flight = this.#flightByKey.get(key);
    return flight?.startedAt === this.#fence.passed ? flight : undefined;
  }

  begin(keys: readonly { readonly key: string }[]): Flight {
    const flight = new Flight(this.#fence.passed);
    for (const { key } of keys) if (this.find(key) === undefined) this.#flightByKey.set(key, flight);
    return flight;
  }

  /** Who waits for some of what a flight asks for waits for another one from now on. */
  split(flight: Flight, keys: readonly { readonly key: string }[]): Flight {
    const other = new Flight(flight.startedAt);
    for (const { key } of keys) if (this.#flightByKey.get(key) === flight) this.#flightByKey.set(key, other);
    return other;
  }

  end(flight: Flight, keys: readonly { readonly key: string }[]): void {
    for (const { key } of keys) if (this.#flightByKey.get(key) === flight) this.#flightByKey.delete(key);
    flight.end();
  }
}
