/** What masks need of their mesh beside the decision: keys, the vault, its own functions. One per process. */
import type { KeyRing } from "../keys/key-ring.ts";
import type { CustomMask } from "./custom-masks.ts";
import type { TokenVault } from "./token-vault.ts";

export interface MaskSetup {
  /** Without a ring, as with an empty one, techniques that need a key redact. */
  readonly keys: KeyRing | undefined;
  readonly vault: TokenVault | undefined;
  readonly custom: ReadonlyMap<string, CustomMask>;
  /** Told once what makes masks hide more than they were meant to. Never gets a value. */
  readonly report: (problem: string) => void;
}

/** No keys, no vault, no functions: every mask that needs one redacts. */
export const noMaskSetup: MaskSetup = createMaskSetup({});

/** Guarantees that each different problem is reported once. */
export function createMaskSetup({ keys, vault, custom = new Map(), report = () => {} }: Partial<MaskSetup>): MaskSetup {
  const told = new Set<string>();
  return {
    keys,
    vault,
    custom,
    report(problem) {
      if (told.has(problem)) return;
      told.add(problem);
      report(problem);
    },
  };
}
