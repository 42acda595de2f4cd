/** Everything that one run found out. */
import type { Machine } from "../machine.ts";
import type { Cold } from "./cold.ts";
import type { Comparison } from "./compare.ts";
import type { ContestantName } from "./contestants.ts";
import type { Reload } from "./reload.ts";
import type { Soak } from "./soak.ts";

export interface Report {
  readonly date: string;
  readonly machine: Machine;
  /** Meanwhile, by processes that are none of the bench's. Latencies are worth something only where this is next to nothing. */
  readonly coresTakenByOthers: number;
  readonly node: string;
  /** By package. */
  readonly versions: Readonly<Record<string, string>>;
  /** What the bench was called with. */
  readonly command: string;
  /** How the contestants were started. */
  readonly commands: Partial<Readonly<Record<ContestantName, string>>>;
  readonly seconds: number;
  readonly rounds: number;
  readonly concurrency: number;
  readonly comparisons: readonly Comparison[];
  readonly memory: readonly Memory[];
  /** The deep workload once more, with all who can sharing identical requests in flight. */
  readonly deduplication: Comparison | undefined;
  readonly cold: readonly Cold[];
  readonly reload: readonly Reload[];
  readonly soak: readonly Soak[];
}

/** After all rounds of all workloads. */
export interface Memory {
  readonly name: ContestantName;
  readonly residentMb: number;
  readonly peakMb: number;
}
