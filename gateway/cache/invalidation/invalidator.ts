/**
 * Puts an end to what is no longer true, in this process and wherever else copies are kept (INVALIDATION.md).
 *
 *   this process's fence ─▶ what is shared ─▶ everybody else's fence ─▶ acknowledged
 *
 * The order matters: from the first step on nothing old is kept here; from the second on nobody can read or keep anything
 * old that is shared; after the third nobody uses a copy of it.
 */
import type { CacheCore } from "../cache-core.ts";
import type { CacheFacts } from "../facts/cache-facts.ts";
import type { AnnouncedVersion } from "../fence/known-versions.ts";
import type { Acknowledgement } from "./acknowledgement.ts";
import type { Invalidated, InvalidationCause } from "./invalidated.ts";
import { scopesOf } from "./scopes-of.ts";

export interface InvalidationOrder {
  readonly cause: InvalidationCause;
  readonly what: readonly Invalidated[];
  /** Versions of products' data that are known to be published: answers from older ones are not kept any more. */
  readonly versions?: ReadonlyMap<string, AnnouncedVersion>;
}

export class Invalidator {
  readonly #core: CacheCore;
  /** Of every generation that may still answer. */
  readonly #facts = new Set<CacheFacts>();

  constructor(core: CacheCore) {
    this.#core = core;
  }

  /** From now on names are also those of this graph, until the returned function is called. */
  know(facts: CacheFacts): () => void {
    this.#facts.add(facts);
    return () => void this.#facts.delete(facts);
  }

  /** Whether some graph has the type, or the subgraph. */
  knowsType(type: string): boolean {
    return [...this.#facts].some((facts) => facts.subgraphsOf(type).length > 0);
  }

  knowsProduct(product: string): boolean {
    return [...this.#facts].some(({ subgraphs }) => subgraphs.includes(product));
  }

  /** Never rejects. When it resolves with `isComplete`, no answer that begins later has anything of it. */
  async invalidate({ cause, what, versions = new Map() }: InvalidationOrder): Promise<Acknowledgement> {
    const names = new Set<string>();
    for (const invalidated of what) {
      for (const facts of this.#facts) for (const name of scopesOf(invalidated, facts)) names.add(name);
    }
    this.#core.metrics.cacheInvalidations.inc({ cause }, what.length);
    return this.#core.invalidate({ scopes: [...names], versions });
  }
}
