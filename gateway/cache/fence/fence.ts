/**
 * What has been invalidated in this process, and what that puts an end to (INVALIDATION.md).
 *
 * Terms: a **scope** is a name for data that change together (`scopes.ts`). A **fill** is the reading of something that is
 * to be kept, from before its source is asked until it is kept or not. What is kept holds the scopes that it depends on.
 *
 *   clock      counts invalidations
 *   scope      the clock when it was invalidated last; known as long as something holds it
 *   fill       the clock when it began: what it brings may be kept if none of its scopes was invalidated since
 *   log        the scopes that were invalidated while fills are under way, since those hold nothing yet
 *
 * Cost: beginning a fill is a counter; an invalidation is a look-up for each scope, however much depends on it; asking
 * whether something is intact is a comparison for each scope that it holds.
 */

export interface Scope {
  readonly name: string;
  invalidatedAt: number;
  /** How many hold it. */
  holders: number;
}

/** Scopes that many things of one fill depend on, held once for all of them. */
export interface SharedScopes {
  readonly scopes: readonly Scope[];
  /** Of those who hold something with them, and of whoever shares them as long as it does. */
  holders: number;
}

/** What something depends on, and since when. */
export interface Dependence {
  readonly shared: SharedScopes;
  readonly scopes: readonly Scope[];
  /** The clock when its source had not been asked yet. */
  readonly began: number;
}

/** Beyond so many invalidations during one fill, all fills that are under way are given up. */
const maxLog = 10_000;

export class Fence {
  readonly #scopes = new Map<string, Scope>();
  readonly #log = new Map<string, number>();
  #clock = 0;
  #allAt = 0;
  /** Fills that began at or before it are lost: the log does not reach back so far. */
  #logStart = 0;
  #fills = 0;

  /** Scopes that something holds. */
  get size(): number {
    return this.#scopes.size;
  }

  /** Before the source is asked: the clock that the fill began at. Whoever begins one calls `leave` once. */
  enter(): number {
    this.#fills++;
    return this.#clock;
  }

  leave(): void {
    this.#fills--;
    if (this.#fills === 0) this.#log.clear();
  }

  /**
   * Between `enter` and `leave`: scopes for everything of one kind that the fill brings; undefined when one of them was
   * invalidated since it began. They are let go with the last that `hold`s them, and not before whoever shares them calls
   * `unshare` once: what was held first may be released before the next is.
   */
  share(names: readonly string[], began: number): SharedScopes | undefined {
    return this.#isUntouched(names, began) ? { scopes: names.map((name) => this.#take(name)), holders: 1 } : undefined;
  }

  /** Likewise, for one thing that it brings, with scopes of its own besides. Whoever gets it calls `release` once. */
  hold(shared: SharedScopes, names: readonly string[], began: number): Dependence | undefined {
    if (!this.#isUntouched(names, began)) return undefined;
    shared.holders++;
    return { shared, scopes: names.map((name) => this.#take(name)), began };
  }

  release({ shared, scopes }: Dependence): void {
    for (const scope of scopes) this.#drop(scope);
    this.unshare(shared);
  }

  /** Nothing more is held with them by whoever shared them. */
  unshare(shared: SharedScopes): void {
    shared.holders--;
    if (shared.holders === 0) for (const scope of shared.scopes) this.#drop(scope);
  }

  #isUntouched(names: readonly string[], began: number): boolean {
    if (this.#allAt > began || this.#logStart > began) return false;
    if (this.#log.size > 0) {
      for (const name of names) if ((this.#log.get(name) ?? 0) > began) return false;
    }
    return true;
  }

  #take(name: string): Scope {
    let scope = this.#scopes.get(name);
    if (scope === undefined) {
      scope = { name, invalidatedAt: 0, holders: 0 };
      this.#scopes.set(name, scope);
    }
    scope.holders++;
    return scope;
  }

  #drop(scope: Scope): void {
    scope.holders--;
    if (scope.holders === 0) this.#scopes.delete(scope.name);
  }

  /** Hot: once per look-up (bench/cache). */
  isIntact({ shared, scopes, began }: Dependence): boolean {
    return this.#allAt <= began && areIntact(shared.scopes, began) && areIntact(scopes, began);
  }

  /** From now on nothing is intact that depends on one of them and began before. */
  invalidate(names: Iterable<string>): void {
    this.#clock++;
    for (const name of names) {
      const scope = this.#scopes.get(name);
      if (scope !== undefined) scope.invalidatedAt = this.#clock;
      if (this.#fills > 0) this.#log.set(name, this.#clock);
    }
    if (this.#log.size <= maxLog) return;
    this.#log.clear();
    this.#logStart = this.#clock;
  }

  /** Nothing that began before is intact: something may have been missed. */
  invalidateAll(): void {
    this.#clock++;
    this.#allAt = this.#clock;
    this.#log.clear();
  }
}

function areIntact(scopes: readonly Scope[], began: number): boolean {
  for (let index = 0; index < scopes.length; index++) {
    const scope = scopes[index];
    if (scope !== undefined && scope.invalidatedAt > began) return false;
  }
  return true;
}
