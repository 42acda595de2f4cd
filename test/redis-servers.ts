/** Redis servers of a test's own, on loopback, that can be stopped: one, one with sentinels, a cluster. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { vi } from "vitest";

const binary = "/usr/bin/redis-server";

/** Why no server can be started, or undefined. */
export const missingServer: string | undefined = findMissing();

function findMissing(): string | undefined {
  if (existsSync(binary)) return undefined;
  if (process.env.DATAMESH_REQUIRE_SERVICES === "1") {
    throw new Error(`servers of Redis are required (DATAMESH_REQUIRE_SERVICES=1), but there is no ${binary}`);
  }
  return `there is no ${binary}`;
}

export interface RedisServer {
  readonly port: number;
  /** For whatever the test wants to do to it. */
  readonly admin: Redis;
  /** At once, as by a crash. */
  kill(): Promise<void>;
  /** Again, with nothing of what it had. */
  start(): Promise<void>;
}

export class RedisServers {
  readonly #directories: string[] = [];
  readonly #servers: RedisServer[] = [];

  /** Of a server, or of a sentinel. */
  async start(settings: readonly string[] = [], isSentinel = false): Promise<RedisServer> {
    const directory = await mkdtemp(join(tmpdir(), "datamesh-redis-"));
    this.#directories.push(directory);
    const port = await freePort();
    const file = join(directory, "redis.conf");
    const lines = [
      `port ${port}`,
      "bind 127.0.0.1",
      `dir ${directory}`,
      ...(isSentinel ? [] : ['save ""']),
      ...settings,
    ];
    await writeFile(file, lines.join("\n"));
    let child: ChildProcess | undefined;
    const admin = new Redis({
      port,
      host: "127.0.0.1",
      lazyConnect: true,
      retryStrategy: () => 50,
      maxRetriesPerRequest: null,
    });
    admin.on("error", () => undefined);
    const server: RedisServer = {
      port,
      admin,
      async kill() {
        const ending = child;
        child = undefined;
        if (ending === undefined) return;
        const ended = new Promise((resolve) => ending.once("exit", resolve));
        ending.kill("SIGKILL");
        await ended;
      },
      async start() {
        child = spawn(binary, [file, ...(isSentinel ? ["--sentinel"] : [])], { stdio: "ignore" });
        await admin.ping();
      },
    };
    this.#servers.push(server);
    await server.start();
    return server;
  }

  /** A master with one replica, and a sentinel that takes the replica when the master is gone. */
  async startWithSentinel(): Promise<{
    readonly url: string;
    readonly master: RedisServer;
    readonly replica: RedisServer;
  }> {
    const master = await this.start(["repl-diskless-sync-delay 0"]);
    const replica = await this.start([`replicaof 127.0.0.1 ${master.port}`]);
    await vi.waitFor(async () => {
      if (!(await replica.admin.info("replication")).includes("master_link_status:up")) throw new Error("not yet");
    }, 10_000);
    const sentinel = await this.start(
      [
        `sentinel monitor mesh 127.0.0.1 ${master.port} 1`,
        "sentinel down-after-milliseconds mesh 300",
        "sentinel failover-timeout mesh 2000",
      ],
      true,
    );
    await vi.waitFor(async () => {
      const found = await sentinel.admin.call("SENTINEL", "REPLICAS", "mesh");
      if (!Array.isArray(found) || found.length !== 1) throw new Error("not yet");
    }, 20_000);
    return { url: `redis+sentinel://127.0.0.1:${sentinel.port}/mesh`, master, replica };
  }

  /** Three masters, each with a third of the slots. */
  async startCluster(): Promise<{ readonly url: string; readonly nodes: readonly RedisServer[] }> {
    const nodes = await Promise.all([1, 2, 3].map(() => this.start(["cluster-enabled yes"])));
    const [first] = nodes;
    if (first === undefined) throw new Error("there are three");
    const slots = 16_384;
    await Promise.all(
      nodes.map(({ admin }, index) => {
        const [from, to] = [index, index + 1].map((third) => Math.round((slots * third) / 3));
        return admin.call("CLUSTER", "ADDSLOTSRANGE", from ?? 0, (to ?? 0) - 1);
      }),
    );
    for (const { port } of nodes.slice(1)) await first.admin.call("CLUSTER", "MEET", "127.0.0.1", port);
    for (const { admin } of nodes) {
      await vi.waitFor(async () => {
        const info = await admin.cluster("INFO");
        if (!String(info).includes("cluster_state:ok") || !String(info).includes("cluster_known_nodes:3"))
          throw new Error("not yet");
      }, 20_000);
    }
    return { url: `redis+cluster://127.0.0.1:${first.port}`, nodes };
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map(async ({ admin, kill }) => {
        admin.disconnect();
        await kill();
      }),
    );
    await Promise.all(this.#directories.map((directory) => rm(directory, { recursive: true, force: true })));
  }
}

/**
 * Below the ports that the system gives to connections: a client that tries again and again to reach a stopped server would
 * otherwise, now and then, get the server's own port, be connected with itself, and keep the server from coming back.
 */
async function freePort(): Promise<number> {
  const port = 12_000 + Math.floor(Math.random() * 10_000);
  // A cluster's bus listens 10000 above.
  return (await isFree(port)) && (await isFree(port + 10_000)) ? port : freePort();
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
