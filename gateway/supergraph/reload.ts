/**
 * Keeps one generation current. Reloads are single-flight:
 *
 *   idle ──reload──▶ running ──done, nothing asked──▶ idle
 *                      │  ▲
 *              reload──▼  │ done
 *                    running, one waiting ──▶ running
 *
 * 1. At most one reload runs and at most one waits; who asks while one waits gets the waiting one's result.
 * 2. The swap is one assignment: a request sees the old generation or the new one.
 * 3. A failed reload changes nothing but what health, log and metric say of it.
 * 4. An unchanged supergraph over unchanged routes and rules changes nothing at all.
 *
 * Where a gateway runs in several processes, one of them holds what the others build and swap together: `activate` is
 * their swap, and `prepare` the half of a reload that comes before it.
 */
import type { Govern } from "../governance-port.ts";
import type { Logger } from "../observability/logger.ts";
import type { GatewayMetrics } from "../observability/metrics.ts";
import { type CompositionError, CompositionFailed } from "./composition-error.ts";
import type { Generation } from "./generation.ts";
import type { ReadSupergraph, Route } from "./read-source.ts";
import type { SupergraphSource } from "./source.ts";

/** What a reload may change; what is left out stays as it is, and the source is read again. */
export interface ReloadChanges<Rules = Govern | undefined> {
  readonly source?: SupergraphSource;
  readonly govern?: Rules;
}

export type ReloadResult =
  | {
      readonly kind: "swapped";
      readonly generation: number;
      /** Resolves when the last request on the old generation has ended: what it was made of may be closed then. */
      readonly drained: Promise<void>;
    }
  | { readonly kind: "unchanged"; readonly generation: number }
  | ({ readonly kind: "failed" } & ReloadFailure);

/** Why the last reload left the old generation in place. */
export interface ReloadFailure {
  readonly at: Date;
  readonly reason: string;
  /** Every composition error, when it was composition that failed. */
  readonly errors: readonly CompositionError[];
}

/** A generation that is built and warm, and that nobody uses yet. Exactly one of the two is called. */
export interface PreparedReload {
  readonly generation: number;
  /** Makes it the current one: requests that come from now on are answered by it. */
  commit(): Promise<{ readonly drained: Promise<void> }>;
  /** Leaves nothing of it running. */
  discard(): Promise<void>;
}

/** What is held: a `Generation`, or what stands for one that other processes built (and warmed up themselves). */
export type HeldGeneration = Pick<Generation, "number" | "supergraphHash" | "read" | "subgraphs" | "supersede">;

export interface GenerationHolder<G extends HeldGeneration = Generation, Rules = Govern | undefined> {
  /** Undefined after `close`. */
  current(): G | undefined;
  /** What the sources last said, for health: also when the supergraph did not change by it. */
  lastRead(): ReadSupergraph;
  /** Of the last reload; undefined once one succeeded. */
  lastFailure(): ReloadFailure | undefined;
  /**
   * Calls `listener` at once with the current generation, and with each later one before any operation runs on it, until
   * the returned function is called. What a listener throws is logged.
   */
  onCurrent(listener: (generation: G) => void): () => void;
  /** Never rejects. */
  reload(changes?: ReloadChanges<Rules>): Promise<ReloadResult>;
  /**
   * Builds the next generation under a number that somebody else gives, whether anything changed or not, and leaves the
   * swap to the caller, who prepares one at a time and never beside `reload`. Rejects with what is wrong.
   */
  prepare(changes: ReloadChanges<Rules>, number: number): Promise<PreparedReload>;
  /** Resolves when the last request of every generation has ended. */
  close(): Promise<void>;
}

interface Inputs<Rules> {
  readonly source: SupergraphSource;
  readonly govern: Rules;
}

export interface HolderOptions<G extends HeldGeneration, Rules> {
  readonly source: SupergraphSource;
  readonly govern: Rules;
  /** The first generation's number; 1 by default. */
  readonly firstNumber?: number;
  read(source: SupergraphSource, previous: ReadSupergraph | undefined): Promise<ReadSupergraph>;
  build(number: number, read: ReadSupergraph, govern: Rules): Promise<G>;
  /** Makes in `next` what clients will ask of it, as far as `before` knows. Never rejects. */
  warmUp?(before: G, next: G): Promise<void>;
  /** Called last before a generation becomes current, the first one too. A throw disposes of it; the old one stays. */
  activate?(next: G): Promise<void>;
  readonly logger: Logger;
  readonly metrics: Pick<GatewayMetrics, "reloads" | "generationInfo">;
  readonly now: () => Date;
}

/** Builds the first generation; rejects when that fails, since there is nothing to keep serving. */
export async function createGenerationHolder<G extends HeldGeneration, Rules>(
  options: HolderOptions<G, Rules>,
): Promise<GenerationHolder<G, Rules>> {
  const { logger, metrics } = options;
  const draining = new Set<Promise<void>>();
  let inputs: Inputs<Rules> = { source: options.source, govern: options.govern };
  let lastNumber = options.firstNumber ?? 1;
  let lastFailure: ReloadFailure | undefined;
  let running: Promise<ReloadResult> | undefined;
  let waiting: { changes: ReloadChanges<Rules>; result: Promise<ReloadResult> } | undefined;
  const listeners = new Set<(generation: G) => void>();

  let lastRead = await options.read(inputs.source, undefined);
  let current: G | undefined = await options.build(lastNumber, lastRead, inputs.govern);
  await activate(current);
  announce(current, metrics);

  async function activate(next: G): Promise<void> {
    try {
      await options.activate?.(next);
    } catch (error) {
      await next.supersede();
      throw error;
    }
  }

  const tell = (listener: (generation: G) => void, generation: G): void => {
    try {
      listener(generation);
    } catch (error) {
      logger.error({ generation: generation.number, err: error }, "a listener for supergraphs failed");
    }
  };

  const supersede = (generation: G): Promise<void> => {
    const end: Promise<void> = generation
      .supersede()
      .catch((error: unknown) => logger.error({ generation: generation.number, err: error }, "disposal failed"))
      .finally(() => draining.delete(end));
    draining.add(end);
    return end;
  };

  const build = async (number: number, read: ReadSupergraph, wanted: Inputs<Rules>): Promise<PreparedReload> => {
    const next = await options.build(number, read, wanted.govern);
    if (current !== undefined) await options.warmUp?.(current, next);
    return {
      generation: number,
      async commit() {
        await activate(next);
        const before = current;
        if (before === undefined) {
          await next.supersede();
          throw new Error("The gateway was closed meanwhile");
        }
        lastNumber = number;
        inputs = wanted;
        lastRead = read;
        lastFailure = undefined;
        for (const listener of listeners) tell(listener, next);
        current = next;
        const drained = supersede(before);
        announce(next, metrics);
        return { drained };
      },
      discard: () => next.supersede(),
    };
  };

  const run = async (changes: ReloadChanges<Rules>): Promise<ReloadResult> => {
    const before = current;
    if (before === undefined) return fail(new Error("The gateway is closed"));
    const wanted: Inputs<Rules> = { ...inputs, ...changes };
    try {
      const read = await options.read(wanted.source, lastRead);
      if (isUnchanged(before.read, read) && wanted.govern === inputs.govern) {
        inputs = wanted;
        lastRead = read;
        lastFailure = undefined;
        metrics.reloads.inc({ outcome: "unchanged" });
        return { kind: "unchanged", generation: before.number };
      }
      const prepared = await build(lastNumber + 1, read, wanted);
      const { drained } = await prepared.commit();
      metrics.reloads.inc({ outcome: "swapped" });
      logger.info({ generation: prepared.generation, subgraphs: current?.subgraphs }, "supergraph reloaded");
      return { kind: "swapped", generation: prepared.generation, drained };
    } catch (error) {
      return fail(error);
    }
  };

  const fail = (error: unknown): ReloadResult => {
    const before = lastFailure;
    lastFailure = {
      at: options.now(),
      reason: error instanceof Error ? error.message : String(error),
      errors: error instanceof CompositionFailed ? error.errors : [],
    };
    metrics.reloads.inc({ outcome: "failed" });
    // Who polls a broken source would otherwise fill the log with one sentence.
    if (lastFailure.reason !== before?.reason) {
      logger.error({ generation: current?.number, err: error }, "reload failed; the old supergraph keeps serving");
    }
    return { kind: "failed", ...lastFailure };
  };

  const start = (changes: ReloadChanges<Rules>): Promise<ReloadResult> => {
    const result = run(changes).finally(() => {
      if (running === result) running = undefined;
    });
    running = result;
    return result;
  };

  return {
    current: () => current,
    lastRead: () => lastRead,
    lastFailure: () => lastFailure,
    onCurrent(listener) {
      listeners.add(listener);
      if (current !== undefined) tell(listener, current);
      return () => void listeners.delete(listener);
    },
    reload(changes = {}) {
      if (waiting !== undefined) {
        waiting.changes = { ...waiting.changes, ...changes };
        return waiting.result;
      }
      if (running === undefined) return start(changes);
      const result = running.then(() => {
        const asked = waiting?.changes ?? changes;
        waiting = undefined;
        return start(asked);
      });
      waiting = { changes, result };
      return result;
    },
    async prepare(changes, number) {
      const wanted: Inputs<Rules> = { ...inputs, ...changes };
      return build(number, await options.read(wanted.source, lastRead), wanted);
    },
    async close() {
      const last = current;
      current = undefined;
      if (last !== undefined) void supersede(last);
      await waiting?.result;
      await running;
      await Promise.all(draining);
    },
  };
}

function announce(generation: HeldGeneration, metrics: Pick<GatewayMetrics, "generationInfo">): void {
  metrics.generationInfo.reset();
  const supergraph = generation.supergraphHash.slice(0, 12);
  metrics.generationInfo.set({ generation: String(generation.number), supergraph }, 1);
}

function isUnchanged(a: ReadSupergraph, b: ReadSupergraph): boolean {
  if (a.supergraphSdl !== b.supergraphSdl || a.routes.size !== b.routes.size) return false;
  if (JSON.stringify([...a.cacheHints]) !== JSON.stringify([...b.cacheHints])) return false;
  return [...a.routes].every(([name, route]) => isSameRoute(route, b.routes.get(name)));
}

function isSameRoute(a: Route, b: Route | undefined): boolean {
  if (a.kind === "in-process") return b?.kind === "in-process" && a.subgraph === b.subgraph;
  return b?.kind === "http" && a.url === b.url && a.socketPath === b.socketPath;
}
