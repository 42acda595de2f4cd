import { chmod, mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openKeyRing } from "./open-key-ring.ts";
import { listKeys, rotateKeys } from "./rotate-keys.ts";

async function newFile(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), "keys-")), "deeper", "keys.json");
}

const at = (day: number): Date => new Date(Date.UTC(2026, 0, day));

describe("a key ring in a file", () => {
  it("is made by its first rotation, for its owner alone", async () => {
    const file = await newFile();
    const { id } = await rotateKeys(file, at(1));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(listKeys(file).map((key) => key.id)).toEqual([id]);
  });

  it("keeps former keys when it is rotated, and the newest is current", async () => {
    const file = await newFile();
    const [first, second] = [await rotateKeys(file, at(1)), await rotateKeys(file, at(2))];
    const ring = openKeyRing({ file, onProblem: () => undefined });
    expect(ring.current("hash")?.id).toBe(second.id);
    expect(ring.byId(first.id, "hash")?.bytes).toHaveLength(32);
    expect(ring.byId("k0", "hash")).toBeUndefined();
    ring.close();
  });

  it("is read again while it is used: values made before still open, new ones get the new key", async () => {
    const file = await newFile();
    const first = await rotateKeys(file, at(1));
    const ring = openKeyRing({ file, onProblem: () => undefined });
    const [before, { generation }] = [ring.current("seal", "orders"), ring];
    const second = await rotateKeys(file, at(2));
    ring.reread();
    expect(ring.generation).toBeGreaterThan(generation);
    expect(ring.current("seal", "orders")?.id).toBe(second.id);
    expect(ring.byId(first.id, "seal", "orders")).toEqual(before);
    ring.close();
  });

  it("sees a rotation by itself", async () => {
    const file = await newFile();
    await rotateKeys(file, at(1));
    const ring = openKeyRing({ file, onProblem: () => undefined, everyMs: 5 });
    const second = await rotateKeys(file, at(2));
    await expect.poll(() => ring.current("hash")?.id, { timeout: 10_000 }).toBe(second.id);
    ring.close();
  });

  it("stays as it is when the file goes away or breaks, and says why once", async () => {
    const file = await newFile();
    await rotateKeys(file, at(1));
    const problems: string[] = [];
    const ring = openKeyRing({ file, onProblem: (problem) => problems.push(problem) });
    const [id] = ring.ids;
    await writeFile(file, (await readFile(file, "utf8")).slice(0, 20));
    ring.reread();
    ring.reread();
    expect(ring.ids).toEqual([id]);
    expect(problems).toEqual([expect.stringContaining("it is not JSON. The ring stays.")]);
    await writeFile(file, JSON.stringify({ keys: [] }));
    ring.reread();
    expect(ring.ids).toEqual([id]);
    expect(problems).toHaveLength(2);
    ring.close();
  });

  it("is not used when others may read it, and is empty when there is none", async () => {
    const file = await newFile();
    const problems: string[] = [];
    const empty = openKeyRing({ file, onProblem: (problem) => problems.push(problem) });
    expect([empty.ids, empty.current("hash"), problems]).toEqual([[], undefined, []]);
    empty.close();
    await rotateKeys(file, at(1));
    await chmod(file, 0o640);
    const ring = openKeyRing({ file, onProblem: (problem) => problems.push(problem) });
    expect(ring.ids).toEqual([]);
    expect(problems).toEqual([expect.stringContaining(`chmod 600 ${file}`)]);
    await expect(rotateKeys(file, at(2))).rejects.toMatchObject({ code: "KEY_RING_UNUSABLE" });
    ring.close();
  });

  it.each([
    ["a secret that is too short", { keys: [{ id: "a", createdAt: at(1), secret: "c2hvcnQ=" }] }],
    ["an unknown key", { keys: [], owner: "me" }],
    ["two keys of one id", { keys: [1, 2].map((n) => ({ id: "a", createdAt: at(n), secret: `${"A".repeat(43)}=` })) }],
  ])("refuses %s without repeating it", async (_, document) => {
    const problems: string[] = [];
    const text = JSON.stringify(document);
    const ring = openKeyRing({ file: "", text, onProblem: (problem) => problems.push(problem) });
    expect(ring.ids).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain("c2hvcnQ");
    ring.close();
  });

  it("comes from the environment as well", async () => {
    const file = await newFile();
    const { id } = await rotateKeys(file, at(1));
    const ring = openKeyRing({ file: "", text: await readFile(file, "utf8"), onProblem: () => undefined });
    expect(ring.ids).toEqual([id]);
    ring.close();
  });
});
