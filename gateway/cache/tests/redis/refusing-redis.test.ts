/** A Redis that answers with errors: it is as if it were not there, and nothing is used that it could not count. */
import { afterAll, describe, expect, it, vi } from "vitest";
import { missingServer, type RedisServer, RedisServers } from "../../../../test/redis-servers.ts";
import type { CachedGateway } from "../../../fixtures/cached-gateway.fixture.ts";
import { openTrouble, type Trouble } from "./faulty-redis.fixture.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const refusals = ({ metric }: CachedGateway): Promise<number> =>
  metric("mesh_redis_failures_total", { reason: "refused" });

describe
  .skipIf(missingServer !== undefined)
  .concurrent(`a Redis that refuses${missingServer === undefined ? "" : ` (${missingServer})`}`, () => {
    const servers = new RedisServers();
    afterAll(() => servers.close());
    const open = async (...settings: string[]): Promise<{ server: RedisServer; mesh: Trouble }> => {
      const server = await servers.start(settings);
      const mesh = await openTrouble(`redis://127.0.0.1:${server.port}`);
      await mesh.untilShared();
      return { server, mesh };
    };

    it("everything, while it loads its data", async () => {
      const { server, mesh } = await open("enable-debug-command local", "loading-process-events-interval-bytes 1024");
      await using _ = mesh;
      const others = Array.from({ length: 2_000 }, (_, number) => [`something else ${number}`, "x".repeat(50)]);
      await server.admin.mset(...others.flat());
      await mesh.during(async () => {
        await server.admin.config("SET", "key-load-delay", "500");
        await vi.waitFor(async () => {
          await server.admin.call("DEBUG", "RELOAD");
          const refused = await Promise.all(mesh.gateways.map(refusals));
          expect(Math.max(...refused)).toBeGreaterThan(0);
        }, 20_000);
      });
      await mesh.untilShared();
    });

    it("whatever takes room, since it is full and may make none", async () => {
      const { server, mesh } = await open("maxmemory-policy noeviction");
      await using _ = mesh;
      const [keeping, reader] = mesh.gateways;
      await mesh.during(async () => {
        await server.admin.config("SET", "maxmemory", "1");
        await expect(server.admin.set("something", "else")).rejects.toThrow("OOM");
        await pause(1_500);
      });
      // What could not be counted is gone, so nothing of it is valid.
      const kept = await mesh.shared.keysOf("e");
      expect(kept.length).toBeGreaterThan(0);
      const results = await Promise.all(
        ["full", "failed"].map((result) => reader.metric("mesh_cache_shared_total", { result })),
      );
      expect(Math.max(...results)).toBeGreaterThan(0);
      expect(await refusals(keeping)).toBeGreaterThan(0);
      await server.admin.config("SET", "maxmemory", "0");
      await mesh.untilShared();
    });

    it("what invalidates, since it may write nothing: nothing is acknowledged, and told later", async () => {
      const { server, mesh } = await open();
      await using _ = mesh;
      await mesh.during(async () => {
        // It takes writes only with a replica, and has none.
        await server.admin.config("SET", "min-replicas-to-write", "1");
        await pause(1_000);
        await server.admin.config("SET", "min-replicas-to-write", "0");
      });
      await mesh.untilShared();
      await mesh.changeAll();
      await mesh.during(() => pause(200));
    });
  });
