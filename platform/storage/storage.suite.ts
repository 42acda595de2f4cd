/** The contract of the storage port: every engine passes it. */
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { ColumnType } from "#schema";
import { testOutbox } from "./outbox.suite.ts";
import type { Draft, PublishedVersion, Row, Snapshot, Storage, TableColumn } from "./port.ts";
import { onStatement, type StatementMessage } from "./statement.ts";

export interface StorageUnderTest {
  /** A storage that keeps nothing yet; not open. */
  create(): Promise<Storage>;
  /** Another storage over what the given one keeps, as after a restart; not open. */
  again(storage: Storage): Promise<Storage>;
  /** Physical tables of published versions, read past the port. */
  versionTables(storage: Storage): Promise<readonly string[]>;
  /** As `OutboxUnderTest.elsewhere`. */
  elsewhere(storage: Storage): string;
  /** A statement that runs for minutes unless it is stopped. */
  readonly slowSql: string;
}

/** Statements that leave a schema as releases before the outbox left it, with one published version. */
export function olderBookkeeping(schema: string): readonly string[] {
  return [
    `create table "${schema}"."mesh.versions" (version bigint not null, published_at timestamptz not null, fingerprint text not null, quarantined bigint not null, outputs text not null)`,
    `insert into "${schema}"."mesh.versions" values (7, '2024-05-01T12:00:00Z', 'f', 0, '{"rows":1}')`,
    `create table "${schema}"."v7.rows" (a integer)`,
  ];
}

export const olderVersion: PublishedVersion = {
  version: 7,
  publishedAt: new Date("2024-05-01T12:00:00Z"),
  checkedAt: new Date("2024-05-01T12:00:00Z"),
  fingerprint: "f",
  rows: new Map([["rows", 1]]),
  quarantined: 0,
};

const decimal: ColumnType = { kind: "decimal", precision: 18, scale: 4 };
const everyType: readonly TableColumn[] = [
  { name: "id", type: { kind: "integer" } },
  { name: "text", type: { kind: "string" } },
  { name: "uid", type: { kind: "uuid" } },
  { name: "big", type: { kind: "long" } },
  { name: "real", type: { kind: "double" } },
  { name: "exact", type: decimal },
  { name: "flag", type: { kind: "boolean" } },
  { name: "day", type: { kind: "date" } },
  { name: "clock", type: { kind: "time" } },
  { name: "instant", type: { kind: "timestamp" } },
  { name: "document", type: { kind: "json" } },
  { name: "bytes", type: { kind: "binary" } },
  { name: "texts", type: { kind: "array", items: { kind: "string" } } },
  { name: "amounts", type: { kind: "array", items: decimal } },
  { name: "bigs", type: { kind: "array", items: { kind: "long" } } },
  { name: "by_key", type: { kind: "map", keys: { kind: "string" }, values: { kind: "integer" } } },
  {
    name: "address",
    type: {
      kind: "struct",
      fields: [
        { name: "street", type: { kind: "string" } },
        { name: "number", type: { kind: "long" } },
      ],
    },
  },
];
const types = new Map(everyType.map(({ name, type }) => [name, type]));

const plain: Row = {
  id: 1,
  text: "Übergröße 🦆 \"quoted\" 'single' \\ back, comma\nline",
  uid: "6f1ed002-ab5b-4f6d-9d0c-1d3c2e4f5a6b",
  big: 9_223_372_036_854_775_807n,
  real: 0.1,
  exact: "12345678901234.5678",
  flag: true,
  day: "2024-02-29",
  clock: "23:59:59",
  instant: "2024-01-31T10:00:00.123Z",
  document: { a: [1, "two", null, { b: true }] },
  bytes: Buffer.from([0, 1, 254, 255]).toString("base64"),
  texts: ["a", 'b "c"', "d,e", "{f}", "NULL", "", "\\"],
  amounts: ["0.0001", "-99999999999999.9999"],
  bigs: [-9_223_372_036_854_775_808n, 0n],
  by_key: { one: 1, two: 2 },
  address: { street: "Main", number: 9_007_199_254_740_993n },
};
const extreme: Row = {
  ...plain,
  id: 2,
  text: "",
  big: -9_223_372_036_854_775_808n,
  real: -1.7976931348623157e308,
  exact: "-0.0001",
  flag: false,
  day: "0001-01-01",
  clock: "00:00:00",
  instant: "1969-12-31T23:59:59.999999Z",
  document: [],
  bytes: "",
  texts: [],
  amounts: [],
  bigs: [],
  by_key: {},
};
const empty: Row = Object.fromEntries(everyType.map(({ name }) => [name, name === "id" ? 3 : null]));

async function* batch(rows: readonly Row[]): AsyncIterable<readonly Row[]> {
  yield rows;
}

/** Publishes one output `rows` with the given rows. */
function publishRows(storage: Storage, rows: readonly Row[], columns = everyType, fingerprint = "f"): Promise<unknown> {
  return storage.publish(async (draft) => {
    await fill(draft, rows, columns);
    return { fingerprint, publishedAt: new Date("2024-05-01T12:00:00.000Z") };
  });
}

async function fill(draft: Draft, rows: readonly Row[], columns = everyType): Promise<void> {
  const table = draft.layout.staged("rows");
  await draft.execute(`drop table if exists ${table}`);
  await draft.execute(
    `create table ${table} (${columns.map(({ name, type }) => `"${name}" ${draft.typeName(type)}`).join(", ")})`,
  );
  await draft.load(table, columns, batch(rows));
  await draft.createOutput(
    "rows",
    columns,
    { key: ["id"], indexed: [] },
    `select ${columns.map(({ name }) => `"${name}"`).join(", ")} from ${table}`,
  );
}

/** A version whose every row carries the version's mark. */
function publishMark(storage: Storage, mark: number, count = 50): Promise<unknown> {
  const columns: readonly TableColumn[] = [
    { name: "id", type: { kind: "integer" } },
    { name: "mark", type: { kind: "integer" } },
  ];
  const rows = Array.from({ length: count }, (_, id) => ({ id, mark }));
  return publishRows(storage, rows, columns, `mark ${mark}`);
}

async function marks(snapshot: Snapshot): Promise<readonly unknown[]> {
  const rows = await snapshot.query(
    `select mark, count(*) as n from ${snapshot.table("rows")} group by mark`,
    [],
    new Map([["n", { kind: "integer" }]]),
  );
  return rows.map((row) => [row.mark, row.n]);
}

export function describeStorage(name: string, under: StorageUnderTest): void {
  describe(`${name} as storage`, () => {
    const open: Storage[] = [];
    afterEach(async () => {
      for (const storage of open.splice(0)) await storage.close();
    });
    async function fresh(): Promise<Storage> {
      const storage = await under.create();
      open.push(storage);
      await storage.open();
      return storage;
    }

    test("values of every type come back as they were written", async () => {
      const storage = await fresh();
      await publishRows(storage, [plain, extreme, empty]);
      const snapshot = await storage.snapshot();
      expect(await snapshot.query(`select * from ${snapshot.table("rows")} order by id`, [], types)).toEqual([
        plain,
        extreme,
        empty,
      ]);
      snapshot.release();
    });

    test("any decimal, long, text, instant and day comes back as it was written", async () => {
      const storage = await fresh();
      const columns = everyType.filter(({ name: column }) =>
        ["id", "text", "big", "exact", "instant", "day", "texts"].includes(column),
      );
      const text = fc
        .string({ unit: "grapheme", maxLength: 20 })
        .filter((value) => !value.includes("\0") && value.isWellFormed());
      const row = fc.record({
        text: fc.option(text),
        big: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
        exact: fc.option(
          fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n }).map((units) => {
            const digits = String(units < 0n ? -units : units).padStart(5, "0");
            return `${units < 0n ? "-" : ""}${digits.slice(0, -4)}.${digits.slice(-4)}`;
          }),
        ),
        instant: fc.option(
          fc
            .date({ min: new Date("0001-01-02"), max: new Date("9999-12-30"), noInvalidDate: true })
            .map((date) => date.toISOString()),
        ),
        day: fc.option(
          fc
            .date({ min: new Date("0001-01-02"), max: new Date("9999-12-30"), noInvalidDate: true })
            .map((date) => date.toISOString().slice(0, 10)),
        ),
        texts: fc.option(fc.array(text, { maxLength: 4 })),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), async (values) => {
          const rows = values.map((value, index) => ({ id: index, ...value }));
          await publishRows(storage, rows, columns);
          const snapshot = await storage.snapshot();
          const list = columns.map((column) => `"${column.name}"`).join(", ");
          const back = await snapshot.query(`select ${list} from ${snapshot.table("rows")} order by id`, [], types);
          snapshot.release();
          expect(back).toEqual(rows);
        }),
        { numRuns: 15 },
      );
    });

    test("a stream gives what a query gives, in batches", async () => {
      const storage = await fresh();
      await publishMark(storage, 1, 5_000);
      const snapshot = await storage.snapshot();
      const columns = new Map<string, ColumnType>([["id", { kind: "integer" }]]);
      const ids: unknown[] = [];
      let batches = 0;
      for await (const rows of snapshot.stream(
        `select id from ${snapshot.table("rows")} where id >= $1`,
        [10],
        columns,
      )) {
        batches++;
        ids.push(...rows.map((row) => row.id));
      }
      expect(ids.sort((a, b) => Number(a) - Number(b))).toEqual(
        Array.from({ length: 4_990 }, (_, index) => index + 10),
      );
      expect(batches).toBeGreaterThan(1);
      snapshot.release();
    });

    test("parameters bind by number, and an array as an SQL array", async () => {
      const storage = await fresh();
      await publishRows(storage, [plain, extreme, empty]);
      const snapshot = await storage.snapshot();
      const ids = async (where: string, parameters: readonly unknown[]): Promise<unknown> => {
        const rows = await snapshot.query(
          `select id from ${snapshot.table("rows")} where ${where} order by id`,
          parameters,
          new Map([["id", { kind: "integer" }]]),
        );
        return rows.map((row) => row.id);
      };
      expect(await ids("id = any($1)", [[3, 1]])).toEqual([1, 3]);
      expect(await ids("id = any($1)", [[]])).toEqual([]);
      expect(await ids("text = any(cast($1 as text[]))", [[plain.text, "x"]])).toEqual([1]);
      expect(await ids("big = $2 and flag = $1", [true, plain.big])).toEqual([1]);
      expect(await ids("exact = cast($1 as decimal(18,4))", ["-0.0001"])).toEqual([2]);
      expect(await ids("day = cast($1 as date)", ["2024-02-29"])).toEqual([1]);
      expect(await ids("instant = cast($1 as timestamptz)", ["2024-01-31T11:00:00.123+01:00"])).toEqual([1]);
      expect(await ids("text = $1", ["' or true --"])).toEqual([]);
      snapshot.release();
    });

    test("there is no snapshot before the first publish", async () => {
      const storage = await fresh();
      expect(storage.published()).toBeUndefined();
      await expect(storage.snapshot()).rejects.toMatchObject({ code: "PRODUCT_NOT_PUBLISHED" });
    });

    test("a snapshot keeps its version through several statements while two more are published", async () => {
      const storage = await fresh();
      await publishMark(storage, 1);
      const snapshot = await storage.snapshot();
      expect(await marks(snapshot)).toEqual([[1, 50]]);
      await publishMark(storage, 2);
      expect(await marks(snapshot)).toEqual([[1, 50]]);
      await publishMark(storage, 3);
      expect(await marks(snapshot)).toEqual([[1, 50]]);
      const next = await storage.snapshot();
      expect([next.version, await marks(next)]).toEqual([3, [[3, 50]]]);
      snapshot.release();
      next.release();
    });

    test("readers under a storm of publications never see a mixture, nor go back", async () => {
      const storage = await fresh();
      await publishMark(storage, 0);
      let isWriting = true;
      const reader = async (): Promise<number> => {
        let reads = 0;
        let seen = 0;
        while (isWriting) {
          const snapshot = await storage.snapshot();
          const [first] = await marks(snapshot);
          const [second] = await marks(snapshot);
          expect(second).toEqual(first);
          const [mark, count] = first as readonly [number, number];
          expect(count).toBe(50);
          expect(mark).toBeGreaterThanOrEqual(seen);
          seen = mark;
          reads++;
          snapshot.release();
        }
        return reads;
      };
      const readers = [reader(), reader(), reader()];
      for (let mark = 1; mark <= 12; mark++) await publishMark(storage, mark);
      isWriting = false;
      const reads = await Promise.all(readers);
      for (const count of reads) expect(count).toBeGreaterThan(0);
    });

    test("a version is dropped once nobody can reach it, and not before", async () => {
      const storage = await fresh();
      await publishMark(storage, 1);
      const snapshot = await storage.snapshot();
      await publishMark(storage, 2);
      await publishMark(storage, 3);
      await expect.poll(() => under.versionTables(storage)).toEqual(["v1.rows", "v3.rows"]);
      snapshot.release();
      snapshot.release();
      await expect.poll(() => under.versionTables(storage)).toEqual(["v3.rows"]);
    });

    test("a publication that fails leaves the old version, and nothing of the new one", async () => {
      const storage = await fresh();
      await publishMark(storage, 1);
      const failing = storage.publish(async (draft) => {
        await fill(draft, [plain]);
        throw new Error("half way");
      });
      await expect(failing).rejects.toThrow("half way");
      expect(storage.published()?.version).toBe(1);
      expect(await under.versionTables(storage)).toEqual(["v1.rows"]);
      await publishMark(storage, 2);
      expect(storage.published()).toMatchObject({ version: 2, fingerprint: "mark 2", rows: new Map([["rows", 50]]) });
    });

    test("a draft that publishes nothing changes nothing", async () => {
      const storage = await fresh();
      await publishMark(storage, 1);
      const nothing = await storage.publish(async (draft) => {
        await draft.execute(`insert into ${draft.layout.ledger} values ('a', 'b', 'c', 1, '{}')`);
        return undefined;
      });
      expect(nothing).toBeUndefined();
      await storage.publish(async (draft) => {
        expect(await draft.query(`select * from ${draft.layout.ledger}`)).toEqual([]);
        return undefined;
      });
    });

    test("after a restart the published version is there, with what it was made from", async () => {
      const storage = await fresh();
      await publishMark(storage, 1);
      await publishMark(storage, 2);
      await storage.close();
      const again = await under.again(storage);
      open.push(again);
      const published = await again.open();
      expect(published).toEqual({
        version: 2,
        publishedAt: new Date("2024-05-01T12:00:00.000Z"),
        checkedAt: new Date("2024-05-01T12:00:00.000Z"),
        fingerprint: "mark 2",
        rows: new Map([["rows", 50]]),
        quarantined: 0,
      });
      const snapshot = await again.snapshot();
      expect(await marks(snapshot)).toEqual([[2, 50]]);
      snapshot.release();
      await publishMark(again, 3);
      expect(again.published()?.version).toBe(3);
    });

    test("publications take turns", async () => {
      const storage = await fresh();
      await Promise.all([1, 2, 3, 4].map((mark) => publishMark(storage, mark)));
      expect(storage.published()?.version).toBe(4);
    });

    test("a statement stops when its signal aborts, and the storage goes on", async () => {
      const storage = await fresh();
      await publishMark(storage, 1);
      const snapshot = await storage.snapshot();
      const abort = new AbortController();
      const slow = snapshot.query(under.slowSql, [], new Map(), { signal: abort.signal });
      const begun = performance.now();
      setImmediate(() => abort.abort(new Error("gone")));
      await expect(slow).rejects.toThrow("gone");
      expect(performance.now() - begun).toBeLessThan(10_000);
      expect(await marks(snapshot)).toEqual([[1, 50]]);
      snapshot.release();
    });

    test("a work table comes before a staged view of its name, and both are gone after the draft", async () => {
      const storage = await fresh();
      await storage.publish(async (draft) => {
        await draft.execute(`create table ${draft.layout.staged("orders")} as select 1 as a`);
        await draft.execute(
          `create view ${draft.layout.view("orders")} as select a from ${draft.layout.staged("orders")}`,
        );
        const orders = await draft.work("orders", "select a + 1 as a from orders");
        expect(await draft.query(`select a from ${orders}`)).toEqual([{ a: 2 }]);
        const next = await draft.work("next", "select a + 1 as a from orders");
        expect(await draft.query(`select a from ${next}`)).toEqual([{ a: 3 }]);
        expect((await draft.workColumns("next")).map((column) => column.name)).toEqual(["a"]);
        return { fingerprint: "f", publishedAt: new Date() };
      });
      await storage.publish(async (draft) => {
        const again = await draft.work("again", "select a from orders");
        expect(await draft.query(`select a from ${again}`)).toEqual([{ a: 1 }]);
        return undefined;
      });
    });

    test("statements can be counted, and their parameters stay inside", async () => {
      const storage = await fresh();
      await publishMark(storage, 1);
      const snapshot = await storage.snapshot();
      const seen: StatementMessage[] = [];
      const stop = onStatement((message) => seen.push(message));
      await snapshot.query(`select id from ${snapshot.table("rows")} where mark = $1`, [4711], new Map());
      stop();
      await marks(snapshot);
      snapshot.release();
      expect(seen.map(({ purpose, engine }) => [purpose, engine])).toEqual([["read", storage.engine]]);
      expect(JSON.stringify(seen)).not.toContain("4711");
    });

    testOutbox({
      fresh,
      async again(storage) {
        const again = await under.again(storage);
        open.push(again);
        await again.open();
        return again;
      },
      elsewhere: (storage) => under.elsewhere(storage),
    });

    test("a closed storage says so", async () => {
      const storage = await fresh();
      await publishMark(storage, 1);
      await storage.close();
      await storage.close();
      await expect(storage.snapshot()).rejects.toMatchObject({ code: "STORAGE_CLOSED" });
      await expect((async () => storage.drainOutbox(1, async () => undefined))()).rejects.toMatchObject({
        code: "STORAGE_CLOSED",
      });
    });
  });
}
