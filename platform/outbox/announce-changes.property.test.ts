import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MeshEvent, type ProductChange, readProductChange } from "#events";
import { engines } from "../serving/engines.fixture.ts";
import { buildServedProduct } from "../serving/model/build-served-product.ts";
import { meshOf, product, publishRows, table } from "../serving/serving.fixture.ts";
import type { Row, Storage } from "../storage/port.ts";
import { withChangeEvents } from "./with-change-events.ts";

const columns = {
  code: { type: "string" },
  text: { type: "string" },
  big: { type: "long" },
  real: { type: "double" },
  exact: { type: "decimal(18,4)" },
  flag: { type: "boolean" },
  day: { type: "date" },
  instant: { type: "timestamp" },
  document: { type: "json" },
  bytes: { type: "binary" },
  texts: { type: "array<string>" },
  amounts: { type: "array<decimal(18,4)>" },
  deep: { type: "array<struct<a:string, b:long>>" },
  by_key: { type: "map<string,integer>" },
  address: { type: "struct<street:string, number:long>" },
} as const;
const mixed = product("mixed", [
  table("things", { columns: { ...columns, code: { type: "string", key: 0, required: true } } }),
  table("entries", { columns }),
]);
const served = buildServedProduct(mixed, meshOf(mixed));

const value = <T>(...values: readonly T[]): fc.Arbitrary<T | null> =>
  fc.option(fc.constantFrom(...values), { freq: 3 });
const row = (code: fc.Arbitrary<string>): fc.Arbitrary<Row> =>
  fc.record({
    code,
    text: value("", "a", "A", " ", "ä", "'"),
    big: value(0n, 2n ** 63n - 1n, 2n ** 63n - 2n),
    real: value(0, 0.1, 0.2, 1e300),
    exact: value("0.0000", "0.0001", "12345678901234.5678", "12345678901234.5679"),
    flag: fc.option(fc.boolean()),
    day: value("2024-02-29", "2024-03-01"),
    instant: value("2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00.000001Z"),
    document: value<unknown>({}, [], { a: 1 }, { a: [null] }, { a: [] }, "text", 0, false),
    bytes: value("", "AA==", "AAE="),
    texts: value<readonly (string | null)[]>([], [""], ["a", "b"], ["b", "a"], [null], ["a", null]),
    amounts: value<readonly string[]>([], ["0.0001"], ["0.0002"]),
    deep: value<readonly object[]>([], [{ a: "x", b: 1n }], [{ a: "x", b: null }], [{ a: null, b: 1n }]),
    by_key: value<object>({}, { one: 1 }, { one: 2 }, { two: 1 }),
    address: value<object>(
      { street: "Main", number: 1n },
      { street: "Main", number: null },
      { street: null, number: 1n },
    ),
  });
const version = fc.record({
  things: fc.uniqueArray(row(fc.constantFrom("a", "b", "c", "d")), { selector: ({ code }) => code }),
  entries: fc.array(row(fc.constantFrom("a", "b")), { maxLength: 3 }),
  /** Taken over from the version before. */
  keeps: fc.record({
    things: fc.boolean(),
    /** But for one value of a row, which is that of another one. */
    edit: fc.option(fc.record({ row: fc.nat(3), column: fc.nat(20), from: row(fc.constant("")) })),
    entries: fc.constantFrom("all", "turned", "none"),
  }),
});

type Version = Readonly<Record<"things" | "entries", readonly Row[]>>;

function edited(
  rows: readonly Row[],
  edit: { readonly row: number; readonly column: number; readonly from: Row } | null,
): readonly Row[] {
  const names = Object.keys(columns).filter((name) => name !== "code");
  const name = names[(edit?.column ?? 0) % names.length] ?? "text";
  return rows.map((it, index) => (edit !== null && index === edit.row ? { ...it, [name]: edit.from[name] } : it));
}

/** Generated rows have no prototype, edited ones have. */
function isEqual(one: Row | undefined, other: Row | undefined): boolean {
  return isDeepStrictEqual({ ...one }, { ...other });
}

/** What two versions differ in, by plain comparison. */
function compared(before: Version | undefined, now: Version, limit: number): readonly string[] {
  if (before === undefined) return ["Entry replaced", "Thing replaced"];
  const byCode = (rows: readonly Row[]) => new Map(rows.map((it) => [String(it.code), it]));
  const [old, next] = [byCode(before.things), byCode(now.things)];
  const told = [...new Set([...old.keys(), ...next.keys()])].sort().flatMap((code) => {
    if (!old.has(code)) return [`Thing ${code} created`];
    if (!next.has(code)) return [`Thing ${code} deleted`];
    return isEqual(old.get(code), next.get(code)) ? [] : [`Thing ${code} updated`];
  });
  const left = [...now.entries];
  for (const entry of before.entries) {
    const at = left.findIndex((other) => isEqual(entry, other));
    if (at >= 0) left.splice(at, 1);
  }
  const hasEqualEntries = before.entries.length === now.entries.length && left.length === 0;
  return [...(hasEqualEntries ? [] : ["Entry replaced"]), ...(told.length > limit ? ["Thing replaced"] : told)];
}

describe.each(engines)("what a publication on $name tells", (engine) => {
  let storage: Storage;
  let discard: (() => Promise<void>) | undefined;
  const events: ProductChange[] = [];
  const take = async (): Promise<readonly ProductChange[]> => {
    events.length = 0;
    await storage.drainOutbox(10_000, async (rows) => {
      for (const { payload } of rows) {
        // The outbox holds what was put into it.
        const change = readProductChange(JSON.parse(payload) as MeshEvent);
        if (change === undefined) throw new Error(`no change: ${payload}`);
        events.push(change);
      }
    });
    return events;
  };
  const brief = (changes: readonly ProductChange[]): readonly string[] =>
    changes.flatMap((change) =>
      change.kind === "published"
        ? []
        : [[change.entity, ...(change.key === undefined ? [] : [change.key.code]), change.change].join(" ")],
    );
  beforeAll(async () => {
    if (engine.missing === undefined) ({ storage, discard } = await engine.open(mixed));
  });
  afterAll(async () => {
    await discard?.();
  });

  it.skipIf(engine.missing !== undefined)("is what a comparison of the rows finds", async () => {
    let before: Version | undefined;
    await fc.assert(
      fc.asyncProperty(
        fc.array(version, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 4 }),
        async (versions, limit) => {
          const telling = withChangeEvents(storage, served, limit);
          for (const { keeps, ...drawn } of versions) {
            const entries = before?.entries ?? [];
            const now: Version = {
              things: keeps.things ? edited(before?.things ?? [], keeps.edit) : drawn.things,
              entries:
                keeps.entries === "all" ? entries : keeps.entries === "turned" ? entries.toReversed() : drawn.entries,
            };
            await publishRows(telling, mixed, now);
            const told = await take();
            expect(brief(told).toSorted()).toEqual(compared(before, now, limit).toSorted());
            const { version: published } = storage.published() ?? {};
            expect(told.map(({ version: of }) => of)).toEqual(told.map(() => published));
            // One of the publication, as the last.
            expect(told.map(({ kind }) => kind).indexOf("published")).toBe(told.length - 1);
            before = now;
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});
