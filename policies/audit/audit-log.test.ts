import { describe, expect, it } from "vitest";
import { auditEvent } from "./audit.fixture.ts";
import { type AuditLog, type AuditLogOptions, type AuditPlace, createAuditLog } from "./audit-log.ts";
import type { AuditEntry } from "./chain.ts";

/** A sink that can be held up and can fail. */
function testSink() {
  const batches: (readonly AuditEntry[])[] = [];
  let gate: PromiseWithResolvers<void> | undefined;
  let failures = 0;
  let attempts = 0;
  let closed = false;
  return {
    batches,
    get attempts() {
      return attempts;
    },
    get closed() {
      return closed;
    },
    written: () => batches.flat().filter(({ kind }) => kind === "access").length,
    hold() {
      gate = Promise.withResolvers();
      return () => gate?.resolve();
    },
    failNext(times: number) {
      failures = times;
    },
    async append(entries: readonly AuditEntry[]) {
      attempts += 1;
      await gate?.promise;
      if (failures > 0) {
        failures -= 1;
        throw new Error("the disk is full");
      }
      batches.push(entries);
    },
    async close() {
      closed = true;
    },
  };
}

function logWith(sink: ReturnType<typeof testSink>, more: Partial<AuditLogOptions> = {}): AuditLog {
  return createAuditLog({
    sink,
    maxQueued: 3,
    whenFull: "wait",
    checkpoint: { records: 1_000, everyMs: 1_000_000 },
    onFailure: () => undefined,
    retry: { firstMs: 1, lastMs: 2 },
    ...more,
  });
}

async function record(log: AuditLog, number: number): Promise<void> {
  (await log.reserve()).record(auditEvent(number));
}

describe("the audit's queue", () => {
  it("writes what is recorded in one turn as one batch, in order", async () => {
    const sink = testSink();
    const log = logWith(sink);
    for (const number of [1, 2, 3]) (log.reserve() as AuditPlace).record(auditEvent(number));
    await log.flush();
    expect(sink.batches).toHaveLength(1);
    expect(sink.batches[0]).toMatchObject(
      [1, 2, 3].map((number) => ({ body: { principal: { id: `user-${number}` } } })),
    );
  });

  it("makes requests wait for a place while it is full, and lets them in as places become free", async () => {
    const sink = testSink();
    const log = logWith(sink);
    const release = sink.hold();
    for (const number of [1, 2, 3]) await record(log, number);
    let entered = false;
    const fourth = Promise.resolve(log.reserve()).then((place) => {
      entered = true;
      return place;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(entered).toBe(false);
    release();
    (await fourth).record(auditEvent(4));
    await log.close();
    expect(sink.written()).toBe(4);
  });

  it("counts places of operations that still run", async () => {
    const log = logWith(testSink(), { whenFull: "fail" });
    const places = [log.reserve(), log.reserve(), log.reserve()] as AuditPlace[];
    expect(() => log.reserve()).toThrow(expect.objectContaining({ code: "AUDIT_UNAVAILABLE", status: 503 }));
    places[0]?.release();
    places[0]?.release();
    await log.reserve();
    expect(() => log.reserve()).toThrow(expect.objectContaining({ code: "AUDIT_UNAVAILABLE" }));
  });

  it("refuses when it is full because the sink is down, and drops nothing of what it took", async () => {
    const sink = testSink();
    const failures: unknown[] = [];
    const log = logWith(sink, { whenFull: "fail", onFailure: (error) => failures.push(error) });
    sink.failNext(5);
    for (const number of [1, 2, 3]) await record(log, number);
    expect(() => log.reserve()).toThrow(expect.objectContaining({ code: "AUDIT_UNAVAILABLE" }));
    await log.flush();
    expect(failures).toHaveLength(5);
    expect(sink.written()).toBe(3);
    await record(log, 4);
    await log.close();
    expect(sink.written()).toBe(4);
  });

  it("does not let a request wait whose client has gone", async () => {
    const sink = testSink();
    const log = logWith(sink);
    const release = sink.hold();
    for (const number of [1, 2, 3]) await record(log, number);
    const leaving = new AbortController();
    const waiting = log.reserve(leaving.signal);
    leaving.abort(new Error("the client has gone"));
    await expect(waiting).rejects.toThrow("gone");
    release();
    await log.close();
    expect(sink.written()).toBe(3);
  });

  it("signs after so many records, at its end, and not without records", async () => {
    const sink = testSink();
    const log = logWith(sink, { maxQueued: 100, checkpoint: { records: 2, everyMs: 1_000_000 } });
    for (const number of [1, 2, 3]) {
      await record(log, number);
      await log.flush();
    }
    await log.close();
    expect(sink.batches.flat().map(({ kind }) => kind)).toEqual([
      "access",
      "access",
      "checkpoint",
      "access",
      "checkpoint",
    ]);
    expect(sink.closed).toBe(true);

    const idle = testSink();
    await logWith(idle).close();
    expect(idle.batches).toEqual([]);
  });

  it("signs some time after the first record that nothing signs", async () => {
    const sink = testSink();
    const log = logWith(sink, { checkpoint: { records: 1_000, everyMs: 5 } });
    await record(log, 1);
    await expect.poll(() => sink.batches.flat().map(({ kind }) => kind)).toEqual(["access", "checkpoint"]);
    await log.close();
    expect(sink.batches.flat()).toHaveLength(2);
  });

  it("ends in time although the sink takes nothing, and says how much is lost", async () => {
    const sink = testSink();
    const log = logWith(sink, { closeWithinMs: 20 });
    sink.failNext(1_000_000);
    await record(log, 1);
    await record(log, 2);
    await expect(log.close()).rejects.toThrow("2 audit records could not be written");
    expect(sink.closed).toBe(true);
  });

  it("tells what happens", async () => {
    const sink = testSink();
    const log = logWith(sink, { maxQueued: 1, whenFull: "fail" });
    const seen: unknown[] = [];
    log.observe({
      queued: (places) => seen.push(["queued", places]),
      written: (records) => seen.push(["written", records]),
      sinkFailed: () => seen.push("failed"),
      sinkWorks: () => seen.push("works"),
      full: (then) => seen.push(then),
    });
    sink.failNext(1);
    await record(log, 1);
    expect(() => log.reserve()).toThrow();
    await log.flush();
    expect(seen).toEqual([
      ["queued", 0],
      "works",
      ["queued", 1],
      "refused",
      "failed",
      "works",
      ["written", 1],
      ["queued", 0],
    ]);
  });
});
