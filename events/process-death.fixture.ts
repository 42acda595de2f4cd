/**
 * A process that takes part in a bus and is killed at a given moment. What it has handled, or what has been kept for it, it
 * says before, a line for each. `npm run -s node -- events/process-death.fixture.ts '<DeathPlan as JSON>'`
 */
import { writeSync } from "node:fs";
import { defaultBusOptions } from "./bus-options.ts";
import { systemClock } from "./clock.ts";
import { createBus } from "./delivery/create-bus.ts";
import type { EventLog, Hold } from "./event-log.ts";
import { eventsOf, silentLogger } from "./events.fixture.ts";
import { openNatsLog } from "./nats/nats-log.ts";
import { openRedisLog } from "./redis-streams/redis-log.ts";

export type Moment = "before it begins" | "begun" | "in the handler" | "handled" | "kept" | "publishing";

export interface DeathPlan {
  readonly url: string;
  readonly prefix: string;
  readonly topic: string;
  readonly group: string;
  readonly leaseMs: number;
  readonly moment: Moment;
}

const plan = JSON.parse(process.argv[2] ?? "") as DeathPlan;
const options = { ...defaultBusOptions, prefix: plan.prefix, leaseMs: plan.leaseMs, timeoutMs: 10_000 };
const observer = { logger: silentLogger };
let handled = 0;

const say = (line: string): void => void writeSync(1, `${line}\n`);
function dieIf(isNow: boolean): void {
  if (!isNow) return;
  process.kill(process.pid, "SIGKILL");
  // The signal may take a moment; nothing happens meanwhile.
  for (;;);
}

const open = plan.url.startsWith("redis") ? openRedisLog : openNatsLog;
const log = await open(plan.url, options, observer);
const mortal = (hold: Hold): Hold => ({
  ...hold,
  async move(to) {
    dieIf(plan.moment === "before it begins" || (plan.moment === "handled" && handled > 0));
    const isHeld = await hold.move(to);
    dieIf(plan.moment === "begun" || (plan.moment === "kept" && handled > 0));
    return isHeld;
  },
});
const dying: EventLog = {
  ...log,
  async claim(at, group, member) {
    const hold = await log.claim(at, group, member);
    return hold === undefined ? undefined : mortal(hold);
  },
};
const bus = createBus(dying, options, observer, systemClock);

if (plan.moment === "publishing") {
  for (let i = 0; i < 12; i++) {
    const events = eventsOf(40, ["a", "b"], i * 20);
    const publishing = bus.publish(plan.topic, events);
    // In the middle of the last one.
    if (i === 11) setTimeout(() => dieIf(true), 1);
    await publishing;
    for (const { id } of events) say(id);
  }
}
bus.subscribe({ topic: plan.topic, group: plan.group, maxBatch: 5 }, async (events) => {
  dieIf(plan.moment === "in the handler");
  for (const { id } of events) say(id);
  handled += events.length;
});
