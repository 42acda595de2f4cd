/** What a process has used, as the operating system accounts for it: the same for whatever program runs in it. */
import { readFileSync } from "node:fs";

export interface ProcessUsage {
  /** User and system time of all its threads since it began, those that have ended included. */
  readonly cpuMs: number;
  readonly residentMb: number;
  /** The most that was resident at any time. */
  readonly peakMb: number;
}

/** USER_HZ, which Linux fixes for user space whatever the kernel's own tick is. */
const ticksPerSecond = 100;

/** Reads `/proc`. Throws when there is no such process. */
export function readProcessUsage(pid: number): ProcessUsage {
  return parseProcessUsage(readFileSync(`/proc/${pid}/stat`, "utf8"), readFileSync(`/proc/${pid}/status`, "utf8"));
}

/** What its main thread alone has computed since the process began: in Node.js nobody is answered meanwhile. */
export function readMainThreadMs(pid: number): number {
  const [nanoseconds] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ");
  return Number(nanoseconds) / 1e6;
}

/** What all processes of the machine have computed since it began. */
export function readMachineCpuMs(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n", 1);
  // user nice system idle iowait irq softirq
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return toMs(user + nice + system + interrupts + softInterrupts);
}

/** What this process and those of its children that have ended have computed. */
export function readFamilyCpuMs(): number {
  return toMs(readTicks(readFileSync("/proc/self/stat", "utf8"), [14, 15, 16, 17]));
}

/** `stat` and `status` as proc(5) describes them. */
export function parseProcessUsage(stat: string, status: string): ProcessUsage {
  return {
    cpuMs: toMs(readTicks(stat, [14, 15])),
    residentMb: readKilobytes(status, "VmRSS") / 1_024,
    peakMb: readKilobytes(status, "VmHWM") / 1_024,
  };
}

/** The sum of these fields, numbered as in proc(5). */
function readTicks(stat: string, fields: readonly number[]): number {
  // The program's name stands in brackets and may hold brackets and spaces itself; field 3 follows it.
  const values = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.reduce((total, field) => total + Number(values[field - 3]), 0);
}

function toMs(ticks: number): number {
  return (ticks / ticksPerSecond) * 1_000;
}

function readKilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]);
}
