/** A Redis that loses what it had, or has something older again: nothing of it is missed, and nothing of before is used. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { missingServer, type RedisServer, RedisServers } from "../../../../test/redis-servers.ts";
import { openTrouble, type Trouble } from "./faulty-redis.fixture.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe
  .skipIf(missingServer !== undefined)
  .concurrent(`a Redis that loses data${missingServer === undefined ? "" : ` (${missingServer})`}`, () => {
    const servers = new RedisServers();
    afterAll(() => servers.close());
    const open = async (...settings: string[]): Promise<{ server: RedisServer; mesh: Trouble }> => {
      const server = await servers.start(settings);
      const mesh = await openTrouble(`redis://127.0.0.1:${server.port}`);
      await mesh.untilShared();
      return { server, mesh };
    };

    it("since all of it is flushed, again and again", async () => {
      const { server, mesh } = await open();
      await using _ = mesh;
      await mesh.during(async () => {
        for (let time = 0; time < 20; time++) {
          await server.admin.flushall();
          await pause(50);
        }
      });
      await mesh.untilShared();
    });

    it("since it is restarted, empty", async () => {
      const { server, mesh } = await open();
      await using _ = mesh;
      await mesh.during(async () => {
        await server.kill();
        await pause(300);
        await server.start();
        await pause(300);
      });
      await mesh.untilShared();
    });

    it("since a former copy of it is put in its place, with the fences of then", async () => {
      const { server, mesh } = await open();
      await using _ = mesh;
      const [, directory = ""] = (await server.admin.config("GET", "dir")) as string[];
      const [dump, copy] = [join(directory, "dump.rdb"), join(directory, "copy.rdb")];
      const entries = await mesh.shared.keysOf("e");
      expect(entries.length).toBeGreaterThan(mesh.source.ids.length);
      await server.admin.save();
      await copyFile(dump, copy);
      // What was changed since is told, and forgotten by the copy.
      await mesh.changeAll();
      await server.kill();
      await copyFile(copy, dump);
      await server.start();
      expect(await server.admin.exists(...entries)).toBe(entries.length);
      await mesh.during(() => pause(500));
      await mesh.untilShared();
    });

    it("since it has too little room, and makes some", async () => {
      const { server, mesh } = await open("maxmemory-policy allkeys-lru");
      await using _ = mesh;
      const used = Number(/^used_memory:(\d+)/m.exec(await server.admin.info("memory"))?.[1]);
      await server.admin.config("SET", "maxmemory", used + 300_000);
      await mesh.during(async () => {
        const text = "x".repeat(10_000);
        for (let number = 0; number < 400; number++) {
          await server.admin.set(`something else ${number}`, text);
          if (number % 10 === 0) await pause(10);
        }
      });
      const evicted = Number(/^evicted_keys:(\d+)/m.exec(await server.admin.info("stats"))?.[1]);
      expect(evicted).toBeGreaterThan(300);
      await mesh.untilShared();
    });
  });
