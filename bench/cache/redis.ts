/** A Redis server of the bench's own, on loopback and in memory alone, so that nobody else's use of one is measured. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Redis } from "ioredis";
import { readProcessUsage } from "../peers/process-usage.ts";
import { endWithBench, findFreePort } from "../peers/running.ts";

export interface RunningRedis extends AsyncDisposable {
  readonly url: string;
  /** `redis-server …`, as it was started. */
  readonly command: string;
  /** User and system time since it began. */
  cpuMs(): number;
  /** Removes everything. */
  flush(): Promise<void>;
}

/** The first `redis-server` of PATH. */
export function findRedisServer(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, "redis-server")).find((file) => existsSync(file));
}

/** Resolves when it answers. Throws when there is no `redis-server`. */
export async function startRedis(): Promise<RunningRedis> {
  const binary = findRedisServer();
  if (binary === undefined) throw new Error("There is no redis-server in PATH");
  const folder = await mkdtemp(join(tmpdir(), "bench-cache-redis-"));
  const port = await findFreePort();
  const settings = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const child = spawn(binary, [...settings, "--dir", folder], { stdio: "ignore" });
  endWithBench(child);
  const url = `redis://127.0.0.1:${port}`;
  const admin = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: 100 });
  // Until it listens there is nobody.
  admin.on("error", () => undefined);
  await admin.ping();
  const { pid } = child;
  if (pid === undefined) throw new Error("redis-server has no process");
  return {
    url,
    command: `redis-server ${settings.map((word) => (word === "" ? '""' : word)).join(" ")}`,
    cpuMs: () => readProcessUsage(pid).cpuMs,
    async flush() {
      await admin.flushall();
    },
    async [Symbol.asyncDispose]() {
      admin.disconnect();
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}
