// Runs before `npm start`, `npm test` and `npm run datamesh`, on whatever Node the host has (20 or newer), before
// anything is installed: so it is plain JavaScript and imports nothing but Node itself.
//
// Installs when node_modules is missing or was made from another lock file, and builds the console when its bundle is
// missing or older than its sources. Otherwise it takes a few milliseconds and prints nothing.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockFile = join(root, "package-lock.json");
const installedLock = join(root, "node_modules", ".package-lock.json");
const stampFile = join(root, "node_modules", ".installed-from");
const consoleFolder = join(root, "gateway", "server", "console");

const major = Number(process.versions.node.split(".")[0]);
if (major < 20) {
  fail(
    `datamesh needs Node 20 or newer to install itself; this is ${process.version}. It brings its own Node for running.`,
  );
}

if (!isInstalled()) {
  console.error("datamesh: installing dependencies (npm ci, about half a minute) …");
  npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  writeFileSync(stampFile, lockHash());
}
if (!isConsoleBuilt()) {
  console.error("datamesh: building the query console …");
  npm(["run", "--silent", "build:console"]);
}

function isInstalled() {
  if (!existsSync(installedLock)) return false;
  if (existsSync(stampFile)) {
    // Somebody may have run npm by hand since we did: npm rewrites its own record then.
    if (readFileSync(stampFile, "utf8") === lockHash()) return true;
    return statSync(installedLock).mtimeMs > statSync(stampFile).mtimeMs && isNewerThanLock();
  }
  return isNewerThanLock();
}

function isNewerThanLock() {
  return statSync(installedLock).mtimeMs >= statSync(lockFile).mtimeMs;
}

function lockHash() {
  return createHash("sha256").update(readFileSync(lockFile)).digest("hex");
}

function isConsoleBuilt() {
  const page = join(consoleFolder, "dist", "index.html");
  if (!existsSync(join(consoleFolder, "app"))) return true;
  if (!existsSync(page)) return false;
  const built = statSync(page).mtimeMs;
  return readdirSync(join(consoleFolder, "app"), { recursive: true, withFileTypes: true }).every(
    (entry) => !entry.isFile() || statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs <= built,
  );
}

function npm(args) {
  // npm is a .cmd on Windows, which needs a shell; the arguments are ours and hold nothing to quote.
  const result = spawnSync("npm", args, {
    cwd: root,
    stdio: ["ignore", 2, "inherit"],
    shell: process.platform === "win32",
  });
  if (result.error !== undefined) fail(`npm could not be started: ${result.error.message}`);
  if (result.status !== 0) fail(`\`npm ${args.join(" ")}\` failed (exit ${result.status}); its messages are above.`);
}

function fail(message) {
  console.error(`datamesh: ${message}`);
  process.exit(1);
}
