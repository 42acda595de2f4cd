import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectToRedis, type RedisConnection } from "#redis";
import { ownKeyPrefix } from "../../../../test/redis-proxy.ts";
import { redis } from "../../../../test/services.ts";
import { defaultTimings } from "../coherence.ts";
import { countsForMs, type MemberList } from "./member-list.ts";
import { channelsOf, createRedisMemberList, listKey } from "./redis-member-list.ts";
import { SimulatedList } from "./simulated-redis.fixture.ts";

const service = await redis();
const hourMs = 3_600_000;
/** Nothing ends while a test runs. */
const timings = { ...defaultTimings, leaseMs: 10 * hourMs, isolatedMs: 10 * hourMs, isolationMs: 0 };
const names = ["a", "b"] as const;

describe.skipIf(service.missing !== undefined)(`the list of members in ${service.missing ?? "Redis"}`, () => {
  let connection: RedisConnection;
  beforeAll(async () => {
    const logger = { info: () => undefined, warn: () => undefined };
    connection = await connectToRedis({ url: service.url, keyPrefix: ownKeyPrefix(), timeoutMs: 5_000 }, { logger });
  });
  afterAll(async () => {
    await connection.run((client) => client.del(listKey));
    await connection.close();
  });
  const listOf = (id: string, leaseMs = timings.leaseMs): MemberList =>
    createRedisMemberList({ id, redis: connection, channels: channelsOf("none:"), timings: { ...timings, leaseMs } });
  const forget = (): Promise<number> => connection.run((client) => client.del(listKey));

  it("an evicted member stays listed, cannot renew, and can join anew", async () => {
    await forget();
    const [a, b] = [listOf("a"), listOf("b")];
    expect(await a.beat({ number: 1, join: 1 })).toBe(true);
    expect(await a.beat({ number: 2, join: 1 })).toBe(true);
    const { leaseEndById } = await b.evict([{ id: "a", join: 1 }]);
    expect(await a.beat({ number: 3, join: 1 })).toBe(false);
    const { members } = await b.announce(1, "text");
    expect(members).toEqual([{ id: "a", join: 1, leaseEnd: leaseEndById.get("a") }]);
    expect(await a.beat({ number: 4, join: 4 })).toBe(true);
    expect(await a.beat({ number: 5, join: 4 })).toBe(true);
    // Of the earlier join.
    expect(await a.beat({ number: 6, join: 1 })).toBe(false);
  });

  it("who has joined anew is not evicted, and is known to have given up its lease", async () => {
    await forget();
    const [a, b] = [listOf("a"), listOf("b")];
    await a.beat({ number: 1, join: 1 });
    await a.beat({ number: 2, join: 2 });
    const { now, leaseEndById } = await b.evict([
      { id: "a", join: 1 },
      { id: "nobody", join: 1 },
    ]);
    expect(leaseEndById).toEqual(new Map([["a", now]]));
    expect(await a.beat({ number: 3, join: 2 })).toBe(true);
  });

  it("nothing that is not well formed keeps it from working", async () => {
    await forget();
    await connection.run((client) => client.hset(listKey, { a: "nonsense", b: "1 2", "": "x" }));
    const a = listOf("a");
    expect(await a.beat({ number: 2, join: 1 })).toBe(false);
    expect(await a.beat({ number: 3, join: 3 })).toBe(true);
    expect((await listOf("c").announce(1, "text")).members.map(({ id }) => id)).toEqual(["a"]);
  });

  it("does what the simulated one does", async () => {
    const join = fc.nat({ max: 1 });
    // Also one that ended long ago, and one that ended a short while ago.
    const leaseMs = fc.constantFrom(10 * hourMs, -hourMs, -30 * hourMs);
    const id = fc.constantFrom(...names);
    const action = fc.oneof(
      fc
        .tuple(id, join, leaseMs)
        .map(([own, number, its]) => ({ kind: "beat" as const, id: own, number, join: number, leaseMs: its })),
      fc.record({ kind: fc.constant("beat"), id, number: join, join, leaseMs }),
      fc.record({ kind: fc.constant("announce"), id }),
      fc.record({ kind: fc.constant("evict"), members: fc.array(fc.record({ id, join })) }),
      fc.record({ kind: fc.constant("leave"), id }),
      fc.record({ kind: fc.constantFrom("other server", "clock went back", "forgotten") }),
    );
    /** In hours from now: what takes milliseconds makes no difference. */
    const rounded = (time: number, now: number): number => Math.round((time - now) / hourMs) + 0;
    const long = 30 * 24 * hourMs;
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 40 }), async (actions) => {
        await forget();
        const simulated = new SimulatedList(Date.now);
        for (const step of actions) {
          switch (step.kind) {
            case "beat": {
              const expected = simulated.beat(step.id, step, step.leaseMs);
              expect(await listOf(step.id, step.leaseMs).beat(step)).toBe(expected);
              break;
            }
            case "announce": {
              const expected = simulated.announce(step.id, countsForMs(timings));
              const told = await listOf(step.id).announce(1, "text");
              const comparable = ({ now, since, members }: typeof told): unknown => [
                rounded(since, now),
                new Map(members.map((each) => [each.id, { ...each, leaseEnd: rounded(each.leaseEnd, now) }])),
              ];
              expect(comparable(told)).toEqual(comparable(expected));
              break;
            }
            case "evict": {
              const expected = simulated.evict(step.members);
              const evicted = await listOf("z").evict(step.members);
              const comparable = ({ now, since, leaseEndById }: typeof evicted): unknown => [
                rounded(since, now),
                new Map([...leaseEndById].map(([id, leaseEnd]) => [id, rounded(leaseEnd, now)])),
              ];
              expect(comparable(evicted)).toEqual(comparable(expected));
              break;
            }
            case "leave":
              simulated.leave(step.id);
              await listOf(step.id).leave();
              break;
            case "other server":
              simulated.server = "another";
              await connection.run((client) => client.hset(listKey, { server: "another" }));
              break;
            case "clock went back":
              simulated.since = Date.now() + long;
              await connection.run((client) => client.hset(listKey, { since: Date.now() + long }));
              break;
            case "forgotten":
              simulated.server = undefined;
              await forget();
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
