import { startRedisProxy } from "../../test/redis-proxy.ts";
import { redis } from "../../test/services.ts";
import { busSuite } from "../bus.suite.ts";
import { cutOffSuite } from "../cut-off.suite.ts";
import { processDeathSuite } from "../process-death.suite.ts";
import { startOnRedis } from "./redis-server.fixture.ts";

const { url, missing } = await redis();

busSuite("on Redis Streams", () => startOnRedis(url), missing);
processDeathSuite("on Redis Streams", () => startOnRedis(url), missing);
cutOffSuite("on Redis Streams", () => startOnRedis(url), startRedisProxy, missing);
