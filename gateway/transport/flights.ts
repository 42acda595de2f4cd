/**
 * Calls under way, each shared by all who ask for the same before it ends.
 *
 * 1. A call is started by the first who asks and joined by all who ask the same until it ends.
 * 2. Who no longer wants the answer leaves at once; the others are not disturbed. When all have left, the call is cancelled
 *    and nobody joins it any more.
 * 3. Nobody joins a call that began before the last mutation ended: who asks after a mutation reads what it wrote.
 * 4. What each gets is made by its own `take`, all before any of them goes on, so that nobody sees another's changes.
 */
import { Cancel, type CancelListener, type Cancellation } from "#http";

/** Counts the mutations that have ended, whoever sent them and to whichever subgraph. */
export class MutationFence {
  passed = 0;

  mutationEnded(): void {
    this.passed++;
  }
}

/** Who asks and what is asked; two that are equal in both are the same. */
export interface FlightKey {
  readonly asker: string;
  /** May be long: it is compared, never hashed as a whole. */
  readonly what: string;
}

/** `isFirst` for one at most of those who share a result: it may take the result itself. */
export type Take<Result> = (result: Result, isFirst: boolean) => Result;

export interface FlightsOptions {
  readonly fence: MutationFence;
  /** What who leaves is told. */
  abandoned(cancellation: Cancellation): Error;
  /** Somebody joined a call that was under way. */
  onJoin(): void;
}

/** So that nobody can make many calls that have to be compared with each other. */
const maxAlike = 16;

/** Hot: once per request and once per request to a subgraph (bench/transport). */
export class Flights<Result> {
  readonly #options: FlightsOptions;
  /** By fingerprint; those in one list are alike and need not be the same. */
  readonly #flights = new Map<number, Flight<Result>[]>();

  constructor(options: FlightsOptions) {
    this.#options = options;
  }

  /** `start` is called unless there is a call to join; whoever no longer wants the answer says so by `cancellation`. */
  share(
    key: FlightKey,
    cancellation: Cancellation,
    start: (cancellation: Cancellation) => Promise<Result>,
    take: Take<Result>,
  ): Promise<Result> {
    const { fence, abandoned, onJoin } = this.#options;
    if (cancellation.aborted) return Promise.reject(abandoned(cancellation));
    const mark = fingerprint(key.what);
    const alike = this.#flights.get(mark) ?? [];
    const underWay = alike.find((flight) => flight.startedAt === fence.passed && isSame(flight.key, key));
    if (underWay !== undefined) {
      onJoin();
      return underWay.join(cancellation, take);
    }
    const flight = new Flight<Result>(key, fence.passed, abandoned, () => this.#remove(mark, flight));
    if (alike.length < maxAlike && alike.push(flight) === 1) this.#flights.set(mark, alike);
    const result = flight.join(cancellation, take);
    start(flight).then(
      (landed) => flight.land(landed),
      (error: unknown) => flight.fail(error),
    );
    return result;
  }

  #remove(mark: number, flight: Flight<Result>): void {
    const alike = this.#flights.get(mark);
    const index = alike?.indexOf(flight) ?? -1;
    if (alike === undefined || index < 0) return;
    if (alike.length === 1) this.#flights.delete(mark);
    else alike.splice(index, 1);
  }
}

/** One call and who waits for it; cancels the call when nobody does. */
class Flight<Result> extends Cancel {
  readonly key: FlightKey;
  readonly startedAt: number;
  readonly #abandoned: (cancellation: Cancellation) => Error;
  readonly #onEnd: () => void;
  #sharers: Sharer<Result>[] = [];

  constructor(key: FlightKey, startedAt: number, abandoned: (cancellation: Cancellation) => Error, onEnd: () => void) {
    super();
    this.key = key;
    this.startedAt = startedAt;
    this.#abandoned = abandoned;
    this.#onEnd = onEnd;
  }

  join(cancellation: Cancellation, take: Take<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const sharer = new Sharer(this, cancellation, take, resolve, reject);
      this.#sharers.push(sharer);
      cancellation.addEventListener("abort", sharer);
    });
  }

  land(result: Result): void {
    const sharers = this.#end();
    // A promise that is resolved goes on only after this, when all have taken theirs.
    for (let index = 0; index < sharers.length; index++) sharers[index]?.land(result, index === 0);
  }

  fail(error: unknown): void {
    for (const { reject } of this.#end()) reject(error);
  }

  leave(sharer: Sharer<Result>): void {
    this.#sharers.splice(this.#sharers.indexOf(sharer), 1);
    sharer.reject(this.#abandoned(sharer.cancellation));
    if (this.#sharers.length > 0) return;
    this.#onEnd();
    this.abort(sharer.cancellation.reason);
  }

  #end(): readonly Sharer<Result>[] {
    const sharers = this.#sharers;
    this.#sharers = [];
    this.#onEnd();
    for (const sharer of sharers) sharer.cancellation.removeEventListener("abort", sharer);
    return sharers;
  }
}

/** One who waits for a call. */
class Sharer<Result> implements CancelListener {
  readonly cancellation: Cancellation;
  readonly reject: (error: unknown) => void;
  readonly #flight: Flight<Result>;
  readonly #take: Take<Result>;
  readonly #resolve: (result: Result) => void;

  constructor(
    flight: Flight<Result>,
    cancellation: Cancellation,
    take: Take<Result>,
    resolve: (result: Result) => void,
    reject: (error: unknown) => void,
  ) {
    this.cancellation = cancellation;
    this.reject = reject;
    this.#flight = flight;
    this.#take = take;
    this.#resolve = resolve;
  }

  handleEvent(): void {
    this.#flight.leave(this);
  }

  land(result: Result, isFirst: boolean): void {
    try {
      this.#resolve(this.#take(result, isFirst));
    } catch (error) {
      this.reject(error);
    }
  }
}

function isSame(one: FlightKey, other: FlightKey): boolean {
  return one.asker === other.asker && one.what === other.what;
}

/**
 * Made of the length, the end and some places in between. V8 hashes a string of more than 16,383 characters as a key of a `Map`
 * in 10 to 25 ns per character (Node 26): a millisecond for 50 kB, where comparing two of them takes two microseconds.
 */
function fingerprint(text: string): number {
  const { length } = text;
  const end = Math.max(0, length - 24);
  const step = (end >> 4) + 1;
  let mark = length;
  for (let at = 0; at < length; at += at < end ? step : 1) mark = (Math.imul(mark, 31) + text.charCodeAt(at)) | 0;
  return mark;
}
