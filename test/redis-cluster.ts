/**
 * A Redis Cluster of one server, started for a test: it refuses what no cluster can do, such as a command whose keys are not
 * in one slot. It needs the program `redis-server`, which is there wherever a Redis was installed by a package.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";

const program = "redis-server";
const maxStartMs = 20_000;

export interface RedisCluster {
  /** `redis+cluster://` */
  readonly url: string;
  /** Why there is none, or undefined. */
  readonly missing: string | undefined;
  close(): Promise<void>;
}

export async function startRedisCluster(): Promise<RedisCluster> {
  const [port, busPort] = await freePorts();
  const folder = await mkdtemp(join(tmpdir(), "redis-cluster-"));
  const options = {
    port,
    bind: "127.0.0.1",
    "cluster-enabled": "yes",
    "cluster-port": busPort,
    // It would know it from others.
    "cluster-announce-ip": "127.0.0.1",
    save: "",
    dir: folder,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn(program, args, { stdio: "ignore" });
  const hasStarted = await Promise.race([
    once(server, "spawn").then(() => true),
    once(server, "error").then(() => false),
  ]).catch(() => false);
  const kill = (): void => void server.kill("SIGKILL");
  process.once("exit", kill);
  const close = async (): Promise<void> => {
    if (hasStarted) await end(server);
    process.off("exit", kill);
    await rm(folder, { recursive: true, force: true });
  };
  const url = `redis+cluster://127.0.0.1:${port}`;
  if (!hasStarted) return { url, missing: `there is no program ${program} to start a cluster with`, close };
  const redis = new Redis({ host: "127.0.0.1", port, retryStrategy: () => 20 });
  redis.on("error", () => undefined);
  const isReady = (async () => {
    await redis.cluster("ADDSLOTSRANGE", 0, 16_383);
    while (!String(await redis.cluster("INFO")).includes("cluster_state:ok")) await sleep(20);
    return true;
  })();
  const isInTime = await Promise.race([isReady, sleep(maxStartMs, false, { ref: false })]);
  redis.disconnect();
  if (!isInTime) throw new Error(`a cluster of one Redis did not come up within ${maxStartMs} ms`);
  return { url, missing: undefined, close };
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  server.kill("SIGKILL");
  await once(server, "exit");
}

async function freePorts(): Promise<readonly [number, number]> {
  const ports: number[] = [];
  const servers = [createServer(), createServer()];
  for (const server of servers) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (typeof address === "object" && address !== null) ports.push(address.port);
  }
  for (const server of servers) server.close();
  const [one = 0, other = 0] = ports;
  return [one, other];
}
