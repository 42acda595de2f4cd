import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type RedisProxy, startRedisProxy } from "../../../../test/redis-proxy.ts";
import { redis } from "../../../../test/services.ts";
import type { Acknowledgement } from "../../invalidation/acknowledgement.ts";
import { describeCoherence, joinRecording, noticeOf, type RecordingMember } from "../coherence.suite.ts";
import type { Coherence, CoherenceTimings } from "../coherence.ts";
import type { Seal } from "./messages.ts";
import { openRedisGroup, type RedisGroup, type Ways } from "./redis-group.fixture.ts";

const service = await redis();

/** Not a secret: it shows what is read and what is not. */
const reversing = (mark: string): Seal => ({
  seal: (text) => mark + [...text].reverse().join(""),
  open: (text) => (text.startsWith(mark) ? [...text.slice(mark.length)].reverse().join("") : undefined),
});

const timings: CoherenceTimings = { leaseMs: 500, isolatedMs: 300, ackMs: 100, heartbeatMs: 50 };

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
        expect(silent.coherence.isCurrent()).toBe(true);
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
  });
});
