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
 */
import type { Govern } from "../governance-port.ts";
import type { Logger } from "../observability/logger.ts";
import type { GatewayMetrics } from "../observability/metrics.ts";
import { type CompositionError, CompositionFailed } from "./composition-error.ts";
import type { Generation } from "./generation.ts";
import type { ReadSupergraph, Route } from "./read-source.ts";
import type { SupergraphSource } from "./source.ts";

/** What a reload may change; what is left out stays as it is, and the source is read again. */
export interface ReloadChanges {
  readonly source?: SupergraphSource;
  readonly govern?: Govern;
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

export interface GenerationHolder {
  /** Undefined after `close`. */
  current(): Generation | undefined;
  /** What the sources last said, for health: also when the supergraph did not change by it. */
  lastRead(): ReadSupergraph;
  /** Of the last reload; undefined once one succeeded. */
  lastFailure(): ReloadFailure | undefined;
  /** Never rejects. */
  reload(changes?: ReloadChanges): Promise<ReloadResult>;
  /** Resolves when the last request of every generation has ended. */
  close(): Promise<void>;
}

interface Inputs {
  readonly source: SupergraphSource;
  readonly govern: Govern | undefined;
}

export interface HolderOptions {
  readonly source: SupergraphSource;
  readonly govern: Govern | undefined;
  read(source: SupergraphSource, previous: ReadSupergraph | undefined): Promise<ReadSupergraph>;
  build(number: number, read: ReadSupergraph, govern: Govern | undefined): Promise<Generation>;
  readonly logger: Logger;
  readonly metrics: Pick<GatewayMetrics, "reloads" | "generationInfo">;
  readonly now: () => Date;
}

/** Builds the first generation; rejects when that fails, since there is nothing to keep serving. */
export async function createGenerationHolder(options: HolderOptions): Promise<GenerationHolder> {
  const { logger, metrics } = options;
  const draining = new Set<Promise<void>>();
  let inputs: Inputs = { source: options.source, govern: options.govern };
  let lastNumber = 1;
  let lastFailure: ReloadFailure | undefined;
  let running: Promise<ReloadResult> | undefined;
  let waiting: { changes: ReloadChanges; result: Promise<ReloadResult> } | undefined;

  let lastRead = await options.read(inputs.source, undefined);
  let current: Generation | undefined = await options.build(lastNumber, lastRead, inputs.govern);
  announce(current, metrics);

  const supersede = (generation: Generation): Promise<void> => {
    const end: Promise<void> = generation
      .supersede()
      .catch((error: unknown) => logger.error({ generation: generation.number, err: error }, "disposal failed"))
      .finally(() => draining.delete(end));
    draining.add(end);
    return end;
  };

  const run = async (changes: ReloadChanges): Promise<ReloadResult> => {
    const before = current;
    if (before === undefined) return fail(new Error("The gateway is closed"));
    const wanted: Inputs = { ...inputs, ...changes };
    try {
      const read = await options.read(wanted.source, lastRead);
      if (isUnchanged(before.read, read) && wanted.govern === inputs.govern) {
        inputs = wanted;
        lastRead = read;
        lastFailure = undefined;
        metrics.reloads.inc({ outcome: "unchanged" });
        return { kind: "unchanged", generation: before.number };
      }
      const next = await options.build(lastNumber + 1, read, wanted.govern);
      if (current === undefined) {
        await next.supersede();
        return fail(new Error("The gateway was closed meanwhile"));
      }
      await warmUp(before, next);
      lastNumber = next.number;
      inputs = wanted;
      lastRead = read;
      lastFailure = undefined;
      current = next;
      const drained = supersede(before);
      announce(next, metrics);
      metrics.reloads.inc({ outcome: "swapped" });
      logger.info({ generation: next.number, subgraphs: next.subgraphs }, "supergraph reloaded");
      return { kind: "swapped", generation: next.number, drained };
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

  const start = (changes: ReloadChanges): Promise<ReloadResult> => {
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

function announce(generation: Generation, metrics: Pick<GatewayMetrics, "generationInfo">): void {
  metrics.generationInfo.reset();
  const supergraph = generation.supergraphHash.slice(0, 12);
  metrics.generationInfo.set({ generation: String(generation.number), supergraph }, 1);
}

const warmedOperations = 100;

/** Prepares what clients used last, so that the swap is not followed by a burst of parsing. */
async function warmUp(before: Generation, next: Generation): Promise<void> {
  for (const text of before.operations.recent(warmedOperations).toReversed()) {
    next.operations.prepare(text, undefined);
    await new Promise(setImmediate); // requests on the old generation go first
  }
}

function isUnchanged(a: ReadSupergraph, b: ReadSupergraph): boolean {
  if (a.supergraphSdl !== b.supergraphSdl || a.routes.size !== b.routes.size) return false;
  return [...a.routes].every(([name, route]) => isSameRoute(route, b.routes.get(name)));
}

function isSameRoute(a: Route, b: Route | undefined): boolean {
  if (a.kind === "in-process") return b?.kind === "in-process" && a.subgraph === b.subgraph;
  return b?.kind === "http" && a.url === b.url;
}
