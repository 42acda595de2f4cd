/**
 * Puts an end to what is no longer true, in this process and wherever else copies are kept (INVALIDATION.md).
 *
 *   this process's fence ─▶ what is shared ─▶ everybody else's fence ─▶ acknowledged
 *
 * The order matters: from the first step on nothing old is kept here; from the second on nobody can read or keep anything
 * old that is shared; after the third nobody uses a copy of it.
 */
import type { CacheCore } from "../cache-core.ts";
import type { Notice } from "../coherence/coherence.ts";
import type { CacheFacts } from "../facts/cache-facts.ts";
import type { AnnouncedVersion } from "../fence/known-versions.ts";
import type { Subject } from "../subjects/subjects-of.ts";
import type { Acknowledgement } from "./acknowledgement.ts";
import type { Invalidated, InvalidationCause } from "./invalidated.ts";
import { scopesOf } from "./scopes-of.ts";

export interface InvalidationOrder {
  readonly cause: InvalidationCause;
  readonly what: readonly Invalidated[];
  /** Versions of products' data that are known to be published: answers from older ones are not kept any more. */
  readonly versions?: ReadonlyMap<string, AnnouncedVersion>;
}

/** What became of what was kept of persons. */
export interface Forgotten {
  /** Entries and whole answers in processes that have told, this one among them. */
  readonly copies: number;
  /** Entries where gateways share; undefined where they could not be removed. */
  readonly shared: number | undefined;
  /** Whether nothing is left anywhere. */
  readonly isComplete: boolean;
}

/** Whoever cannot be told may say so at once: in between, this process does other things. */
const againAfterMs = 10;

export class Invalidator {
  readonly #core: CacheCore;
  /** Of every generation that may still answer. */
  readonly #facts = new Set<CacheFacts>();
  #isClosed = false;

  constructor(core: CacheCore) {
    this.#core = core;
    core.shared?.knowPersonal({
      hasPersonalKey: (type) => [...this.#facts].some((facts) => facts.hasPersonalKey(type)),
      hasPersonalTag: (subgraph) => [...this.#facts].some((facts) => facts.hasPersonalTag(subgraph)),
    });
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

  /**
   * Resolves when nobody finds anything of what was invalidated where gateways share; to false when this process ends
   * before.
   */
  async settled(): Promise<boolean> {
    return (await this.#core.shared?.settled()) ?? true;
  }

  /**
   * Removes what is kept of persons, and what is personal but nobody knows whose. What products have published before it is
   * asked has been invalidated by then (`settled`), so that nobody brings anything of it back.
   */
  async forget(subjects: readonly Subject[]): Promise<Forgotten> {
    const core = this.#core;
    const owners = new Set([...this.#facts].flatMap((facts) => facts.subgraphs));
    const shared =
      core.shared === undefined ? 0 : await core.shared.removeSubjects([...owners], subjects).catch(() => undefined);
    core.metrics.cacheInvalidations.inc({ cause: "erasure" }, subjects.length);
    const { removed = 0, isComplete } = await core.invalidate({
      scopes: [],
      versions: new Map(),
      forgotten: subjects,
    });
    return { copies: removed, shared, isComplete: shared !== undefined && isComplete };
  }

  /** Never rejects. When it resolves with `isComplete`, no answer that begins later has anything of it. */
  invalidate(order: InvalidationOrder): Promise<Acknowledgement> {
    return this.#core.invalidate(this.#noticeOf(order));
  }

  /**
   * The same, and resolves as soon as everybody has applied it who answers: gateways that are cut off, or have ended without
   * saying so, are not waited for. To false when it has to be told again, since this gateway is cut off.
   */
  tell(order: InvalidationOrder): Promise<boolean> {
    return new Promise((resolve) => void this.#core.invalidate(this.#noticeOf(order), resolve));
  }

  /** Tells it until it is told. To false when this process ends before. */
  async carryOut(order: InvalidationOrder): Promise<boolean> {
    while (!(await this.tell(order))) {
      if (this.#isClosed || !(await this.settled())) return false;
      await pause(againAfterMs);
    }
    return this.settled();
  }

  /** Nobody is told again. */
  close(): void {
    this.#isClosed = true;
  }

  #noticeOf({ cause, what, versions = new Map() }: InvalidationOrder): Notice {
    const names = new Set<string>();
    const isConcerned = (invalidated: Invalidated): boolean => {
      const scopes = [...this.#facts].flatMap((facts) => scopesOf(invalidated, facts));
      for (const name of scopes) names.add(name);
      return scopes.length > 0;
    };
    this.#core.metrics.cacheInvalidations.inc({ cause }, what.filter(isConcerned).length);
    return { scopes: [...names], versions };
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
