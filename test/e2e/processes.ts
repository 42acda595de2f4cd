import { readFileSync } from "node:fs";

/** Whether a process runs; one that has ended and was not waited for yet does not. */
export function isRunning(pid: number): boolean {
  return stateOf(pid) === "running";
}

/** `zombie` where the system tells: it has ended, and its parent has not asked how. */
export function stateOf(pid: number): "running" | "zombie" | "gone" {
  try {
    process.kill(pid, 0);
  } catch {
    return "gone";
  }
  if (process.platform !== "linux") return "running";
  try {
    // The name stands in parentheses and may hold spaces; the state is the next word.
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .startsWith("Z")
      ? "zombie"
      : "running";
  } catch {
    return "gone";
  }
}
