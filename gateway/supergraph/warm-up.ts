/**
 * Before a generation takes over: the operations that were used most on the running one are prepared, planned and compiled
 * on it, so that clients notice nothing of the swap. What is no longer valid is left out.
 *
 * In: the running generation and the next one. Out: nothing; the next one knows its operations. Next: the swap.
 */
import { countedCoordinates } from "../counted-coordinates.ts";
import type { OperationUse, WarmRequest } from "../execution/loaded-executor.ts";
import type { Logger } from "../observability/logger.ts";
import type { GatewayMetrics } from "../observability/metrics.ts";
import { turnOfOthers } from "../turn-of-others.ts";
import type { Generation } from "./generation.ts";

export interface WarmUpOptions {
  /** The most used operations, conditions and callers' rights counted apart; 0 for none. */
  readonly maxOperations: number;
  /** The swap waits no longer, however many are left. */
  readonly timeoutMs: number;
}

export const defaultWarmUp: WarmUpOptions = Object.freeze({ maxOperations: 200, timeoutMs: 10_000 });

export type WarmUp = (before: WarmGeneration, next: WarmGeneration) => Promise<void>;

type WarmGeneration = Pick<Generation, "number" | "operations" | "executor" | "governance">;

interface UsedText extends OperationUse {
  readonly text: string;
}

/** One at a time is planned anyhow; others are parsed, checked and compiled meanwhile. */
const concurrency = 4;

/** Never rejects: an operation that fails here fails for the client who asks for it. */
export function createWarmUp(
  options: WarmUpOptions,
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Pick<GatewayMetrics, "warmUps"> },
): WarmUp {
  return async (before, next) => {
    const started = performance.now();
    const waiting = mostUsed(before, options.maxOperations);
    const asked = waiting.length;
    const counts = { warmed: 0, skipped: 0 };
    let isOver = false;
    const lane = async (): Promise<void> => {
      for (let use = waiting.shift(); use !== undefined && !isOver; use = waiting.shift()) {
        const outcome = (await warm(next, use).catch(() => false)) ? "warmed" : "skipped";
        if (isOver) return;
        counts[outcome] += 1;
        metrics.warmUps.inc({ outcome });
        await turnOfOthers();
      }
    };
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, options.timeoutMs);
    });
    await Promise.race([Promise.all(Array.from({ length: concurrency }, lane)), timeout]);
    isOver = true;
    clearTimeout(timer);
    const late = asked - counts.warmed - counts.skipped;
    metrics.warmUps.inc({ outcome: "late" }, late);
    const ms = Math.round(performance.now() - started);
    logger.info({ generation: next.number, ...counts, late, ms }, "operations warmed up");
  };
}

function mostUsed({ operations, executor }: WarmGeneration, max: number): UsedText[] {
  return operations
    .documents()
    .flatMap(({ text, document }) => executor.usesOf(document).map((use) => ({ ...use, text })))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, max);
}

/** False when the next generation would refuse it. */
async function warm({ operations, executor, governance }: WarmGeneration, use: UsedText): Promise<boolean> {
  const operation = operations.prepare(use.text, use.operationName);
  if (operation.kind === "rejected") return false;
  const authorisation = await governance?.authorise(operation, use.caller);
  if (authorisation?.kind === "refused") return false;
  const { query, document, name: operationName } = operation;
  const decisions = authorisation?.kind === "restricted" ? authorisation.decisions : undefined;
  const { variables, labels, caller, count } = use;
  const counted = authorisation && countedCoordinates(authorisation);
  const request: WarmRequest = { query, document, operationName, variables, labels, caller, decisions, counted, count };
  await executor.warm(request);
  return true;
}
