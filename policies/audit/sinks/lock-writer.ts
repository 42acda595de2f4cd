import { readFile, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { auditError } from "../../errors.ts";

/**
 * Guarantees that no other living process of this machine holds the writer's name. The lock of a process that has died
 * is taken over; so is one of another machine, whose processes nobody here can see.
 */
export async function lockWriter(folder: string, writer: string): Promise<{ release(): Promise<void> }> {
  const file = join(folder, `${writer}.lock`);
  const own = JSON.stringify({ pid: process.pid, host: hostname() });
  for (let attempt = 0; ; attempt += 1) {
    try {
      await writeFile(file, own, { flag: "wx", mode: 0o600 });
      held.add(file);
      return {
        async release() {
          held.delete(file);
          await unlink(file).catch(() => undefined);
        },
      };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 2) throw cause;
    }
    if (await isHeld(file)) {
      throw auditError(
        "AUDIT_LOCKED",
        `another process writes the audit records of "${writer}" in ${folder}; give this one another spec.governance.audit.writer or folder`,
      );
    }
    await unlink(file).catch(() => undefined);
  }
}

/** Those of this process: a restart in a container has the same number as the process before it. */
const held = new Set<string>();

async function isHeld(file: string): Promise<boolean> {
  if (held.has(file)) return true;
  try {
    const { pid, host } = JSON.parse(await readFile(file, "utf8")) as { readonly pid: unknown; readonly host: unknown };
    return host === hostname() && typeof pid === "number" && pid !== process.pid && isAlive(pid);
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}
