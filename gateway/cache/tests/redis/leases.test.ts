/** Who asks for the same at the same time, on whatever gateway, waits for the one who asked first; not for ever. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { redis } from "../../../../test/services.ts";
import type { CachedGateway } from "../../../fixtures/cached-gateway.fixture.ts";
import { type Oracle, oracle } from "./oracle.fixture.ts";
import { openSharedRedis, type SharedRedis } from "./shared-redis.fixture.ts";

const service = await redis();

const query = "{ rows { id version } }";
const asking = 50;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(service.missing !== undefined)(
  `fifty who ask three gateways over ${service.missing ?? "a Redis"}`,
  () => {
    const source: Oracle = oracle();
    const rows = source.ids.map((id) => ({ id, version: 1 }));
    let shared: SharedRedis;
    let gateways: readonly CachedGateway[];
    beforeAll(async () => {
      shared = await openSharedRedis(service.url);
      const config = { subgraphs: source.subgraphs };
      gateways = [await shared.open(config), await shared.open(config), await shared.open(config)];
      // Plans are made before anybody asks at the same time.
      await Promise.all(gateways.map((gateway) => gateway.ask(query)));
    });
    afterAll(() => shared?.[Symbol.asyncDispose]());
    beforeEach(async () => {
      for (const gateway of gateways) await gateway.reset();
      await shared.removeEntries();
    });

    const asked = (name: string): number =>
      gateways.reduce((sum, { fetched }) => sum + fetched.filter(({ subgraph }) => subgraph === name).length, 0);
    /** By gateway. */
    const askEach = (): readonly Promise<unknown>[][] =>
      gateways.map((gateway, index) =>
        Array.from({ length: Math.ceil((asking - index) / gateways.length) }, async () => {
          const { data, errors } = await gateway.ask(query);
          return errors.length > 0 ? errors : data?.rows;
        }),
      );
    const askAll = (): Promise<readonly unknown[]> => Promise.all(askEach().flat());
    const leases = (): Promise<readonly string[]> => shared.keysOf("l");

    it("cause one request to each subgraph", async () => {
      for (let round = 0; round < 5; round++) {
        for (const gateway of gateways) {
          for (const name of ["lists", "details"]) gateway.behave(name, (_, answer) => pause(30).then(answer));
        }
        expect(await askAll()).toEqual(Array(asking).fill(rows));
        expect([asked("lists"), asked("details")]).toEqual([1, 1]);
        // Whoever has an answer gives its leases back.
        await vi.waitFor(async () => expect(await leases()).toEqual([]));
        for (const gateway of gateways) await gateway.reset();
      }
    });

    it("wait a while for who is slow, and then ask for themselves", async () => {
      const gate = Promise.withResolvers<void>();
      let slow = -1;
      gateways.forEach((gateway, index) => {
        gateway.behave("lists", async (_, answer) => {
          if (slow !== -1) return answer();
          slow = index;
          const early = await answer();
          await gate.promise;
          return early;
        });
      });
      const underWay = askEach();
      await vi.waitFor(async () => expect(await leases()).not.toEqual([]));
      const lives = await Promise.all((await leases()).map((lease) => shared.admin.pttl(lease)));
      expect(Math.max(...lives)).toBeLessThanOrEqual(2_000);
      await vi.waitFor(() => expect(slow).not.toBe(-1));
      const others = underWay.filter((_, index) => index !== slow).flat();
      expect(await Promise.all(others)).toEqual(Array(others.length).fill(rows));
      expect(asked("lists")).toBeGreaterThanOrEqual(2);
      expect(asked("lists")).toBeLessThanOrEqual(gateways.length);
      gate.resolve();
      for (const answer of await Promise.all(underWay.flat())) expect(answer).toEqual(rows);
    });

    it("ask for themselves as soon as the one who asked first has failed", async () => {
      let failures = 0;
      for (const gateway of gateways) {
        gateway.behave("details", (_, answer) => {
          if (failures++ > 0) return answer();
          throw new Error("the storage is away");
        });
      }
      const answers = await askAll();
      const right = answers.filter((answer) => JSON.stringify(answer) === JSON.stringify(rows));
      // Those who waited for it at its own gateway have its error.
      expect(right.length).toBeGreaterThanOrEqual(asking - Math.ceil(asking / gateways.length));
      expect(asked("details")).toBe(2);
      await vi.waitFor(async () => expect(await leases()).toEqual([]));
      for (const gateway of gateways) expect((await gateway.ask(query)).data).toEqual({ rows });
      expect(asked("details")).toBe(2);
    });

    it("are not kept waiting by the lease of a gateway that has died", async () => {
      // A lease as it leaves it: its name is that of the entry.
      await gateways[0]?.ask(query);
      const entries = await shared.untilStored(1 + source.ids.length);
      await shared.removeEntries();
      for (const gateway of gateways)
        await gateway.invalidator.invalidate({ cause: "operator", what: [{ kind: "all" }] });
      for (const gateway of gateways) gateway.fetched.length = 0;
      const names = entries.map((entry) => entry.replace("}:e:", "}:l:"));
      for (const name of names) await shared.admin.set(name, "", "PX", 60_000);
      expect(await askAll()).toEqual(Array(asking).fill(rows));
      // Nobody has a lease then, so each gateway asks once at most.
      for (const name of ["lists", "details"]) {
        expect(asked(name)).toBeGreaterThanOrEqual(1);
        expect(asked(name)).toBeLessThanOrEqual(gateways.length);
      }
      await shared.admin.unlink(...names);
    });
  },
);
