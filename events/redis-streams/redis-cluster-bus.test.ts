import { Redis } from "ioredis";
import { afterAll } from "vitest";
import { startRedisCluster } from "../../test/redis-cluster.ts";
import { busSuite } from "../bus.suite.ts";
import { startOnRedis } from "./redis-server.fixture.ts";

const cluster = await startRedisCluster();
afterAll(() => cluster.close());

busSuite(
  "on Redis Streams of a cluster",
  () => startOnRedis(cluster.url, () => new Redis(cluster.url.replace("redis+cluster:", "redis:"))),
  cluster.missing,
);
