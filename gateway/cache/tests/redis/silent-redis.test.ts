/** A Redis that does not answer: requests go on without it, and with it again as soon as it does. */
import { afterAll, describe, expect, it } from "vitest";
import { type RedisProxy, startRedisProxy } from "../../../../test/redis-proxy.ts";
import { missingServer, RedisServers } from "../../../../test/redis-servers.ts";
import { redis } from "../../../../test/services.ts";
import type { CachedGateway } from "../../../fixtures/cached-gateway.fixture.ts";
import { openTrouble } from "./faulty-redis.fixture.ts";

const service = await redis();
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const failures = ({ metric }: CachedGateway, reason: string): Promise<number> =>
  metric("mesh_redis_failures_total", { reason });

describe
  .skipIf(service.missing !== undefined)
  .concurrent(`gateways without ${service.missing ?? "their Redis"}`, () => {
    const proxies: RedisProxy[] = [];
    afterAll(() => Promise.all(proxies.map((proxy) => proxy.close())));
    const startProxy = async (): Promise<RedisProxy> => {
      const proxy = await startRedisProxy(service.url);
      proxies.push(proxy);
      return proxy;
    };

    it("both go on, since it says nothing, and nobody waits for it each time", async () => {
      const proxy = await startProxy();
      await using mesh = await openTrouble(proxy.url, [proxy.url, proxy.url], service.url);
      await mesh.untilShared();
      await mesh.during(async () => {
        proxy.silence(true);
        await pause(2_500);
        for (const gateway of mesh.gateways) {
          expect(await gateway.metric("mesh_redis_up")).toBe(0);
          expect(await gateway.metric("mesh_cache_current")).toBe(0);
          expect(await failures(gateway, "timeout")).toBeGreaterThanOrEqual(3);
          // Most do not even ask.
          expect(await failures(gateway, "resting")).toBeGreaterThan(0);
          expect(gateway.warnings.length).toBeGreaterThan(0);
        }
        proxy.silence(false);
      });
      await mesh.untilShared();
    });

    it("one goes on without it, and the other one with it", async () => {
      const proxy = await startProxy();
      await using mesh = await openTrouble(service.url, [proxy.url, service.url]);
      await mesh.untilShared();
      const [lonely, other] = mesh.gateways;
      await mesh.during(async () => {
        proxy.silence(true);
        await pause(2_500);
        expect(await lonely.metric("mesh_cache_current")).toBe(0);
        expect(await other.metric("mesh_cache_current")).toBe(1);
        expect(await other.metric("mesh_redis_up")).toBe(1);
        proxy.silence(false);
      });
      await mesh.untilShared();
    });

    it("go on, since they are cut off, again and again", async () => {
      const proxy = await startProxy();
      await using mesh = await openTrouble(service.url, [proxy.url, service.url]);
      await mesh.untilShared();
      await mesh.during(async () => {
        for (let time = 0; time < 8; time++) {
          await proxy.cut();
          await pause(100 * (time % 3));
          await proxy.restore();
          await pause(150);
        }
      });
      expect(await failures(mesh.gateways[0], "unreachable")).toBeGreaterThan(0);
      await mesh.untilShared();
    });

    it.skipIf(missingServer !== undefined)("start without it, and share as soon as it is there", async () => {
      const servers = new RedisServers();
      try {
        const server = await servers.start();
        await server.kill();
        await using mesh = await openTrouble(`redis://127.0.0.1:${server.port}`);
        await mesh.during(async () => {
          await pause(500);
          for (const gateway of mesh.gateways) {
            expect(await gateway.metric("mesh_redis_up")).toBe(0);
            expect(await gateway.metric("mesh_cache_current")).toBe(0);
          }
          await server.start();
          await pause(500);
        });
        await mesh.untilShared();
      } finally {
        await servers.close();
      }
    });
  });
