/** What every `SharedStorage` owes (`shared-storage.ts`). */
import { afterEach, beforeEach, expect, it } from "vitest";
import type { SharedStorage, StoredKey } from "./shared-storage.ts";

export interface MadeStorage {
  readonly storage: SharedStorage;
  /** The same data through another process's eyes. */
  readonly other: SharedStorage;
  close(): Promise<void>;
}

const owner = 'orders, "Ü" {1}';
const key = (digest: string): StoredKey => ({ owner, digest });
const value = (digest: string, text: string, indexes: readonly string[] = [], ttlMs = 60_000) => ({
  key: key(digest),
  bytes: Buffer.from(text),
  ttlMs,
  indexes,
});

export function describeSharedStorage(make: () => Promise<MadeStorage>): void {
  let made: MadeStorage;
  beforeEach(async () => {
    made = await make();
  });
  afterEach(() => made.close());

  const read = async (digests: readonly string[], fields: readonly string[] = []) => {
    const { values, fences } = await made.other.read(digests.map(key), [{ owner, fields }]);
    return { texts: values.map((bytes) => bytes?.toString()), fence: fences[0] };
  };

  it("gives to everybody what was written, byte by byte, in the order of the question", async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    expect(await made.storage.write([value("a", "one"), { ...value("b", ""), bytes }])).toBe(2);
    const { values } = await made.other.read(["b", "none", "a"].map(key), [{ owner, fields: [] }]);
    expect(values.map((found) => found && [...found])).toEqual([[...bytes], undefined, [...Buffer.from("one")]]);
  });

  it("keeps one owner's values from another's", async () => {
    await made.storage.write([value("a", "one")]);
    const { values } = await made.storage.read([{ owner: "other", digest: "a" }], [{ owner: "other", fields: [] }]);
    expect(values).toEqual([undefined]);
  });

  it("counts every invalidation of a field, in one epoch, for everybody", async () => {
    const before = await read([], ["x", "y", "z"]);
    expect(before.fence?.counts).toEqual(["", "", ""]);
    await made.storage.invalidate([{ owner, fields: ["x", "z"], version: undefined }]);
    await made.other.invalidate([{ owner, fields: ["x"], version: undefined }]);
    const after = await read([], ["x", "y", "z"]);
    expect(after.fence).toEqual({ ...before.fence, counts: ["2", "", "1"] });
  });

  it("remembers the version that was announced last, in whatever order it is told", async () => {
    await read([]);
    const at = Date.now();
    const announce = (version: number, later: number): Promise<void> =>
      made.storage.invalidate([{ owner, fields: [], version: { version, at: at + later } }]);
    for (const [version, later] of [
      [3, 1],
      [7, 5],
      [5, 3],
      [6, 5],
    ] as const)
      await announce(version, later);
    expect((await read([])).fence?.version).toEqual({ version: 7, at: at + 5 });
    // A storage that was made anew counts from one again.
    await announce(1, 9);
    expect((await read([])).fence?.version).toEqual({ version: 1, at: at + 9 });
  });

  it("asks and counts many fields at once", async () => {
    const fields = Array.from({ length: 12_000 }, (_, index) => `field ${index}`);
    await read([]);
    await made.storage.invalidate([{ owner, fields, version: undefined }]);
    const { fence } = await read([], [...fields, "other"]);
    expect(new Set(fence?.counts)).toEqual(new Set(["1", ""]));
    expect(fence?.counts.at(-1)).toBe("");
  });

  it("takes fields for what they are, whatever is in them", async () => {
    const fields = ["", " ", "a,b", 'say "x"', "line\nend", "Grüße 🎉", ".epoch ", "run"];
    await read([]);
    for (const field of fields) await made.storage.invalidate([{ owner, fields: [field], version: undefined }]);
    expect((await read([], fields)).fence?.counts).toEqual(fields.map(() => "1"));
  });

  it("removes what was noted for somebody, and tells how much there was", async () => {
    await made.storage.write([
      value("a", "one", ["ann"]),
      value("b", "two", ["ann", "ben"]),
      value("c", "three", ["ben"]),
      value("d", "four"),
    ]);
    expect(await made.other.removeIndexed([owner, "other"], ["ann", "nobody"])).toBe(2);
    expect((await read(["a", "b", "c", "d"])).texts).toEqual([undefined, undefined, "three", "four"]);
    expect(await made.other.removeIndexed([owner], ["ann"])).toBe(0);
  });

  it("removes single values", async () => {
    await made.storage.write([value("a", "one"), value("b", "two")]);
    await made.other.remove([key("a"), key("none")]);
    expect((await read(["a", "b"])).texts).toEqual([undefined, "two"]);
  });

  it("gives a lease to one alone, until it is released", async () => {
    expect(await made.storage.lease(["a", "b"].map(key), 60_000)).toEqual([true, true]);
    expect(await made.other.lease(["b", "c"].map(key), 60_000)).toEqual([false, true]);
    await made.storage.release([key("b")]);
    expect(await made.other.lease([key("b")], 60_000)).toEqual([true]);
  });

  it("tells how much there is of each owner", async () => {
    await made.storage.write([value("a", "12345"), value("b", "123")]);
    const { owners, isPartial } = await made.other.usage(1_000);
    expect(isPartial).toBe(false);
    expect(owners.get(owner)?.entries).toBe(2);
    expect(owners.get(owner)?.bytes).toBeGreaterThanOrEqual(8);
  });
}
