/** The program of a process that is a member, says what it hears, and blocks when it is told to. */
import { openRedisCoherence } from "./open-redis-coherence.ts";

export interface MemberProgram {
  readonly url: string;
  readonly keyPrefix: string;
  readonly timings: {
    readonly leaseMs: number;
    readonly isolatedMs: number;
    readonly isolationMs: number;
    readonly ackMs: number;
    readonly heartbeatMs: number;
  };
}

export type MemberEvent =
  | { readonly kind: "joined" | "gap" | "blocking" }
  | { readonly kind: "notice"; readonly scopes: readonly string[] }
  /** Right after it was blocked, before anything else happens in it. */
  | { readonly kind: "back"; readonly isCurrent: boolean }
  | { readonly kind: "state"; readonly isCurrent: boolean };

const say = (event: MemberEvent): Promise<void> =>
  new Promise((resolve) => process.send?.(event, undefined, undefined, () => resolve()));

const program = JSON.parse(process.argv[2] ?? "{}") as MemberProgram;
const coherence = await openRedisCoherence(
  { ...program, timeoutMs: 300 },
  {
    onNotice({ scopes }) {
      void say({ kind: "notice", scopes });
      return 0;
    },
    onGap: () => void say({ kind: "gap" }),
  },
  { logger: { info: () => undefined, warn: () => undefined } },
);
await say({ kind: "joined" });

async function answer(blockMs: number): Promise<void> {
  if (blockMs > 0) {
    await say({ kind: "blocking" });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
    await say({ kind: "back", isCurrent: coherence.isCurrent() });
  }
  await say({ kind: "state", isCurrent: coherence.isCurrent() });
}

process.on("message", (blockMs: number) => void answer(blockMs));
process.on("disconnect", () => process.exit());
