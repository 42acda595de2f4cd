import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type RedisProxy, startRedisProxy } from "../../../../test/redis-proxy.ts";
import { redis } from "../../../../test/services.ts";
import type { Acknowledgement } from "../../invalidation/acknowledgement.ts";
import { describeCoherence, joinRecording, noticeOf, type RecordingMember } from "../coherence.suite.ts";
import type { Coherence, CoherenceTimings } from "../coherence.ts";
import type { Seal } from "./messages.ts";
import { openRedisCoherence } from "./open-redis-coherence.ts";
import { openRedisGroup, type RedisGroup, type Ways } from "./redis-group.fixture.ts";

const service = await redis();

/** Not a secret: it shows what is read and what is not. */
const reversing = (mark: string): Seal => ({
  seal: (text) => mark + [...text].reverse().join(""),
  open: (text) => (text.startsWith(mark) ? [...text.slice(mark.length)].reverse().join("") : undefined),
});

const timings: CoherenceTimings = { leaseMs: 500, isolatedMs: 300, isolationMs: 200, ackMs: 100, heartbeatMs: 50 };

describe.skipIf(service.missing !== undefined)(`coherence with ${service.missing ?? "a Redis"}`, () => {
  const aged = async (seal?: Seal): Promise<RedisGroup> => {
    // Nobody is taken for lost because this machine is busy.
    const slow = { ackMs: 5_000, leaseMs: 5_000 };
    const group = await openRedisGroup({ url: service.url, timings: slow, ...(seal === undefined ? {} : { seal }) });
    await group.age();
    return group;
  };
  describeCoherence("Redis", () => aged());
  describeCoherence("Redis, sealed", () => aged(reversing("sealed:")));

  describe("in trouble", () => {
    let group: RedisGroup;
    const proxies: RedisProxy[] = [];
    beforeEach(async () => {
      group = await openRedisGroup({ url: service.url, timings });
      await group.age();
    });
    afterEach(async () => {
      await group.close();
      await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
    });
    const proxy = async (): Promise<RedisProxy> => {
      const made = await startRedisProxy(service.url);
      proxies.push(made);
      return made;
    };
    const member = (ways?: Ways): Promise<RecordingMember> =>
      joinRecording({ join: (listener) => group.join(listener, ways) });

    interface Waited {
      readonly acknowledgement: Acknowledgement;
      /** From when the silent one was last seen to be current. */
      readonly isolatedForMs: number;
    }
    /** Announces, and watches the one who is not heard. */
    const announceBeside = async (one: RecordingMember, silent: Coherence, scope: string): Promise<Waited> => {
      let lastCurrent = Number.NEGATIVE_INFINITY;
      const watch = (): void => {
        if (silent.isCurrent()) lastCurrent = performance.now();
      };
      const watching = setInterval(watch, 1);
      watch();
      const acknowledgement = await one.coherence.announce(noticeOf(scope));
      watch();
      clearInterval(watching);
      return { acknowledgement, isolatedForMs: performance.now() - lastCurrent };
    };

    describe.each<[string, (own: { commands: RedisProxy; subscription: RedisProxy }) => Promise<void> | void]>([
      [
        "whose connections are cut",
        async ({ commands, subscription }) => {
          await Promise.all([commands.cut(), subscription.cut()]);
        },
      ],
      [
        "whose connections are silent",
        ({ commands, subscription }) => {
          commands.silence(true);
          subscription.silence(true);
        },
      ],
      ["whose subscription alone is silent", ({ subscription }) => subscription.silence(true)],
      ["whose subscription alone is cut", ({ subscription }) => subscription.cut()],
      ["whose commands alone are silent", ({ commands }) => commands.silence(true)],
    ])("one %s", (_how, trouble) => {
      it("uses nothing any more when an announcement is complete, and joins anew with a gap", async () => {
        const [commands, subscription] = [await proxy(), await proxy()];
        const [one, other] = [await member(), await member()];
        const silent = await member({ commands: commands.url, subscription: subscription.url });
        expect(await one.coherence.announce(noticeOf("before"))).toEqual({ isComplete: true, acknowledgedBy: 2 });
        expect(silent.scopes()).toEqual(["before"]);
        await vi.waitFor(() => expect(silent.coherence.isCurrent()).toBe(true));
        silent.heard.length = 0;
        await trouble({ commands, subscription });

        const { acknowledgement, isolatedForMs } = await announceBeside(one, silent.coherence, "during");
        expect(acknowledgement.isComplete).toBe(true);
        // Told, with what it does not keep, or without using anything any more.
        if (!silent.scopes().includes("during")) expect(isolatedForMs).toBeGreaterThanOrEqual(timings.isolatedMs);
        expect(other.scopes()).toContain("during");

        commands.silence(false);
        subscription.silence(false);
        await Promise.all([commands, subscription].map((each) => each.cut().then(() => each.restore())));
        await vi.waitFor(() => expect(silent.coherence.isCurrent()).toBe(true), 10_000);
        expect(silent.heard).toContain("gap");
        expect(silent.currentAtGaps.every((isCurrent) => !isCurrent)).toBe(true);
        const after = await one.coherence.announce(noticeOf("after"));
        expect(after.isComplete).toBe(true);
        expect(silent.scopes()).toContain("after");
      });
    });

    it("who does not hear itself takes nobody else for lost, and knows that it does not know", async () => {
      const subscription = await proxy();
      const one = await member({ subscription: subscription.url });
      const others = [await member(), await member()];
      subscription.silence(true);
      expect(await one.coherence.announce(noticeOf("a"))).toMatchObject({ isComplete: false });
      expect(Object.values(await group.list()).filter((entry) => entry.endsWith(" out"))).toEqual([]);
      subscription.silence(false);
      await vi.waitFor(async () => {
        expect(await one.coherence.announce(noticeOf("b"))).toEqual({ isComplete: true, acknowledgedBy: 2 });
      }, 10_000);
      for (const other of others) expect(other.scopes()).toEqual(expect.arrayContaining(["a", "b"]));
    });

    it("who does not reach Redis knows that it is not known whether all were told", async () => {
      const commands = await proxy();
      const [one, other] = [await member({ commands: commands.url }), await member()];
      await commands.cut();
      expect(await one.coherence.announce(noticeOf("a"))).toEqual({ isComplete: false, acknowledgedBy: 0 });
      expect(one.coherence.isCurrent()).toBe(false);
      expect(other.scopes()).toEqual([]);
      // It is isolated, so nobody waits for it any more.
      expect(await other.coherence.announce(noticeOf("b"))).toMatchObject({ isComplete: true });
    });

    it("who is not listed any more joins anew, with a gap", async () => {
      const [one, other] = [await member(), await member()];
      other.heard.length = 0;
      await group.forget();
      await group.age();
      await vi.waitFor(() => expect(other.heard).toContain("gap"), 10_000);
      await vi.waitFor(() => expect(other.coherence.isCurrent()).toBe(true), 10_000);
      expect(other.currentAtGaps.every((isCurrent) => !isCurrent)).toBe(true);
      expect(await one.coherence.announce(noticeOf("a"))).toMatchObject({ isComplete: true });
      expect(other.scopes()).toContain("a");
    });

    it("nothing is complete on a list that has begun anew until all who may be missing have ended", async () => {
      const [one, other] = [await member(), await member()];
      expect(await one.coherence.announce(noticeOf("a"))).toMatchObject({ isComplete: true });
      const forgottenAt = performance.now();
      await group.forget();
      let isComplete = false;
      await vi.waitFor(async () => {
        ({ isComplete } = await one.coherence.announce(noticeOf("b")));
        expect(isComplete).toBe(true);
      }, 10_000);
      expect(performance.now() - forgottenAt).toBeGreaterThanOrEqual(timings.leaseMs + timings.isolatedMs);
      expect(other.scopes()).toContain("b");
      await vi.waitFor(() => expect(other.coherence.isCurrent()).toBe(true), 10_000);
    });

    it.each([
      ["a notice that cannot be read", "notice somebody 1 {"],
      ["a notice of another version", 'notice somebody 1 {"what":"else"}'],
      ["a message of no kind", "good morning"],
    ])("%s may mean anything", async (_what, text) => {
      const { heard } = await member();
      heard.length = 0;
      await group.say(text);
      await vi.waitFor(() => expect(heard).toContain("gap"));
    });

    it("what is sealed otherwise may mean anything, and is acknowledged when nothing is used any more", async () => {
      const [one, other] = [await member({ seal: reversing("one:") }), await member({ seal: reversing("other:") })];
      const third = await member({ seal: reversing("one:") });
      other.heard.length = 0;
      expect(await one.coherence.announce(noticeOf("a"))).toEqual({ isComplete: true, acknowledgedBy: 2 });
      expect(other.heard).toContain("gap");
      expect(other.scopes()).toEqual([]);
      expect(third.scopes()).toEqual(["a"]);
    });

    it("more than can be named is a gap for the others", async () => {
      const [one, other] = [await member(), await member()];
      other.heard.length = 0;
      const scopes = Array.from({ length: 30_000 }, (_, index) => `scope ${index}`);
      expect(await one.coherence.announce(noticeOf(...scopes))).toMatchObject({ isComplete: true });
      expect(other.heard).toContain("gap");
      expect(one.heard.filter((notice) => notice !== "gap")).toEqual([]);
    });

    it("who leaves is off the list", async () => {
      const [one, other] = [await member(), await member()];
      const before = Object.keys(await group.list()).length;
      await other.coherence.close();
      await vi.waitFor(async () => expect(Object.keys(await group.list())).toHaveLength(before - 1));
      await one.coherence.close();
    });
  });
});

describe("without a Redis", () => {
  it("opening ends; the member is isolated, and announcements are not known to be complete", async () => {
    const member = await joinRecording({
      join: (listener) =>
        openRedisCoherence({ url: "redis://127.0.0.1:1", keyPrefix: "none:", timeoutMs: 50, timings }, listener, {
          logger: { info: () => undefined, warn: () => undefined },
        }),
    });
    expect(member.coherence.isCurrent()).toBe(false);
    expect(await member.coherence.announce(noticeOf("a"))).toEqual({ isComplete: false, acknowledgedBy: 0 });
    expect(member.heard).toEqual([]);
    await member.coherence.close();
  });

  it("an address that cannot be read is refused", async () => {
    const listener = { onNotice: () => 0, onGap: () => undefined };
    const logger = { info: () => undefined, warn: () => undefined };
    const opened = openRedisCoherence({ url: "nonsense", keyPrefix: "", timeoutMs: 50 }, listener, { logger });
    await expect(opened).rejects.toMatchObject({ code: "REDIS_ADDRESS_INVALID" });
  });
});
