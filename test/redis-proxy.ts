/** A way to a real Redis that can be cut and silenced, and keys of one's own there. */
import { randomUUID } from "node:crypto";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

export type RedisProxy = TcpProxy;

export function startRedisProxy(redisUrl: string): Promise<RedisProxy> {
  return startTcpProxy(redisUrl, 6379);
}

/** No two tests share keys, whatever else uses the Redis. */
export function ownKeyPrefix(): string {
  return `datamesh-test:${randomUUID()}:`;
}
