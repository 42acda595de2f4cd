/** Gateways that share a Redis, over a product in a process of its own: one mesh, as operators run it. */
import { readFile, rm } from "node:fs/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CacheStats } from "../../cli/mesh/cache/cache-stats.ts";
import { ownKeyPrefix } from "../redis-proxy.ts";
import { redis as findRedis } from "../services.ts";
import { type Command, runCommand, startCommand } from "./command.ts";
import { ask, keepAnswers, writeThings } from "./kept-mesh.ts";
import { createTinyMesh, type TinyMesh } from "./tiny-mesh.ts";

const redis = await findRedis();
const prefix = ownKeyPrefix();
const busPrefix = prefix.replaceAll(/\W/g, "-");
const colour = `{ thing(thingId: "a") { colour } }`;
const email = (thing: string): string => `{ thing(thingId: "${thing}") { thingId email } }`;

describe.skipIf(redis.missing !== undefined)(
  `two gateways that share a Redis${redis.missing === undefined ? "" : ` (${redis.missing})`}`,
  () => {
    let tiny: TinyMesh;
    let product: Command;
    let gateways: readonly Command[] = [];
    let urls: readonly string[];
    const run = (...words: readonly string[]) => runCommand(words, { cwd: tiny.folder });
    const configure = async (more: string): Promise<void> => {
      const file = tiny.path("datamesh.yaml");
      await tiny.write("datamesh.yaml", `${await readFile(file, "utf8")}${more}`);
    };

    beforeAll(async () => {
      tiny = await createTinyMesh();
      await keepAnswers(tiny);
      await rm(tiny.path("subgraphs/parts"), { recursive: true });
      await writeThings(tiny, { a: "red", b: "blue", c: "green" });
      await configure(`  redis: { url: "${redis.url}", prefix: "${prefix}", timeout: 1s }\n`);
      await configure(`  events: { url: "${redis.url}", prefix: "${busPrefix}" }\n`);
      await run("keys", "rotate");
      product = startCommand(["serve", "things", "--port", "0"], { cwd: tiny.folder });
      await configure(`  gateway: { remote: { things: { url: "${await product.url()}/graphql" } } }\n`);
      await run("compose", "--out", "supergraph.graphql");
      const gateway = ["gateway", "--supergraph", "supergraph.graphql", "--config", "datamesh.yaml"];
      gateways = [0, 1].map(() => startCommand(gateway, { cwd: tiny.folder }));
      urls = await Promise.all(gateways.map((gateway) => gateway.url()));
    });
    afterAll(async () => {
      await Promise.all([...gateways, product].map((command) => command?.[Symbol.asyncDispose]()));
      await tiny?.[Symbol.asyncDispose]();
      await removeKeys();
    });

    const askBoth = async (query: string): Promise<readonly string[]> =>
      Promise.all(urls.map(async (url) => (await ask(url, query)).text));
    const foundShared = async (url: string): Promise<number> => {
      const page = await (await fetch(`${url}/metrics`)).text();
      return Number(/^mesh_cache_lookups_total\{subgraph="things",result="shared"\} (\d+)$/m.exec(page)?.[1] ?? 0);
    };
    const stats = async (): Promise<CacheStats> =>
      JSON.parse((await run("cache", "stats", "--json")).stdout) as CacheStats;

    /** What is fetched is written to Redis behind the answer. */
    const untilShared = (): Promise<void> =>
      expect.poll(async () => (await stats()).products[0]?.shared?.entries, { timeout: 15_000 }).toBeGreaterThan(0);

    it("find what the other one has fetched", async () => {
      const [first = "", second = ""] = urls;
      await ask(first, colour);
      await untilShared();
      await ask(second, colour);
      expect(await foundShared(second)).toBeGreaterThan(0);
    });

    it("both answer what changed within moments after the product has published it", async () => {
      expect(await askBoth(colour)).toEqual(Array(2).fill('{"thing":{"colour":"red"}}'));
      await writeThings(tiny, { a: "green", b: "blue", c: "green" });
      await expect
        .poll(() => askBoth(colour), { timeout: 15_000, interval: 100 })
        .toEqual(Array(2).fill('{"thing":{"colour":"green"}}'));
    });

    it("both end what is purged by way of one of them", async () => {
      await askBoth(colour);
      const purged = await run("cache", "purge", "--product", "things");
      expect([purged.code, purged.stdout]).toEqual([
        0,
        "purged everything of things; acknowledged by 1 other process\nnobody uses any of it any more\n",
      ]);
    });

    it("forget a person who is erased where the product runs, and so does Redis", async () => {
      for (const thing of ["b", "c"]) await askBoth(email(thing));
      await untilShared();
      const { code, stdout } = await run("erase", "--subject", "b");
      const { caches } = JSON.parse(stdout) as { readonly caches: { copies: number; shared: number } };
      expect([code, caches]).toEqual([0, { copies: expect.any(Number), shared: expect.any(Number), isComplete: true }]);
      expect([caches.copies > 1, caches.shared > 0]).toEqual([true, true]);
      expect(await askBoth(email("b"))).toEqual(Array(2).fill('{"thing":null}'));
    });

    it("leave Redis behind, where the command still reaches what they shared", async () => {
      await askBoth(email("c"));
      await untilShared();
      for (const gateway of gateways) gateway.kill("SIGTERM");
      await Promise.all(gateways.map(({ ended }) => ended));
      const erased = await run("erase", "--subject", "c");
      expect([erased.code, JSON.parse(erased.stdout)]).toMatchObject([0, { caches: { copies: 0, isComplete: true } }]);
      expect((JSON.parse(erased.stdout) as { caches: { shared: number } }).caches.shared).toBeGreaterThan(0);
      const purged = await run("cache", "purge", "--all");
      expect([purged.code, purged.stdout]).toEqual([
        0,
        expect.stringContaining(
          "purged everything in Redis: no gateway runs here; acknowledged by 0 gateway processes",
        ),
      ]);
    });
  },
);

async function removeKeys(): Promise<void> {
  const client = new Redis(redis.url);
  for (const pattern of [`${prefix}*`, `*${busPrefix}:events:*`]) {
    const keys = await client.keys(pattern);
    if (keys.length > 0) await client.unlink(...keys);
  }
  await client.quit();
}
