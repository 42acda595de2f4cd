/** The other gateways are installed when the bench is run, into this folder; who uses or builds datamesh never has them. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ContestantName } from "./contestants.ts";

const folder = new URL("./", import.meta.url);
const lockFile = new URL("package-lock.json", folder);
const stampFile = new URL("node_modules/.installed-from", folder);
const oldestNode = 24;

/** A reason, for people, why the bench cannot run here. */
export class CannotCompare extends Error {}

/**
 * Installs what the lock file says unless that is there already or none of it is wanted. None of the packages' scripts is
 * run.
 *
 * @throws CannotCompare when this is not Linux, Node.js is too old, or npm fails.
 */
export function installPeers(
  { contestants }: { readonly contestants: readonly ContestantName[] },
  onProgress: (line: string) => void,
): void {
  if (!existsSync("/proc/self/stat")) {
    throw new CannotCompare("it reads what a process used from /proc, which only Linux has");
  }
  const major = Number(process.versions.node.split(".")[0]);
  if (major < oldestNode) {
    throw new CannotCompare(`it needs Node.js ${oldestNode} or newer, as datamesh does; this is ${process.version}`);
  }
  if (contestants.every((name) => name === "datamesh")) return;
  const lock = createHash("sha256").update(readFileSync(lockFile)).digest("hex");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === lock) return;
  onProgress("installing the other gateways into bench/peers/node_modules (npm ci, about a minute) …");
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm === undefined ? ["npm"] : [process.execPath, npm];
  const args = [...first, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, error } = spawnSync(command ?? "npm", args, {
    cwd: fileURLToPath(folder),
    stdio: ["ignore", 2, "inherit"],
  });
  if (status !== 0) {
    const reason = error === undefined ? `npm ci ended with ${status ?? "a signal"}` : error.message;
    throw new CannotCompare(
      `the other gateways cannot be installed (${reason}); they come from the npm registry, and --only datamesh needs none of them`,
    );
  }
  writeFileSync(stampFile, lock);
}
