/** What is cut, changed, put elsewhere or sealed with an unknown key is fetched anew, and counted: nobody is answered with it. */
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createKeyRing } from "#policies";
import { redis } from "../../../../test/services.ts";
import type { CachedGateway } from "../../../fixtures/cached-gateway.fixture.ts";
import { persons } from "./persons.fixture.ts";
import { forgetful, openSharedRedis, type SharedRedis } from "./shared-redis.fixture.ts";

const service = await redis();

const masterKey = (id: string) => ({ id, createdAt: new Date(0), secret: randomBytes(32) });
const first = masterKey("k1");

/** Sealed and plain ones, of roots and of entities, three of each shelf. */
const queries = ["{ persons { name account { quota } } plans }", "{ persons { city account { nickname } } }"];
const entries = 1 + 3 + 1 + 1 + 3;

type Damage =
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "put in"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "overwrite"; readonly at: number; readonly bytes: Uint8Array };

/** Places are shares of the whole, so that they fit any length. */
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const someBytes = fc.uint8Array({ minLength: 1, maxLength: 40 });
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant("flip" as const), at: place, bit: fc.nat(7) }),
  // The first bytes say how the rest is read.
  fc.record({ kind: fc.constant("flip" as const), at: fc.constant(0), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant("overwrite" as const), at: fc.constant(0), bytes: someBytes }),
  fc.record({ kind: fc.constant("cut" as const), at: place }),
  fc.record({ kind: fc.constant("put in" as const), at: place, bytes: someBytes }),
  fc.record({ kind: fc.constant("overwrite" as const), at: place, bytes: someBytes }),
);

function damaged(bytes: Buffer, what: Damage): Buffer {
  const at = Math.floor(what.at * bytes.length);
  switch (what.kind) {
    case "flip": {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << what.bit);
      return changed;
    }
    case "cut":
      return bytes.subarray(0, at);
    case "put in":
      return Buffer.concat([bytes.subarray(0, at), what.bytes, bytes.subarray(at)]);
    case "overwrite":
      return Buffer.concat([bytes.subarray(0, at), what.bytes, bytes.subarray(at + what.bytes.length)]);
  }
}

describe.skipIf(service.missing !== undefined)(`entries that are damaged in ${service.missing ?? "a Redis"}`, () => {
  const data = persons();
  const keys = createKeyRing([first]);
  let shared: SharedRedis;
  let reader: CachedGateway;
  let expected: readonly unknown[];
  beforeAll(async () => {
    shared = await openSharedRedis(service.url);
    reader = await shared.open({ subgraphs: data.subgraphs, cacheKeys: keys, cache: forgetful });
    expected = await askAll();
    await shared.untilStored(entries);
  });
  afterAll(() => shared?.[Symbol.asyncDispose]());
  beforeEach(() => keys.replace([first]));

  async function askAll(): Promise<readonly unknown[]> {
    const answers = await Promise.all(queries.map((query) => reader.ask(query)));
    for (const { errors } of answers) expect(errors).toEqual([]);
    return answers.map((answer) => answer.data);
  }
  const sharedReads = (result: string): Promise<number> =>
    reader.metric("mesh_cache_shared_total", { operation: "read", result });

  /** Answers are right, what was hurt is unreadable and fetched, and lies there whole again. */
  async function expectUnread(keysOfDamaged: readonly string[]): Promise<void> {
    const before = await sharedReads("unreadable");
    const asked = await reader.asked(async () => expect(await askAll()).toEqual(expected));
    expect(await sharedReads("unreadable")).toBe(before + keysOfDamaged.length);
    const owners = new Set(keysOfDamaged.map((key) => /\{(.*)\.\d+\}/.exec(key)?.[1]));
    expect(new Set(asked)).toEqual(owners);
    await expect.poll(() => reader.asked(askAll), { interval: 2 }).toEqual([]);
  }

  const bytesOf = async (key: string): Promise<Buffer> => {
    const bytes = await shared.admin.getBuffer(key);
    if (bytes === null) throw new Error("there is nothing of that name");
    return bytes;
  };
  const put = (key: string, bytes: Buffer): Promise<unknown> => shared.admin.set(key, bytes, "KEEPTTL");

  it("however they are", async () => {
    const harm = fc.record({ which: fc.nat(entries - 1), what: fc.array(damage, { minLength: 1, maxLength: 3 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(harm, { minLength: 1, maxLength: 4 }), async (harms) => {
        const names = await shared.keysOf("e");
        expect(names).toHaveLength(entries);
        const hurt = new Set<string>();
        const whole = new Map<string, Buffer>();
        for (const { which, what } of harms) {
          const name = names[which] ?? "";
          const bytes = await bytesOf(name);
          if (!whole.has(name)) whole.set(name, bytes);
          await put(name, what.reduce(damaged, bytes));
          hurt.add(name);
        }
        for (const [name, bytes] of whole) if ((await bytesOf(name)).equals(bytes)) hurt.delete(name);
        if (hurt.size > 0) await expectUnread([...hurt]);
      }),
      { numRuns: Number(process.env.DAMAGE_RUNS ?? 150) },
    );
  });

  it("by one bit, whichever it is", async () => {
    const [plain = "", sealed = ""] = await Promise.all(
      [0, 1].map(async (form) => {
        for (const name of await shared.keysOf("e")) if ((await bytesOf(name))[1] === form) return name;
        throw new Error("both are there");
      }),
    );
    for (const name of [plain, sealed]) {
      const bytes = await bytesOf(name);
      for (let at = 0; at < bytes.length; at += at < 48 ? 1 : 13) {
        await put(name, damaged(bytes, { kind: "flip", at: (at + 0.5) / bytes.length, bit: at % 8 }));
        await expectUnread([name]);
      }
    }
  });

  it("by being put under the name of another one", async () => {
    const names = await shared.keysOf("e");
    for (const [index, name] of names.entries()) {
      const other = names[(index + 1) % names.length] ?? "";
      const [bytes, others] = [await bytesOf(name), await bytesOf(other)];
      await put(name, others);
      await put(other, bytes);
      await expectUnread([name, other]);
    }
  });

  it("since nobody has their key any more", async () => {
    const before = await shared.keysOf("e");
    // Of the same name, as after a mistake: what is asked for has other names then, so it is put there.
    keys.replace([masterKey("k1")]);
    expect(await askAll()).toEqual(expected);
    await shared.untilStored(2 * entries);
    const added = (await shared.keysOf("e")).filter((name) => !before.includes(name));
    for (const name of added) {
      const [owner = ""] = name.split("}");
      for (const sealed of before) {
        const bytes = await bytesOf(sealed);
        if (!sealed.startsWith(owner) || bytes[1] !== 1) continue;
        await put(name, bytes);
        await expectUnread([name]);
      }
    }
  });
});
