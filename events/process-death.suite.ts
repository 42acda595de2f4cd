/** What `bus.ts` promises also holds when processes are killed: with real ones, on every server. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BusServer } from "./bus.suite.ts";
import type { EventBus } from "./bus.ts";
import { eventsOf, idsOf, ownName, recorder } from "./events.fixture.ts";
import type { DeathPlan, Moment } from "./process-death.fixture.ts";

const leaseMs = 1_000;
const keys = ["a", "b", "c"];

/** What the process said before it was killed. */
async function live(plan: DeathPlan): Promise<readonly string[]> {
  const fixture = join(import.meta.dirname, "process-death.fixture.ts");
  const child = spawn(process.execPath, [fixture, JSON.stringify(plan)], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.once("close", (_code, signal) => resolve(signal)));
  const [said, complaints, signal] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  expect([complaints, signal]).toEqual(["", "SIGKILL"]);
  return said.split("\n").filter((line) => line !== "");
}

export function processDeathSuite(name: string, start: () => Promise<BusServer>, missing?: string): void {
  const title = `when processes of the event bus ${name} are killed${missing === undefined ? "" : ` (${missing})`}`;
  describe.skipIf(missing !== undefined)(title, () => {
    let server: BusServer;
    let bus: EventBus;
    beforeAll(async () => {
      server = await start();
      // One partition, so that one moment is one.
      bus = await server.open({ leaseMs, partitions: 1 });
    });
    afterAll(async () => {
      await bus.close();
      await server.close();
    });
    const planOf = (moment: Moment): DeathPlan => {
      const { url, prefix } = server;
      return { url, prefix, topic: ownName("topic"), group: "group", leaseMs, moment };
    };

    const moments: readonly Moment[] = ["before it begins", "begun", "in the handler", "handled", "kept"];
    it.concurrent.each(moments)("another goes on where the first one was: %s", async (moment) => {
      const plan = planOf(moment);
      const published = eventsOf(60, keys);
      await bus.publish(plan.topic, published);
      const first = await live(plan);
      const got = recorder();
      await bus.subscribe(plan, got.handle).caughtUp;
      // A machine that is busy for longer than the lease makes two of one.
      const second = [...new Set(got.ids())];
      expect(new Set([...first, ...second])).toEqual(new Set(idsOf(published)));
      for (const key of keys) {
        const ofKey = (ids: readonly string[]): readonly string[] => ids.filter((id) => id.startsWith(`${key}:`));
        // In order, and the second not further on than the first one came.
        expect(ofKey(first)).toEqual(ofKey(idsOf(published)).slice(0, ofKey(first).length));
        expect(ofKey(second)).toEqual(ofKey(idsOf(published)).slice(-ofKey(second).length || 20));
      }
      if (moment !== "handled" && moment !== "kept") expect(first).toEqual([]);
      // What was written down is not handed over again.
      if (moment === "kept") expect(second.length).toBeLessThan(60);
    });

    it.concurrent("what was kept before is handled, in the order in which it was published", async () => {
      const plan = planOf("publishing");
      const kept = await live(plan);
      expect(kept.length).toBeGreaterThanOrEqual(11 * 40);
      const got = recorder();
      await bus.subscribe(plan, got.handle).caughtUp;
      for (const key of ["a", "b"]) {
        const ofKey = (ids: readonly string[]): readonly string[] => ids.filter((id) => id.startsWith(`${key}:`));
        const numbers = ofKey([...new Set(got.ids())]).map((id) => Number(id.slice(2)));
        expect(numbers).toEqual(numbers.map((_, i) => i));
        expect(numbers.length).toBeGreaterThanOrEqual(ofKey(kept).length);
      }
    });
  });
}
