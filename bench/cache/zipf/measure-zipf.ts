/**
 * Gateways that share a Redis, over a product that changes: two runs of the same load.
 * In: options. Out: a part of the report. Next: `run.ts`, `report-runs.ts`.
 */
import type { PartOptions, PartReport } from "../part.ts";
import { reportRuns } from "./report-runs.ts";
import { run } from "./run.ts";

const maxUncachedSeconds = 60;

export async function measureZipf({ zipf }: PartOptions, onProgress: (line: string) => void): Promise<PartReport> {
  onProgress(`kept: ${zipf.seconds} s`);
  const kept = await run(zipf, { isKept: true });
  // Nothing changes over its time.
  const seconds = Math.min(zipf.seconds, maxUncachedSeconds);
  onProgress(`nothing kept: ${seconds} s`);
  const uncached = await run({ ...zipf, seconds }, { isKept: false });
  return reportRuns(kept, uncached, zipf);
}
