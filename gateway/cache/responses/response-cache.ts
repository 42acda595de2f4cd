/**
 * Whole answers, as they were sent: what is found here is neither planned, fetched nor written again. An answer is kept as
 * long as the shortest-lived of its parts, and goes with any of them.
 */
import { hash } from "node:crypto";
import { type CacheCore, hotUses } from "../cache-core.ts";
import { representationIn } from "../entry.ts";
import * as scope from "../fence/scopes.ts";
import type { RunKept } from "../step/run-kept.ts";
import { type Subject, type Subjects, subjectsOf } from "../subjects/subjects-of.ts";
import type { KeptResponse } from "./kept-response.ts";
import { type AskedResponse, ResponseKeys } from "./response-key.ts";

const refreshEveryMs = 1_000;

/** Beyond so many scopes of its parts, an answer depends on all that its subgraphs answered. */
const maxScopes = 64;

export class ResponseCache {
  readonly #core: CacheCore;
  readonly #keys: ResponseKeys;

  constructor(core: CacheCore) {
    this.#core = core;
    this.#keys = new ResponseKeys(() => core.nextNumber());
  }

  /** `due`: it is there, asked for often and about to end: who gets this makes it anew. Hot: once per request (bench/cache). */
  find(asked: AskedResponse): KeptResponse | "due" | undefined {
    const key = this.#keys.keyOf(asked);
    const kept = key === undefined ? undefined : this.#core.responses.get(key);
    const now = this.#core.now();
    const isUsable =
      kept !== undefined &&
      now < kept.freshUntil &&
      this.#core.fence.isIntact(kept.dependence) &&
      kept.askedAt > this.#core.oldestAskedAt(now);
    this.#core.countResponse(isUsable);
    if (!isUsable) return undefined;
    kept.uses++;
    if (now < kept.refreshAt || kept.uses < hotUses || now < kept.refreshedAt + refreshEveryMs) return kept;
    kept.refreshedAt = now;
    return "due";
  }

  /** Before the answer is made. Whoever begins calls `keep` or `giveUp` once with what it gets. */
  begin(): number {
    return this.#core.fence.enter();
  }

  giveUp(): void {
    this.#core.fence.leave();
  }

  /** `began`: what `begin` gave; `print` is called if need be. Undefined when the answer may not be kept. */
  keep(
    asked: AskedResponse,
    began: number,
    kept: RunKept | undefined,
    print: () => Pick<KeptResponse, "body" | "rows">,
  ): KeptResponse | undefined {
    const core = this.#core;
    try {
      if (kept === undefined || kept.isPartial || kept.isStale || kept.entries.length === 0) return undefined;
      if (kept.entries.some(({ shelf }) => shelf.mode !== "on") || !core.mayKeep) return undefined;
      const key = this.#keys.learn(asked, kept);
      const answer = print();
      const body = answer.body.at(core.now());
      const bytes = 2 * body.byteLength + key.length;
      if (bytes > core.options.maxEntryBytes) return undefined;
      const freshUntil = kept.entries.reduce(
        (until, entry) => Math.min(until, entry.freshUntil),
        Number.POSITIVE_INFINITY,
      );
      if (freshUntil <= core.now()) return undefined;
      const shared = core.fence.share([], began);
      const dependence = shared && core.fence.hold(shared, scopesOf(kept), began);
      if (dependence === undefined) return undefined;
      const response: KeptResponse = {
        ...answer,
        subjects: subjectsIn(kept),
        askedAt: kept.entries.reduce((first, { askedAt }) => Math.min(first, askedAt), Number.POSITIVE_INFINITY),
        etag: `W/"${hash("sha256", body, "base64url").slice(0, 22)}"`,
        bornAt: kept.bornAt,
        freshUntil,
        isShared: kept.entries.every(({ shelf, isPrivate }) => !isPrivate && shelf.variation === undefined),
        dependence,
        bytes,
        refreshAt: kept.entries.reduce((at, { refreshAt }) => Math.min(at, refreshAt), Number.POSITIVE_INFINITY),
        isRetired: false,
        uses: 0,
        refreshedAt: Number.NEGATIVE_INFINITY,
      };
      core.responses.set(key, response);
      return response;
    } finally {
      core.fence.leave();
    }
  }
}

function subjectsIn({ entries }: RunKept): Subjects {
  const known = new Map<string, Subject>();
  let isPartial = false;
  for (const entry of entries) {
    const found = subjectsOf(entry.shelf, representationIn(entry), entry.value);
    for (const subject of found.known) known.set(subject.join("\n"), subject);
    if (found.isPartial) isPartial = true;
  }
  return { known: [...known.values()], isPartial };
}

function scopesOf({ entries }: RunKept): readonly string[] {
  const names = new Set<string>();
  for (const { dependence } of entries) {
    for (const { name } of dependence.shared.scopes) names.add(name);
    for (const { name } of dependence.scopes) names.add(name);
    if (names.size > maxScopes) return [...new Set(entries.map(({ shelf }) => scope.any(shelf.subgraph)))];
  }
  return [...names];
}
