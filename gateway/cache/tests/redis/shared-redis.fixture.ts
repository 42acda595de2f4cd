/** Gateways in one process that share a real Redis, under a prefix that nobody else has. */
import { Redis } from "ioredis";
import { expect, vi } from "vitest";
import { ownKeyPrefix } from "../../../../test/redis-proxy.ts";
import {
  type CachedGateway,
  type CachedGatewayConfig,
  openCachedGateway,
} from "../../../fixtures/cached-gateway.fixture.ts";

export interface SharedRedis extends AsyncDisposable {
  readonly keyPrefix: string;
  /** For whatever the test wants to see or do; puts no prefix before keys. */
  readonly admin: Redis;
  /** `url`: another way to the same Redis. */
  open(config: SharingConfig): Promise<CachedGateway>;
  /** Names of what is there, as `stored` wants them: `e` entries, `i` indexes of persons, `l` leases. */
  keysOf(kind: "e" | "i" | "l"): Promise<readonly string[]>;
  /** Waits until so many entries are there: they are written behind answers. */
  untilStored(entries: number): Promise<readonly string[]>;
  removeEntries(): Promise<void>;
  /** What gateways ask of the Redis meanwhile. */
  watch(work: () => Promise<void>): Promise<readonly (readonly string[])[]>;
  /** What gateways say to each other meanwhile, with the channels that they say it on. */
  listen(work: () => Promise<void>): Promise<readonly string[]>;
  /** Everything that is there, keys and values, as bytes. */
  everything(): Promise<ReadonlyMap<string, Buffer>>;
}

interface SharingConfig extends Omit<CachedGatewayConfig, "redis" | "clock"> {
  readonly url?: string;
  readonly timeoutMs?: number;
}

/** Keeps nothing in the process, so that every question is one to the Redis. */
export const forgetful = { memoryBytes: 0, responseBytes: 0 } as const;

/** Nobody is taken for slow because this machine is busy. */
const patientMs = 5_000;

export async function openSharedRedis(serverUrl: string): Promise<SharedRedis> {
  const keyPrefix = ownKeyPrefix();
  const admin = new Redis(serverUrl, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  admin.on("error", () => undefined);
  const gateways: CachedGateway[] = [];

  const allKeys = async (): Promise<readonly string[]> => {
    const found = new Set<string>();
    let cursor = "0";
    do {
      const [next, keys] = await admin.scan(cursor, "MATCH", `${keyPrefix}*`, "COUNT", 1_000);
      for (const key of keys) found.add(key);
      cursor = next;
    } while (cursor !== "0");
    return [...found];
  };
  const keysOf: SharedRedis["keysOf"] = async (kind) =>
    (await allKeys()).filter((key) => key.slice(keyPrefix.length).includes(`}:${kind}:`)).sort();

  return {
    keyPrefix,
    admin,
    async open({ url = serverUrl, timeoutMs = patientMs, ...config }) {
      const gateway = await inTurn(() =>
        openCachedGateway({ ...config, clock: "running", redis: { url, keyPrefix, timeoutMs } }),
      );
      gateways.push(gateway);
      // Nobody waits until members would have ended who may be missing from a new list. In a cluster another node may have it.
      if (admin.status === "ready") await admin.hset(`${keyPrefix}cache:members`, { since: 1 }).catch(() => undefined);
      return gateway;
    },
    keysOf,
    async untilStored(entries) {
      await vi.waitFor(async () => expect(await keysOf("e")).toHaveLength(entries), { timeout: 10_000, interval: 5 });
      return keysOf("e");
    },
    async removeEntries() {
      const keys = [...(await keysOf("e")), ...(await keysOf("i")), ...(await keysOf("l"))];
      if (keys.length > 0) await admin.unlink(...keys);
    },
    async watch(work) {
      const commands: (readonly string[])[] = [];
      const monitor = await admin.duplicate().monitor();
      const end = ownKeyPrefix();
      const ended = new Promise<void>((resolve) => {
        monitor.on("monitor", (_time: string, words: readonly string[], source: string) => {
          if (words[1] === end) resolve();
          else if (source !== "lua" && words.some((word) => word.startsWith(keyPrefix))) commands.push(words);
        });
      });
      await work();
      await admin.get(end);
      await ended;
      monitor.disconnect();
      return commands;
    },
    async listen(work) {
      const said: string[] = [];
      const ear = admin.duplicate();
      ear.on("pmessage", (_pattern: string, channel: string, text: string) => void said.push(`${channel} ${text}`));
      await ear.psubscribe(`${keyPrefix}*`);
      await work();
      ear.disconnect();
      return said;
    },
    async everything() {
      const found = new Map<string, Buffer>();
      for (const key of await allKeys()) found.set(key, await rawValue(admin, key));
      return found;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(gateways.map((gateway) => gateway[Symbol.asyncDispose]()));
      if (admin.status === "ready") for (const key of await allKeys()) await admin.unlink(key).catch(() => undefined);
      admin.disconnect();
    },
  };
}

let last: Promise<unknown> = Promise.resolve();

/** `openCachedGateway` opens one at a time. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const own = last.then(work);
  last = own.catch(() => undefined);
  return own;
}

/** Of whatever kind it is: dumps may be compressed, so each is read as what it is. */
async function rawValue(admin: Redis, key: string): Promise<Buffer> {
  switch (await admin.type(key)) {
    case "string":
      return (await admin.getBuffer(key)) ?? Buffer.alloc(0);
    case "hash":
      return Buffer.concat(
        Object.entries(await admin.hgetallBuffer(key)).flatMap(([field, value]) => [Buffer.from(field), value]),
      );
    case "set":
      return Buffer.concat(await admin.smembersBuffer(key));
    default:
      return (await admin.dumpBuffer(key)) ?? Buffer.alloc(0);
  }
}
