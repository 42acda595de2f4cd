/** Members in processes of their own, which end and hang. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { redis } from "../../../../test/services.ts";
import { joinRecording, noticeOf } from "../coherence.suite.ts";
import type { MemberEvent, MemberProgram } from "./member-program.fixture.ts";
import { openRedisGroup, type RedisGroup } from "./redis-group.fixture.ts";

const service = await redis();
const timings = { leaseMs: 500, isolatedMs: 300, isolationMs: 200, ackMs: 100, heartbeatMs: 100 };
const file = fileURLToPath(new URL("./member-program.fixture.ts", import.meta.url));

interface Process {
  readonly child: ChildProcess;
  readonly events: MemberEvent[];
  /** Of that kind, as soon as there is one. */
  next(kind: MemberEvent["kind"]): Promise<MemberEvent>;
}

describe.skipIf(service.missing !== undefined)(`members in processes with ${service.missing ?? "a Redis"}`, () => {
  let group: RedisGroup;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    group = await openRedisGroup({ url: service.url, timings });
    await group.age();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await group.close();
  });

  const start = async (): Promise<Process> => {
    const program: MemberProgram = { url: service.url, keyPrefix: group.keyPrefix, timings };
    const child = fork(file, [JSON.stringify(program)], { execArgv: [] });
    children.push(child);
    const events: MemberEvent[] = [];
    child.on("message", (event: MemberEvent) => events.push(event));
    const next = (kind: MemberEvent["kind"]): Promise<MemberEvent> =>
      vi.waitFor(() => {
        const found = events.find((event) => event.kind === kind);
        if (found === undefined) throw new Error(`no ${kind} yet`);
        return found;
      }, 20_000);
    await next("joined");
    return { child, events, next };
  };
  const isTold = ({ events }: Process, scope: string): boolean =>
    events.some((event) => event.kind === "notice" && event.scopes.includes(scope));

  it("who is killed is waited for once, and never again", async () => {
    const one = await joinRecording(group);
    const other = await start();
    expect(await one.coherence.announce(noticeOf("before"))).toEqual({ isComplete: true, acknowledgedBy: 1 });
    await vi.waitFor(() => expect(isTold(other, "before")).toBe(true));
    const ended = new Promise((resolve) => other.child.once("exit", resolve));
    other.child.kill("SIGKILL");
    await ended;
    expect(await one.coherence.announce(noticeOf("after"))).toEqual({ isComplete: true, acknowledgedBy: 0 });
    // Its lease, and what may be used after it, are over: it is not even listed.
    await expect
      .poll(async () => {
        await one.coherence.announce(noticeOf("later"));
        return Object.keys(await group.list());
      })
      .toHaveLength(3);
  });

  it("who was blocked for longer than its lease is not current when it comes back, and joins anew with a gap", async () => {
    const one = await joinRecording(group);
    const other = await start();
    other.events.length = 0;
    other.child.send(3 * (timings.leaseMs + timings.isolatedMs));
    await other.next("blocking");
    expect(await one.coherence.announce(noticeOf("during"))).toEqual({ isComplete: true, acknowledgedBy: 0 });
    expect(await other.next("back")).toEqual({ kind: "back", isCurrent: false });
    await other.next("gap");
    await vi.waitFor(async () => {
      other.child.send(0);
      expect((await other.next("state")) && other.events.at(-1)).toEqual({ kind: "state", isCurrent: true });
    }, 20_000);
    await vi.waitFor(async () => {
      expect(await one.coherence.announce(noticeOf("after"))).toEqual({ isComplete: true, acknowledgedBy: 1 });
    }, 20_000);
    await vi.waitFor(() => expect(isTold(other, "after")).toBe(true));
  });
});
