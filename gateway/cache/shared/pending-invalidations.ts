/**
 * Invalidations on their way to where things are shared. What cannot be told there is told again and again; until then this
 * process takes nothing from there that it concerns.
 *
 *   add ── told at once ─▶ done
 *     └── not ─▶ backlog, everything that waits together ── told ─▶ done
 */
import { type AnnouncedVersion, laterOf } from "../fence/known-versions.ts";
import * as scope from "../fence/scopes.ts";
import type { FenceInvalidation, FenceQuestion } from "./shared-storage.ts";

export interface PendingOptions {
  tell(fences: readonly FenceInvalidation[]): Promise<void>;
  /** How long whoever invalidates waits for it. */
  readonly patienceMs?: number;
  readonly firstPauseMs?: number;
}

const longestPauseMs = 1_000;
/** Beyond so many fields of one owner, all that is the owner's is meant. */
const maxFields = 10_000;

interface Waiting {
  readonly fields: Set<string>;
  version: AnnouncedVersion | undefined;
}

export class PendingInvalidations {
  readonly #tell: PendingOptions["tell"];
  readonly #patienceMs: number;
  readonly #firstPauseMs: number;
  /** With what resolves when they have been told, or are in the backlog. */
  readonly #underWay = new Map<readonly FenceInvalidation[], Promise<void>>();
  #backlog = new Map<string, Waiting>();
  #flushing: Promise<boolean> | undefined;
  #isClosed = false;

  constructor({ tell, patienceMs = 1_000, firstPauseMs = 50 }: PendingOptions) {
    this.#tell = tell;
    this.#patienceMs = patienceMs;
    this.#firstPauseMs = firstPauseMs;
  }

  /** Resolves to true when it is told; to false when that takes too long, while it is still tried. */
  async add(fences: readonly FenceInvalidation[]): Promise<boolean> {
    if (this.#flushing !== undefined) this.#merge(fences);
    else if (await this.#tellNow(fences)) return true;
    return within(this.#flushed(), this.#patienceMs);
  }

  /** Whether something that they ask for has been invalidated and not been told yet. */
  concerns(questions: readonly FenceQuestion[]): boolean {
    if (this.#underWay.size === 0 && this.#backlog.size === 0) return false;
    return questions.some(({ owner, fields }) => {
      const waiting = this.#backlog.get(owner);
      if (waiting !== undefined && fields.some((field) => waiting.fields.has(field))) return true;
      for (const fences of this.#underWay.keys()) {
        for (const { owner: other, fields: told } of fences) {
          if (other === owner && fields.some((field) => told.includes(field))) return true;
        }
      }
      return false;
    });
  }

  /** Resolves when all that was added has been told, to true; to false when it is given up. */
  async settled(): Promise<boolean> {
    await Promise.all(this.#underWay.values());
    return (await this.#flushing) ?? this.#backlog.size === 0;
  }

  close(): void {
    this.#isClosed = true;
  }

  async #tellNow(fences: readonly FenceInvalidation[]): Promise<boolean> {
    const ended = Promise.withResolvers<void>();
    this.#underWay.set(fences, ended.promise);
    try {
      await this.#tell(fences);
      return true;
    } catch {
      this.#merge(fences);
      void this.#flushed();
      return false;
    } finally {
      this.#underWay.delete(fences);
      ended.resolve();
    }
  }

  #flushed(): Promise<boolean> {
    this.#flushing ??= this.#flush();
    return this.#flushing;
  }

  /** Whether it came to its end. */
  async #flush(): Promise<boolean> {
    let pauseMs = this.#firstPauseMs;
    while (this.#backlog.size > 0 && !this.#isClosed) {
      await pause(pauseMs);
      const fences = [...this.#backlog].map(([owner, { fields, version }]) => ({
        owner,
        fields: [...fields],
        version,
      }));
      this.#backlog = new Map();
      pauseMs = (await this.#tellNow(fences)) ? this.#firstPauseMs : Math.min(2 * pauseMs, longestPauseMs);
    }
    this.#flushing = undefined;
    return this.#backlog.size === 0;
  }

  #merge(fences: readonly FenceInvalidation[]): void {
    for (const { owner, fields, version } of fences) {
      const waiting = this.#backlog.get(owner) ?? { fields: new Set(), version: undefined };
      this.#backlog.set(owner, waiting);
      for (const field of fields) waiting.fields.add(field);
      if (waiting.fields.size > maxFields) {
        waiting.fields.clear();
        for (const broad of [scope.product(owner), scope.any(owner)]) waiting.fields.add(broad);
      }
      if (version !== undefined) waiting.version = laterOf(version, waiting.version);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

function within(work: Promise<boolean>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    timer.unref();
    void work.then((isDone) => {
      clearTimeout(timer);
      resolve(isDone);
    });
  });
}
