import type { Cluster, RedisOptions as DriverOptions, Redis } from "ioredis";
import type { RedisAddress } from "./address.ts";
import { reconnectInTime } from "./reconnect-in-time.ts";

export interface ClientOptions {
  readonly keyPrefix: string;
  /** Of one command; undefined for commands that may wait. */
  readonly timeoutMs: number | undefined;
}

const connectTimeoutMs = 1_000;

/**
 * A client that is not connected yet and queues nothing: what cannot be sent now fails, and nothing is sent twice. It
 * connects again in the background for as long as it lives. A cluster's client has the commands of a single server's.
 */
export async function createClient(address: RedisAddress, { keyPrefix, timeoutMs }: ClientOptions): Promise<Redis> {
  // Only who has a Redis loads its client.
  const { Cluster, Redis } = await import("ioredis");
  const { username, password, tls } = address;
  const toServers: Omit<DriverOptions, "replyMapping"> = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
    connectionName: "datamesh",
    connectTimeout: connectTimeoutMs,
    ...(timeoutMs === undefined ? {} : { commandTimeout: timeoutMs }),
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    // Who subscribes has to know that there was a time without.
    autoResubscribe: false,
  };
  const alone: Omit<DriverOptions, "replyMapping"> = {
    ...toServers,
    keyPrefix,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: pauseMs,
  };
  switch (address.kind) {
    case "single":
      return new Redis({ ...alone, host: address.host, port: address.port, db: address.db });
    case "sentinel":
      return new Redis({
        ...alone,
        sentinels: address.nodes.map((node) => ({ ...node })),
        name: address.master,
        ...(tls ? { enableTLSForSentinelMode: true } : {}),
        sentinelRetryStrategy: pauseMs,
        // A former master that has become a replica refuses to write: its successor has to be found.
        reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
      });
    case "cluster": {
      const cluster: Cluster = new Cluster(
        address.nodes.map((node) => ({ ...node })),
        {
          redisOptions: toServers,
          keyPrefix,
          lazyConnect: true,
          enableOfflineQueue: false,
          clusterRetryStrategy: pauseMs,
          slotsRefreshTimeout: connectTimeoutMs,
          slotsRefreshInterval: 5_000,
          retryDelayOnFailover: 20,
          retryDelayOnClusterDown: 20,
          maxRedirections: 3,
        },
      );
      // It asks one node after the other.
      reconnectInTime(cluster, (address.nodes.length + 1) * connectTimeoutMs);
      // Whatever is used of it here, keys in one slot and channels, is the same for both.
      return cluster as unknown as Redis;
    }
  }
}

function pauseMs(times: number): number {
  return Math.min(100 * times, 2_000);
}
