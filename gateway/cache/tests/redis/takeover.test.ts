/** Another server takes over, or a node of a cluster goes and comes back empty: nobody sees anything of before. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingServer, RedisServers } from "../../../../test/redis-servers.ts";
import { openTrouble } from "./faulty-redis.fixture.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe
  .skipIf(missingServer !== undefined)
  .concurrent(`gateways over servers of Redis${missingServer === undefined ? "" : ` (${missingServer})`}`, () => {
    const servers = new RedisServers();
    let withSentinel: ReturnType<RedisServers["startWithSentinel"]>;
    let cluster: ReturnType<RedisServers["startCluster"]>;
    beforeAll(() => {
      withSentinel = servers.startWithSentinel();
      cluster = servers.startCluster();
      for (const started of [withSentinel, cluster]) started.catch(() => undefined);
    });
    afterAll(() => servers.close());

    it("go on with the replica that sentinels make the master", async () => {
      const { url, master, replica } = await withSentinel;
      await using mesh = await openTrouble(url, [url, url], `redis://127.0.0.1:${master.port}`);
      await mesh.untilShared();
      const entries = await mesh.shared.keysOf("e");
      await expect.poll(() => replica.admin.exists(...entries)).toBe(entries.length);
      // A count that it does not get to know, as when the master goes before it has told it.
      await replica.admin.call("CLIENT", "KILL", "TYPE", "master");
      await replica.admin.config("SET", "masterauth", "wrong");
      await mesh.changeAll();
      await master.kill();
      await mesh.during(async () => {
        await expect.poll(() => replica.admin.role(), { timeout: 15_000 }).toContain("master");
        await pause(1_500);
      });
      await mesh.untilShared();
    });

    it("go on while a node of a cluster is gone, and when it is back, empty", async () => {
      const { url, nodes } = await cluster;
      const [first] = nodes;
      if (first === undefined) throw new Error("there are three");
      await using mesh = await openTrouble(url, [url, url], `redis://127.0.0.1:${first.port}`);
      await mesh.untilShared();
      // The one that counts what is invalidated of a product.
      const slot = Number(await first.admin.cluster("KEYSLOT", "{details.0}"));
      const node = nodes[Math.floor((slot * nodes.length) / 16_384)] ?? first;
      await mesh.changeAll();
      await mesh.during(async () => {
        await node.kill();
        await pause(500);
        await node.start();
        await pause(500);
      });
      await mesh.untilShared();
    });
  });
