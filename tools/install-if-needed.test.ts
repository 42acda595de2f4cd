import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** A clone with a lock file and, first on the PATH, an `npm` that only writes down how it was called. */
let clone: string;
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "clone-"));
  mkdirSync(join(clone, "tools"));
  mkdirSync(join(clone, "bin"));
  cpSync(join(import.meta.dirname, "install-if-needed.mjs"), join(clone, "tools/install-if-needed.mjs"));
  writeFileSync(join(clone, "package-lock.json"), "{}");
  writeNpm("mkdir -p node_modules && echo '{}' > node_modules/.package-lock.json");
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

function writeNpm(effect: string): void {
  const npm = join(clone, "bin/npm");
  writeFileSync(npm, `#!/bin/sh\necho "$@" >> calls\n${effect}\n`);
  chmodSync(npm, 0o755);
}

function run(): { readonly status: number | null; readonly stderr: string; readonly calls: readonly string[] } {
  const PATH = `${join(clone, "bin")}${delimiter}${process.env.PATH ?? ""}`;
  const result = spawnSync(process.execPath, ["tools/install-if-needed.mjs"], {
    cwd: clone,
    env: { ...process.env, PATH },
    encoding: "utf8",
  });
  const calls = existsSync(join(clone, "calls")) ? readFileSync(join(clone, "calls"), "utf8").trim().split("\n") : [];
  return { status: result.status, stderr: result.stderr, calls };
}

describe.skipIf(process.platform === "win32")("the script before npm start and npm test", () => {
  it("installs in a fresh clone, says so, and does nothing the second time", () => {
    const first = run();
    expect(first.status).toBe(0);
    expect(first.stderr).toContain("installing dependencies");
    expect(first.calls).toEqual(["ci --no-audit --no-fund --loglevel=error"]);

    const second = run();
    expect(second.stderr).toBe("");
    expect(second.calls).toHaveLength(1);
  });

  it("installs again when the lock file has changed", () => {
    run();
    writeFileSync(join(clone, "package-lock.json"), '{ "changed": true }');
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(clone, "package-lock.json"), later, later);
    expect(run().calls).toHaveLength(2);
  });

  it("accepts what somebody installed by hand", () => {
    mkdirSync(join(clone, "node_modules"));
    writeFileSync(join(clone, "node_modules/.package-lock.json"), "{}");
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(clone, "node_modules/.package-lock.json"), later, later);
    expect(run().calls).toEqual([]);
  });

  it("builds the console when its sources are newer than the bundle", () => {
    run();
    mkdirSync(join(clone, "gateway/server/console/app"), { recursive: true });
    mkdirSync(join(clone, "gateway/server/console/dist"), { recursive: true });
    writeFileSync(join(clone, "gateway/server/console/app/main.ts"), "");
    expect(run().calls.at(-1)).toBe("run --silent build:console");

    writeFileSync(join(clone, "gateway/server/console/dist/index.html"), "");
    const before = run().calls.length;
    expect(run().calls).toHaveLength(before);
  });

  it("fails with the exit code and the command when npm fails", () => {
    writeNpm("exit 7");
    const result = run();
    expect(result.status).toBe(1);
    expect(result.stderr).toContain("`npm ci --no-audit --no-fund --loglevel=error` failed (exit 7)");
  });
});
