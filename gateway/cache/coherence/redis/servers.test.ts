/** Redis as it is run: restarted, with a replica that takes over, as a cluster. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { missingServer, RedisServers } from "../../../../test/redis-servers.ts";
import { describeCoherence, joinRecording, noticeOf, type RecordingMember } from "../coherence.suite.ts";
import type { CoherenceTimings } from "../coherence.ts";
import { openRedisGroup, type RedisGroup } from "./redis-group.fixture.ts";
import { listKey } from "./redis-member-list.ts";

const timings: CoherenceTimings = { leaseMs: 500, isolatedMs: 300, isolationMs: 200, ackMs: 150, heartbeatMs: 50 };

describe.skipIf(missingServer !== undefined)(
  `servers of Redis${missingServer === undefined ? "" : ` (${missingServer})`}`,
  () => {
    const servers = new RedisServers();
    const groups: RedisGroup[] = [];
    let withSentinel: ReturnType<RedisServers["startWithSentinel"]>;
    let cluster: ReturnType<RedisServers["startCluster"]>;
    // They take seconds, while the other tests run.
    beforeAll(() => {
      withSentinel = servers.startWithSentinel();
      cluster = servers.startCluster();
      for (const started of [withSentinel, cluster]) started.catch(() => undefined);
    });
    afterEach(async () => {
      await Promise.all(groups.splice(0).map((group) => group.close()));
    });
    afterAll(() => servers.close());
    const openGroup = async (url: string): Promise<RedisGroup> => {
      const group = await openRedisGroup({ url, timings });
      groups.push(group);
      return group;
    };
    /** Announces until it is complete. */
    const announce = async ({ coherence }: RecordingMember, scope: string): Promise<void> => {
      await vi.waitFor(
        async () => expect(await coherence.announce(noticeOf(scope))).toMatchObject({ isComplete: true }),
        20_000,
      );
    };
    const becomeCurrent = (members: readonly RecordingMember[]): Promise<void> =>
      vi.waitFor(() => {
        for (const { coherence } of members) expect(coherence.isCurrent()).toBe(true);
      }, 20_000);

    it("after a restart without its data all have a gap, and nothing is complete before all leases of before are over", async () => {
      const server = await servers.start();
      const group = await openGroup(`redis://127.0.0.1:${server.port}`);
      const members = [await joinRecording(group), await joinRecording(group), await joinRecording(group)];
      const [one, ...others] = members;
      if (one === undefined) throw new Error("there are three");
      await announce(one, "before");
      for (const { heard } of members) heard.length = 0;
      await server.kill();
      const killedAt = performance.now();
      // While it is gone, nobody knows anything.
      expect(await one.coherence.announce(noticeOf("during"))).toMatchObject({ isComplete: false });
      expect(members.map(({ coherence }) => coherence.isCurrent())).toEqual([false, false, false]);
      await server.start();
      await announce(one, "after");
      expect(performance.now() - killedAt).toBeGreaterThanOrEqual(timings.leaseMs + timings.isolatedMs);
      await becomeCurrent(members);
      for (const { heard } of members) expect(heard).toContain("gap");
      await announce(one, "last");
      for (const other of others) expect(other.scopes()).toContain("last");
    });

    it("a server whose data were flushed is not trusted either", async () => {
      const server = await servers.start();
      const group = await openGroup(`redis://127.0.0.1:${server.port}`);
      const [one, other] = [await joinRecording(group), await joinRecording(group)];
      await announce(one, "before");
      other.heard.length = 0;
      const flushedAt = performance.now();
      await server.admin.flushall();
      await announce(one, "after");
      expect(performance.now() - flushedAt).toBeGreaterThanOrEqual(timings.leaseMs + timings.isolatedMs);
      await vi.waitFor(() => expect(other.heard).toContain("gap"));
    });

    it("members go on where there is no room for anything else", async () => {
      const server = await servers.start();
      const group = await openGroup(`redis://127.0.0.1:${server.port}`);
      await group.age();
      const [one, other] = [await joinRecording(group), await joinRecording(group)];
      await server.admin.config("SET", "maxmemory", "1");
      await expect(server.admin.set("key", "text")).rejects.toThrow("OOM");
      const third = await joinRecording(group);
      await announce(one, "a");
      expect([other, third].map(({ scopes }) => scopes())).toEqual([["a"], ["a"]]);
      await becomeCurrent([one, other, third]);
    });

    it("a replica that takes over begins the list anew, whatever it had of it", async () => {
      const { url, master, replica } = await withSentinel;
      const group = await openGroup(url);
      const members = [await joinRecording(group), await joinRecording(group)];
      const [one, other] = members;
      if (one === undefined || other === undefined) throw new Error("there are two");
      await announce(one, "before");
      const listed = `${group.keyPrefix}${listKey}`;
      await vi.waitFor(async () => expect(await replica.admin.hlen(listed)).toBe(4));
      const before = await replica.admin.hmget(listed, "server", "since");
      for (const { heard } of members) heard.length = 0;
      await master.kill();
      await announce(one, "after");
      const [server, since] = await replica.admin.hmget(listed, "server", "since");
      expect(server).not.toBe(before[0]);
      const [seconds, micros] = await replica.admin.time();
      const listAge = Number(seconds) * 1_000 + Number(micros) / 1_000 - Number(since);
      expect(listAge).toBeGreaterThanOrEqual(timings.leaseMs + timings.isolatedMs);
      await becomeCurrent(members);
      for (const { heard } of members) expect(heard).toContain("gap");
      await announce(one, "last");
      expect(other.scopes()).toContain("last");
    });

    describe("a cluster", () => {
      describeCoherence("a cluster of Redis", async () => {
        const slow = { leaseMs: 5_000, ackMs: 5_000 };
        const group = await openRedisGroup({ url: (await cluster).url, timings: slow });
        await group.age();
        return group;
      });

      it("a subscription that moves to another node without a word loses nothing for good", async () => {
        const { url, nodes } = await cluster;
        const group = await openGroup(url);
        await group.age();
        const members = [await joinRecording(group), await joinRecording(group), await joinRecording(group)];
        const [one, ...others] = members;
        if (one === undefined) throw new Error("there are three");
        for (let round = 0; round < 5; round++) {
          for (const { heard } of others) heard.length = 0;
          await Promise.all(nodes.map(({ admin }) => admin.call("CLIENT", "KILL", "TYPE", "pubsub")));
          await announce(one, `round ${round}`);
          for (const { coherence, heard, scopes } of others) {
            const isTold = scopes().includes(`round ${round}`) || heard.includes("gap");
            expect(isTold || !coherence.isCurrent()).toBe(true);
          }
        }
        await becomeCurrent(members);
        await announce(one, "last");
        for (const other of others) expect(other.scopes()).toContain("last");
      });
    });
  },
);
