import type { Machine } from "../machine.ts";
import type { PartOptions, PartReport } from "./part.ts";
import type { PartName } from "./parts.ts";

/** Everything that one run found out. */
export interface Report extends PartOptions {
  readonly date: string;
  readonly machine: Machine;
  readonly node: string;
  /** Meanwhile, by processes that are none of the bench's. Latencies are worth something only where this is next to nothing. */
  readonly coresTakenByOthers: number;
  /** What the bench was called with. */
  readonly command: string;
  readonly parts: Partial<Readonly<Record<PartName, PartReport>>>;
}
