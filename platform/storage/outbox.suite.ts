/** The part of the storage port's contract that is about its outbox: every engine passes it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { appendToOutbox } from "./outbox.ts";
import type { OutboxRow, Storage } from "./port.ts";

export interface OutboxUnderTest {
  /** An open storage that keeps nothing yet. */
  fresh(): Promise<Storage>;
  /** The same after a restart: another one over what the given one keeps, open. */
  again(storage: Storage): Promise<Storage>;
  /** JavaScript that makes the same storage in another process. `modules` says where this folder's modules are. */
  elsewhere(storage: Storage): string;
}

const one = { name: "a", type: { kind: "integer" } } as const;

function event(id: string): Omit<OutboxRow, "position"> {
  return {
    id,
    aggregatetype: "changes",
    aggregateid: `key of ${id}`,
    type: "changed",
    payload: JSON.stringify({ id }),
  };
}

/** Publishes a version with these events. */
async function publish(storage: Storage, ...ids: readonly string[]): Promise<void> {
  await storage.publish(async (draft) => {
    await draft.createOutput("rows", [one], { key: [], indexed: [] }, `select ${draft.version}`);
    await appendToOutbox(draft, ids.map(event));
    return { fingerprint: String(draft.version), publishedAt: new Date() };
  });
}

/** Drains until nothing is left; the ids in the order in which they came. */
async function drained(storage: Storage, limit = 100): Promise<readonly string[]> {
  const ids: string[] = [];
  for (;;) {
    const count = await storage.drainOutbox(limit, async (rows) => void ids.push(...rows.map(({ id }) => id)));
    if (count === undefined || count < limit) return ids;
  }
}

export function testOutbox(under: OutboxUnderTest): void {
  test("what a publication writes into the outbox comes out once, whole and in its order", async () => {
    const storage = await under.fresh();
    const odd = { ...event("odd"), aggregateid: "'\\ \" 🦆", payload: '{"text":"\\u0000 \\n ü \'quoted\'"}' };
    await storage.publish(async (draft) => {
      await draft.createOutput("rows", [one], { key: [], indexed: [] }, "select 1");
      await appendToOutbox(draft, [odd, event("b"), event("c")]);
      return { fingerprint: "f", publishedAt: new Date() };
    });
    await publish(storage, "d", "e");
    await publish(storage);
    const rows: OutboxRow[] = [];
    expect(await storage.drainOutbox(100, async (all) => void rows.push(...all))).toBe(5);
    expect(rows.map(({ position: _, ...row }) => row)).toEqual([odd, event("b"), event("c"), event("d"), event("e")]);
    expect(rows.map(({ position }) => position)).toEqual(rows.map(({ position }) => position).toSorted());
    expect(await storage.drainOutbox(100, () => Promise.reject(new Error("there is nothing")))).toBe(0);
  });

  test("what is not published is not told", async () => {
    const storage = await under.fresh();
    await publish(storage, "a");
    const failing = storage.publish(async (draft) => {
      await appendToOutbox(draft, [event("b")]);
      throw new Error("half way");
    });
    await expect(failing).rejects.toThrow("half way");
    await storage.publish(async (draft) => {
      await appendToOutbox(draft, [event("c")]);
      return undefined;
    });
    expect(await drained(storage)).toEqual(["a"]);
  });

  test("a drain takes the oldest, as many as it may", async () => {
    const storage = await under.fresh();
    const ids = Array.from({ length: 2_500 }, (_, index) => `e${index}`);
    await publish(storage, ...ids);
    await publish(storage, "next");
    const first: string[] = [];
    expect(await storage.drainOutbox(2, async (rows) => void first.push(...rows.map(({ id }) => id)))).toBe(2);
    expect(first).toEqual(["e0", "e1"]);
    expect(await drained(storage, 1_000)).toEqual([...ids.slice(2), "next"]);
  });

  test("what could not be handed on comes again, the same, before what was published since", async () => {
    const storage = await under.fresh();
    await publish(storage, "a", "b");
    const seen: OutboxRow[][] = [];
    const failing = storage.drainOutbox(10, async (rows) => {
      seen.push([...rows]);
      throw new Error("the bus is gone");
    });
    await expect(failing).rejects.toThrow("the bus is gone");
    await publish(storage, "c");
    await storage.drainOutbox(10, async (rows) => void seen.push([...rows]));
    expect(seen[1]?.slice(0, 2)).toEqual(seen[0]);
    expect(seen[1]?.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  test("nobody waits for what is being handed on, and no second drain runs beside it", async () => {
    const storage = await under.fresh();
    await publish(storage, "a");
    let other: number | undefined = 0;
    await storage.drainOutbox(10, async () => {
      await publish(storage, "b");
      const snapshot = await storage.snapshot();
      expect(await snapshot.query(`select a from ${snapshot.table("rows")}`, [], new Map())).toEqual([{ a: 2 }]);
      snapshot.release();
      other = await storage.drainOutbox(10, () => Promise.reject(new Error("two at once")));
    });
    expect(other).toBeUndefined();
    expect(await drained(storage)).toEqual(["b"]);
  });

  test("publications and drains at the same time do not disturb each other", async () => {
    const storage = await under.fresh();
    const ids = Array.from({ length: 12 }, (_, version) =>
      Array.from({ length: 40 }, (_, index) => `${version}.${index}`),
    );
    let isPublishing = true;
    const handedOn: string[] = [];
    const drains = (async () => {
      while (isPublishing) handedOn.push(...(await drained(storage, 7)));
    })();
    for (const version of ids) await publish(storage, ...version);
    isPublishing = false;
    await drains;
    handedOn.push(...(await drained(storage)));
    expect(handedOn).toEqual(ids.flat());
  });

  test("a drain ends when its signal aborts or the storage is closed, though nothing answers", async () => {
    const storage = await under.fresh();
    await publish(storage, "a");
    const never = (): Promise<void> => new Promise(() => undefined);
    const abort = new AbortController();
    const aborted = storage.drainOutbox(10, never, { signal: abort.signal });
    setTimeout(() => abort.abort(new Error("enough")), 20);
    await expect(aborted).rejects.toThrow("enough");
    await expect(storage.drainOutbox(10, never, { signal: abort.signal })).rejects.toThrow("enough");
    const closed = storage.drainOutbox(10, never);
    closed.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await storage.close();
    await expect(closed).rejects.toMatchObject({ code: "STORAGE_CLOSED" });
    const again = await under.again(storage);
    expect(await drained(again)).toEqual(["a"]);
  });

  test.each([
    ["in its publication", [], []],
    ["after its publication", [], ["a", "b", "c"]],
    ["before it hands on", [], ["a", "b", "c"]],
    ["while it hands on", ["a", "b"], ["a", "b", "c"]],
    ["after it has handed on", ["a", "b", "c"], ["a", "b", "c"]],
    ["after the drain", ["a", "b", "c"], []],
  ])("a process that is killed %s loses nothing", async (step, handedOn, left) => {
    const storage = await under.fresh();
    await publish(storage);
    await storage.close();
    const bus = join(tmpdir(), `mesh-bus-${process.pid}-${Math.random()}`);
    await writeFile(bus, "");
    const child = spawn(process.execPath, [
      "--input-type=module",
      "--eval",
      killedProcess(under.elsewhere(storage), step, bus),
    ]);
    const errors: string[] = [];
    child.stderr.on("data", (data) => errors.push(String(data)));
    const [, signal] = await once(child, "exit");
    expect([errors.join(""), signal]).toEqual(["", "SIGKILL"]);
    expect((await readFile(bus, "utf8")).split("\n").filter((id) => id !== "")).toEqual(handedOn);
    await rm(bus);
    const again = await under.again(storage);
    expect(again.published()?.version).toBe(step === "in its publication" ? 1 : 2);
    // The engine may take a moment to notice that a connection with its lock is gone.
    await expect.poll(() => again.drainOutbox(0, async () => undefined)).toBe(0);
    expect(await drained(again)).toEqual(left);
  });
}

/** Publishes a, b and c, drains to a file instead of a bus, and kills itself on the way. */
function killedProcess(storage: string, step: string, bus: string): string {
  const at = (name: string): string => `if (${JSON.stringify(step)} === ${JSON.stringify(name)})`;
  return `
    import { appendFileSync } from "node:fs";
    const modules = ${JSON.stringify(import.meta.dirname)};
    const { appendToOutbox } = await import(modules + "/outbox.ts");
    const storage = await (async () => { ${storage} })();
    const kill = () => process.kill(process.pid, "SIGKILL");
    const event = (id) => ({ id, aggregatetype: "changes", aggregateid: id, type: "changed", payload: "{}" });
    await storage.open();
    await storage.publish(async (draft) => {
      await draft.createOutput("rows", [${JSON.stringify(one)}], { key: [], indexed: [] }, "select 2");
      await appendToOutbox(draft, ["a", "b", "c"].map(event));
      ${at("in its publication")} kill();
      return { fingerprint: "f", publishedAt: new Date() };
    });
    ${at("after its publication")} kill();
    await storage.drainOutbox(10, async (rows) => {
      ${at("before it hands on")} kill();
      for (const { id } of rows) {
        appendFileSync(${JSON.stringify(bus)}, id + "\\n");
        ${at("while it hands on")} if (id === "b") kill();
      }
      // Runs when this function has resolved, before whoever waits for it goes on.
      ${at("after it has handed on")} queueMicrotask(kill);
    });
    ${at("after the drain")} kill();
  `;
}
