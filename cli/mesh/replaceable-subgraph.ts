/**
 * The subgraph of a product that may be replaced while it is asked. One file holds a product's rows and one product may
 * have it open, so that the old one must be closed before the new one starts:
 *
 *   asked ──▶ answered by it ──replace()──▶ what has begun ends ──▶ closed │ who asks now waits ──▶ answered by its successor
 */
import type { InProcessSubgraph } from "#gateway";
import type { Product } from "#platform";

export interface ReplaceableSubgraph extends InProcessSubgraph {
  readonly sdl: string;
  /**
   * From now on whoever asks waits for the successor; resolves when those who asked before have their answers, or after
   * `limitMs`.
   */
  replace(successor: Promise<ReplaceableSubgraph | undefined>, limitMs: number): Promise<void>;
}

/** Undefined while the product has no subgraph. */
export function createReplaceableSubgraph({ name, subgraph }: Product): ReplaceableSubgraph | undefined {
  if (subgraph === undefined) return undefined;
  let running = 0;
  let successor: Promise<ReplaceableSubgraph | undefined> | undefined;
  let onIdle: () => void = () => undefined;

  return {
    name,
    sdl: subgraph.sdl,
    async execute(call) {
      if (successor !== undefined) {
        const next = await successor;
        // Without one the closed product says itself that it is.
        return (next ?? subgraph).execute(call);
      }
      running += 1;
      try {
        return await subgraph.execute(call);
      } finally {
        running -= 1;
        if (running === 0) onIdle();
      }
    },
    replace(next, limitMs) {
      successor = next;
      if (running === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, limitMs);
        onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}
