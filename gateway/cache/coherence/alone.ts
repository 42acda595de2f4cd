import type { Coherence, Notice, OnTold } from "./coherence.ts";

/** Nobody else keeps copies: what one process has applied is applied everywhere. */
export const aloneCoherence: Coherence = Object.freeze({
  isCurrent: () => true,
  mayKeep: () => true,
  async announce(_: Notice, onTold?: OnTold) {
    onTold?.(true);
    return { isComplete: true, acknowledgedBy: 0 };
  },
  close: async () => undefined,
});
