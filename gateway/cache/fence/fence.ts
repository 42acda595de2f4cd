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

/** What something depends on, and since when. */
export interface Dependence {
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
   * Between `enter` and `leave`: what the fill has brought, depending on these scopes; undefined when one of them was
   * invalidated since it began. Whoever gets it calls `release` once.
   */
  hold(names: readonly string[], began: number): Dependence | undefined {
    if (this.#allAt > began || this.#logStart > began) return undefined;
    if (this.#log.size > 0) {
      for (const name of names) if ((this.#log.get(name) ?? 0) > began) return undefined;
    }
    const scopes = names.map((name) => {
      let scope = this.#scopes.get(name);
      if (scope === undefined) {
        scope = { name, invalidatedAt: 0, holders: 0 };
        this.#scopes.set(name, scope);
      }
      scope.holders++;
      return scope;
    });
    return { scopes, began };
  }

  release({ scopes }: Dependence): void {
    for (const scope of scopes) {
      scope.holders--;
      if (scope.holders === 0) this.#scopes.delete(scope.name);
    }
  }

  /** Hot: once per look-up (bench/cache). */
  isIntact({ scopes, began }: Dependence): boolean {
    if (this.#allAt > began) return false;
    for (let index = 0; index < scopes.length; index++) {
      const scope = scopes[index];
      if (scope !== undefined && scope.invalidatedAt > began) return false;
    }
    return true;
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
