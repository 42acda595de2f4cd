/** What gateways share where steps meet each other, or fail: with a storage that does as it is told. */
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { createKeyRing, type KeyRing } from "#policies";
import { createMetrics } from "../../observability/metrics.ts";
import * as scope from "../fence/scopes.ts";
import { plainShelf } from "../shelf/plain-shelf.fixture.ts";
import type { OpenShelf } from "../step/open-shelf.ts";
import type { Subjects } from "../subjects/subjects-of.ts";
import { MemoryStorage } from "./memory-storage.fixture.ts";
import { SharedCache, type SharedQuestion, type SharedWrite } from "./shared-cache.ts";
import { fieldOf, ownerOf } from "./stored-names.ts";

const master = (id: string) => ({ id, createdAt: new Date(0), secret: randomBytes(32) });
const none = new Map<string, never>();
const nobody: Subjects = { known: [], isPartial: false };
const ann: Subjects = { known: [["Person.id", "ann"]], isPartial: false };

interface Given {
  readonly keys?: KeyRing;
  readonly storage?: MemoryStorage;
  readonly unsharedCategories?: readonly string[];
}

function open({ keys, storage = new MemoryStorage(), unsharedCategories = [] }: Given = {}) {
  const metrics = createMetrics();
  const now = (): number => storage.clock - 999_000;
  const shared = new SharedCache({ storage, keys, unsharedCategories, metrics, now });
  return {
    storage,
    shared,
    async counted(operation: string): Promise<Record<string, number>> {
      const { values } = await metrics.cacheShared.get();
      return Object.fromEntries(
        values
          .filter(({ labels }) => labels.operation === operation)
          .map(({ labels, value }) => [labels.result, value]),
      );
    },
  };
}

function question(digest: string, fields: readonly string[] = ["p:orders"], owner = "orders"): SharedQuestion {
  return { key: { owner, digest }, fences: [{ owner, fields }] };
}

async function stampOf(shared: SharedCache, asked: SharedQuestion): Promise<string> {
  const reading = await shared.read([asked]);
  return reading?.findings[0]?.stamp ?? "";
}

function write(asked: SharedQuestion, stamp: string, more: Partial<SharedWrite> = {}): SharedWrite {
  const form = { head: [stamp], payload: Buffer.from(asked.key.digest) };
  return { question: asked, form, ttlMs: 60_000, isSealed: false, subjects: nobody, ...more };
}

const found = async (shared: SharedCache, asked: SharedQuestion): Promise<string | undefined> =>
  (await shared.read([asked]))?.findings[0]?.form?.payload.toString();

const tick = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 1);
  });

describe("what may be shared", () => {
  const openShelf = (shelf: Parameters<typeof plainShelf>[0], more: Partial<OpenShelf> = {}): OpenShelf => ({
    shelf: plainShelf(shelf),
    rest: "",
    prefix: "",
    limitsRows: false,
    isPrivate: false,
    isSharable: true,
    ...more,
  });
  const ring = createKeyRing([master("k1")]);
  const empty = createKeyRing([]);

  it.each<[string, OpenShelf, withKeys: boolean, without: boolean]>([
    ["what everybody gets", openShelf({}), true, true],
    ["what one caller gets", openShelf({}, { isPrivate: true }), true, false],
    ["what names persons", openShelf({ namesPersons: true }), true, false],
    ["personal data", openShelf({ personal: ["contact"] }), true, false],
    ["personal data that are never shared", openShelf({ personal: ["contact", "health"] }), false, false],
    ["what only this process has a name for", openShelf({}, { isSharable: false }), false, false],
    ["what is kept to be compared", openShelf({ mode: "shadow" }), false, false],
    ["a category named like what every object has", openShelf({ personal: ["constructor"] }), true, false],
  ])("%s", (_, shelf, withKeys, without) => {
    const unsharedCategories = ["health"];
    expect(open({ keys: ring, unsharedCategories }).shared.admits(shelf)).toBe(withKeys);
    expect(open({ unsharedCategories }).shared.admits(shelf)).toBe(without);
    expect(open({ keys: empty, unsharedCategories }).shared.admits(shelf)).toBe(without);
  });
});

describe("what is shared", () => {
  it("is found with the stamp of before it was fetched, and by no other", async () => {
    const { shared, counted } = open();
    const asked = question("a", ["p:orders", "t:orders\nOrder"]);
    shared.write(write(asked, await stampOf(shared, asked)));
    await shared.close();
    expect(await found(shared, asked)).toBe("a");
    expect(await shared.invalidate([scope.type("orders", "Order")], none)).toBe(true);
    expect(await found(shared, asked)).toBeUndefined();
    expect(await counted("read")).toEqual({ none: 1, found: 1, invalidated: 1 });
  });

  it("has the stamp of its own fences, whatever else is asked for in one turn", async () => {
    const owner = fc.constantFrom("orders", "__proto__", "a,b", "");
    const field = fc.constantFrom("p", "t:a\nb", "constructor", "x,y", "");
    const asked = fc.tuple(owner, fc.array(field, { minLength: 1, maxLength: 4 }));
    const { shared } = open();
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { minLength: 1, maxLength: 5 }), async (all) => {
        const questions = all.map(([name, of]) => question("d", of, name));
        const reading = await shared.read(questions);
        for (const [index, one] of questions.entries()) {
          const alone = await stampOf(shared, one);
          expect(alone).not.toBe("");
          expect(reading?.findings[index]?.stamp).toBe(alone);
        }
        // For the next: its counts differ.
        await shared.invalidate([scope.product("orders"), scope.type("a,b", "b")], none);
      }),
      { numRuns: 60 },
    );
  });

  it("has another stamp just where one of its own fences was counted up", async () => {
    const owners = ["orders", "__proto__", 'a "b", c'];
    const scopes = owners.flatMap((owner) => [
      scope.product(owner),
      scope.type(owner, "__proto__"),
      scope.entity(owner, "Order", '["1,2"]'),
    ]);
    const some = fc.subarray(scopes, { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(some, some, async (asked, invalidated) => {
        const { shared } = open();
        const fences = asked.map((name) => ({
          owner: ownerOf(name) ?? "",
          fields: [fieldOf(name, { hasPersonalKey: () => false, hasPersonalTag: () => false })],
        }));
        const one: SharedQuestion = { key: { owner: "orders", digest: "d" }, fences };
        const before = await stampOf(shared, one);
        await shared.invalidate(invalidated, none);
        expect((await stampOf(shared, one)) !== before).toBe(asked.some((name) => invalidated.includes(name)));
      }),
      { numRuns: 100 },
    );
  });

  it("is nothing, and nothing new is written, while something of it is invalidated and not told yet", async () => {
    const { shared, storage, counted } = open();
    const [asked, other] = [question("a", ["p:orders"]), question("b", ["p:other"], "other")];
    for (const each of [asked, other]) shared.write(write(each, await stampOf(shared, each)));
    await tick();
    storage.isDown = true;
    const told = shared.invalidate([scope.product("orders")], none);
    await tick();
    storage.isDown = false;
    const reading = await shared.read([asked, other]);
    expect(reading?.findings.map(({ stamp, form }) => [stamp !== "", form?.payload.toString()])).toEqual([
      [false, undefined],
      [true, "b"],
    ]);
    expect(await told).toBe(true);
    expect(await stampOf(shared, asked)).not.toBe("");
    expect(await found(shared, asked)).toBeUndefined();
    expect(await counted("invalidate")).toEqual({ done: 1 });
    await shared.close();
  });

  it("cannot be known where the storage fails, and what is to be written then is lost", async () => {
    const { shared, storage, counted } = open();
    const asked = question("a");
    const stamp = await stampOf(shared, asked);
    storage.isDown = true;
    expect(await shared.read([asked])).toBeUndefined();
    expect(await shared.lease([asked.key, question("b").key], 1_000)).toEqual([true, true]);
    shared.release([asked.key]);
    shared.write(write(asked, stamp));
    await shared.close();
    storage.isDown = false;
    expect(await found(shared, asked)).toBeUndefined();
    expect([await counted("read"), await counted("write")]).toEqual([{ none: 2, failed: 1 }, { failed: 1 }]);
  });

  it("tells what its clock is to this process's, and the versions that were announced", async () => {
    const { shared } = open();
    await stampOf(shared, question("a"));
    const announced = { version: 7, at: 70 };
    expect(await shared.invalidate([], new Map([["orders", announced]]))).toBe(true);
    const reading = await shared.read([question("a"), question("b", ["p"], "other")]);
    expect(reading?.clock.toHereMs).toBe(-999_000);
    expect(reading?.versions).toEqual(new Map([["orders", announced]]));
  });

  it("is not read before all that it is closed for has ended, well or not", async () => {
    const { shared } = open();
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    shared.closedUntil(first.promise);
    shared.closedUntil(second.promise);
    second.reject(new Error("gone"));
    await tick();
    expect(shared.isReadable).toBe(false);
    first.resolve();
    await tick();
    expect(shared.isReadable).toBe(true);
  });

  it("needs nobody to be told where nothing is invalidated that anybody shares", async () => {
    const { shared, storage } = open();
    storage.isDown = true;
    expect(await shared.invalidate([], none)).toBe(true);
    expect(await shared.invalidate([scope.all], none)).toBe(true);
    expect(await shared.settled()).toBe(true);
  });
});

describe("a lease", () => {
  const asked = question("a");
  const isFree = async ({ shared }: ReturnType<typeof open>): Promise<boolean> =>
    (await shared.lease([asked.key], 1_000))[0] === true;

  it.each<[string, (given: ReturnType<typeof open>) => Partial<SharedWrite>]>([
    ["it is written", () => ({})],
    ["it could not be sealed", () => ({ isSealed: true })],
    ["there is no room for it here", () => ({ form: { head: ["s"], payload: Buffer.alloc(17_000_000) } })],
    [
      "there is no room for it there",
      ({ storage }) => {
        storage.isFull = true;
        return {};
      },
    ],
    [
      "it could not be written",
      ({ storage }) => {
        let steps = 0;
        storage.step = () => (steps++ === 0 ? Promise.reject(new Error("gone")) : Promise.resolve());
        return {};
      },
    ],
  ])("is given back when %s", async (_, given) => {
    const opened = open();
    expect(await isFree(opened)).toBe(true);
    expect(await isFree(opened)).toBe(false);
    opened.shared.write(write(asked, "s", { lease: asked.key, ...given(opened) }));
    await opened.shared.close();
    await tick();
    expect(await isFree(opened)).toBe(true);
  });
});

describe("what is written with personal data", () => {
  const sealed = { isSealed: true, subjects: ann } as const;

  it("is removed when it was invalidated before it came there, and other things are left as they are", async () => {
    const { shared, storage, counted } = open({ keys: createKeyRing([master("k1")]) });
    const [late, other, plain] = [question("late"), question("other", ["p:other"], "other"), question("plain")];
    const stamps = new Map<SharedQuestion, string>();
    for (const each of [late, other, plain]) stamps.set(each, await stampOf(shared, each));
    shared.write(write(late, stamps.get(late) ?? "", sealed));
    shared.write(write(other, stamps.get(other) ?? "", sealed));
    shared.write(write(plain, stamps.get(plain) ?? ""));
    await shared.invalidate([scope.product("orders")], none);
    await shared.close();
    expect([...storage.values.keys()]).toEqual(["other other", "orders plain"]);
    expect(await counted("write")).toEqual({ done: 3, late: 1 });
  });

  it.each([
    ["when it could not be looked at", 1],
    ["when nobody answered, though it was written", 0],
  ])("is removed with what is written next %s", async (_, failing) => {
    const { shared, storage, counted } = open({ keys: createKeyRing([master("k1")]) });
    const [late, next] = [question("late"), question("next", ["p:other"], "other")];
    const stamp = await stampOf(shared, late);
    const nextStamp = await stampOf(shared, next);
    await shared.invalidate([scope.product("orders")], none);
    const writeThere = storage.write.bind(storage);
    vi.spyOn(storage, "write").mockImplementationOnce(async (values) => {
      const kept = await writeThere(values);
      storage.isDown = true;
      if (failing === 0) throw new Error("too late");
      return kept;
    });
    shared.write(write(late, stamp, sealed));
    await tick();
    storage.isDown = false;
    expect([...storage.values.keys()]).toEqual(["orders late"]);
    shared.write(write(next, nextStamp));
    await tick();
    expect([...storage.values.keys()]).toEqual(["other next"]);
    expect(await counted("write")).toEqual(failing === 0 ? { failed: 1, done: 1, late: 1 } : { done: 2, late: 1 });
    await shared.close();
  });

  it("is removed at the latest when the process ends", async () => {
    const { shared, storage } = open({ keys: createKeyRing([master("k1")]) });
    const late = question("late");
    const stamp = await stampOf(shared, late);
    await shared.invalidate([scope.product("orders")], none);
    vi.spyOn(storage, "read").mockRejectedValueOnce(new Error("gone"));
    shared.write(write(late, stamp, sealed));
    await shared.close();
    expect(storage.values.size).toBe(0);
  });

  it("is removed with its person, under whichever key it was noted, and so is what may be anybody's", async () => {
    const first = master("k1");
    const keys = createKeyRing([first]);
    const { shared, storage } = open({ keys });
    const ben: Subjects = {
      known: [
        ["Person.id", "ben"],
        ["Other.id", "ann"],
      ],
      isPartial: false,
    };
    const all = ["first", "second", "anybody", "ben", "nobody"].map((name) => question(name));
    const subjects = [ann, ann, { known: [], isPartial: true }, ben, nobody];
    const put = async (index: number): Promise<void> => {
      const asked = all[index] as SharedQuestion;
      shared.write(write(asked, await stampOf(shared, asked), { isSealed: true, subjects: subjects[index] ?? nobody }));
      await tick();
    };
    await put(0);
    keys.replace([first, { ...master("k2"), createdAt: new Date(1) }]);
    for (const index of [1, 2, 3, 4]) await put(index);
    expect(storage.values.size).toBe(5);
    expect(await shared.removeSubjects(["orders", "unknown"], ann.known)).toBe(3);
    expect([...storage.values.keys()]).toEqual(["orders ben", "orders nobody"]);
    expect(await shared.removeSubjects([], ben.known)).toBe(0);
    storage.isDown = true;
    await expect(shared.removeSubjects(["orders"], ben.known)).rejects.toThrow();
  });
});
