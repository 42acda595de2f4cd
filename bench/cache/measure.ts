/**
 * One part after the other.
 * In: options. Out: a report. Next: `print-report.ts`, `write-results.ts`.
 */
import { readMachine } from "../machine.ts";
import { readFamilyCpuMs, readMachineCpuMs } from "../peers/process-usage.ts";
import type { CacheBenchOptions } from "./options.ts";
import type { PartReport } from "./part.ts";
import { type PartName, parts } from "./parts.ts";
import type { Report } from "./report.ts";

export async function measure(
  options: CacheBenchOptions,
  command: string,
  onProgress: (line: string) => void,
): Promise<Report> {
  const before = { at: performance.now(), machine: readMachineCpuMs(), family: readFamilyCpuMs() };
  const { seconds, rounds, concurrency, zipf } = options;
  const measured: Partial<Record<PartName, PartReport>> = {};
  for (const name of options.parts) {
    onProgress(`${name}:`);
    const part = await parts[name]();
    measured[name] = await part({ seconds, rounds, concurrency, zipf }, (line) => onProgress(`  ${line}`));
  }
  // All children have ended by now.
  const others = readMachineCpuMs() - before.machine - (readFamilyCpuMs() - before.family);
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: readMachine(),
    node: process.version,
    coresTakenByOthers: Math.max(0, others / (performance.now() - before.at)),
    command,
    seconds,
    rounds,
    concurrency,
    zipf,
    parts: measured,
  };
}
