import { randomUUID } from "node:crypto";
import { crc32 } from "node:zlib";
import { Client } from "pg";
import { afterAll, describe, expect, test } from "vitest";
import { postgres } from "../../test/services.ts";
import { appendToOutbox } from "./outbox.ts";
import type { OutboxRow, PublishedVersion, Storage } from "./port.ts";
import { createPostgresStorage } from "./postgres.ts";
import { describeStorage, olderBookkeeping, olderVersion } from "./storage.suite.ts";

const service = await postgres();
const schemaByStorage = new WeakMap<Storage, string>();
const schemas = new Set<string>();

function storageIn(schema: string): Storage {
  const storage = createPostgresStorage({ product: "orders", url: service.url, schema });
  schemas.add(schema);
  schemaByStorage.set(storage, schema);
  return storage;
}

async function query(sql: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: service.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Publishes a version with one event. */
function publishEvent(storage: Storage, id: string): Promise<PublishedVersion | undefined> {
  return storage.publish(async (draft) => {
    await draft.createOutput("rows", [{ name: "a", type: { kind: "integer" } }], { key: [], indexed: [] }, "select 1");
    await appendToOutbox(draft, [{ id, aggregatetype: "changes", aggregateid: "a", type: "changed", payload: "{}" }]);
    return { fingerprint: id, publishedAt: new Date() };
  });
}

function newSchema(): string {
  return `test_storage_${randomUUID().replaceAll("-", "")}`;
}

describe.skipIf(service.missing !== undefined)(
  `PostgreSQL${service.missing === undefined ? "" : ` (${service.missing})`}`,
  () => {
    afterAll(async () => {
      for (const schema of schemas) await query(`drop schema if exists "${schema}" cascade`);
    });

    describeStorage("PostgreSQL", {
      create: async () => storageIn(newSchema()),
      again: async (storage) => storageIn(schemaByStorage.get(storage) ?? ""),
      async versionTables(storage) {
        const rows = await query(
          "select tablename from pg_tables where schemaname = $1 and tablename like 'v%.%' order by tablename",
          [schemaByStorage.get(storage)],
        );
        return rows.map((row) => String(row.tablename));
      },
      elsewhere: (storage) =>
        `const { createPostgresStorage } = await import(modules + "/postgres.ts");
         return createPostgresStorage(${JSON.stringify({ product: "orders", url: service.url, schema: schemaByStorage.get(storage) })});`,
      slowSql: "select pg_sleep(120)",
    });

    test("a schema of an older release, without outbox and times of looks, is taken over", async () => {
      const schema = newSchema();
      await query(`create schema "${schema}"`);
      for (const sql of olderBookkeeping(schema)) await query(sql);
      const storage = storageIn(schema);
      expect(await storage.open()).toEqual(olderVersion);
      expect(await storage.drainOutbox(1, async () => undefined)).toBe(0);
      // A process of the older release publishes beside it.
      await query(`insert into "${schema}"."mesh.versions" values (8, '2024-05-02T12:00:00Z', 'g', 0, '{"rows":1}')`);
      await query(`create table "${schema}"."v8.rows" (a integer)`);
      await storage.close();
      const again = storageIn(schema);
      expect(await again.open()).toMatchObject({ version: 8, checkedAt: new Date("2024-05-02T12:00:00Z") });
      await again.close();
    });

    test("one of several processes drains the outbox at a time, and another takes over when it is gone", async () => {
      const schema = newSchema();
      const one = storageIn(schema);
      const other = storageIn(schema);
      await one.open();
      await other.open();
      await publishEvent(one, "a");
      const handedOn: string[] = [];
      const handOn = async (rows: readonly OutboxRow[]): Promise<void> =>
        void handedOn.push(...rows.map(({ id }) => id));
      // Another process publishes while one hands on, and may not hand on.
      await one.drainOutbox(10, async (rows) => {
        await publishEvent(other, "b");
        expect(await other.drainOutbox(10, handOn)).toBeUndefined();
        await handOn(rows);
      });
      expect(await other.drainOutbox(10, handOn)).toBe(1);
      expect(handedOn).toEqual(["a", "b"]);

      // The connection of who hands on is cut: another takes over, the first gives up, nothing is lost.
      await publishEvent(one, "c");
      const cut = one.drainOutbox(10, async (rows) => {
        await query(
          "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid::bigint = (($1::bigint + 4294967296) % 4294967296) and objid = 4294967295",
          [crc32(schema)],
        );
        await expect.poll(() => other.drainOutbox(10, handOn)).toBe(1);
        await handOn(rows);
      });
      await expect(cut).rejects.toThrow();
      expect(handedOn).toEqual(["a", "b", "c", "c"]);
      expect(await one.drainOutbox(10, handOn)).toBe(0);
      await one.close();
      await other.close();
    });

    test("several processes that publish and drain at once hand on everything in order", async () => {
      const schema = newSchema();
      const storages = [storageIn(schema), storageIn(schema), storageIn(schema)];
      for (const storage of storages) await storage.open();
      const published = new Map<number, string>();
      const handedOn: string[] = [];
      let isPublishing = true;
      const work = storages.map(async (storage, process) => {
        for (let round = 0; round < 5; round++) {
          const id = `${process}.${round}`;
          published.set((await publishEvent(storage, id))?.version ?? 0, id);
        }
      });
      const drains = storages.map(async (storage) => {
        while (isPublishing) {
          await storage.drainOutbox(2, async (rows) => {
            await new Promise(setImmediate);
            handedOn.push(...rows.map(({ id }) => id));
          });
        }
      });
      await Promise.all(work);
      isPublishing = false;
      await Promise.all(drains);
      for (const storage of storages) {
        while ((await storage.drainOutbox(2, async (rows) => void handedOn.push(...rows.map(({ id }) => id)))) === 2);
      }
      expect(handedOn).toEqual([...published].sort(([a], [b]) => a - b).map(([, id]) => id));
      for (const storage of storages) await storage.close();
    });

    test("a version that another process reads is kept until that process lets it go", async () => {
      const schema = newSchema();
      const writer = storageIn(schema);
      const reader = storageIn(schema);
      const publish = (value: number): Promise<unknown> =>
        writer.publish(async (draft) => {
          await draft.createOutput(
            "rows",
            [{ name: "a", type: { kind: "integer" } }],
            { key: [], indexed: [] },
            `select ${value}`,
          );
          return { fingerprint: String(value), publishedAt: new Date() };
        });
      const tables = async (): Promise<unknown> =>
        (
          await query("select tablename from pg_tables where schemaname = $1 and tablename like 'v%.%' order by 1", [
            schema,
          ])
        ).map((row) => row.tablename);
      await writer.open();
      await publish(1);
      expect((await reader.open())?.version).toBe(1);
      const snapshot = await reader.snapshot();
      await publish(2);
      await publish(3);
      await expect.poll(() => reader.published()?.version).toBe(3);
      expect(await snapshot.query(`select a from ${snapshot.table("rows")}`, [], new Map())).toEqual([{ a: 1 }]);
      expect(await tables()).toContain("v1.rows");
      snapshot.release();
      await expect.poll(tables).toEqual(["v3.rows"]);
      await reader.close();
      await writer.close();
    });

    test("a storage whose connections were cut goes on with the next statement and sees later publications", async () => {
      const schema = newSchema();
      const storage = storageIn(schema);
      await storage.open();
      const publish = (value: number): Promise<unknown> =>
        storage.publish(async (draft) => {
          await draft.createOutput(
            "rows",
            [{ name: "a", type: { kind: "integer" } }],
            { key: [], indexed: [] },
            `select ${value}`,
          );
          return { fingerprint: String(value), publishedAt: new Date() };
        });
      await publish(1);
      await query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'datamesh orders' and pid in (select pid from pg_locks where locktype = 'advisory')",
      );
      await publish(2);
      const snapshot = await storage.snapshot();
      expect(await snapshot.query(`select a from ${snapshot.table("rows")}`, [], new Map())).toEqual([{ a: 2 }]);
      snapshot.release();
      await storage.close();
    });
  },
);

test("an unreachable PostgreSQL is named with product and place, without its password", async () => {
  const storage = createPostgresStorage({
    product: "payments",
    url: "postgres://mesh:very-secret@127.0.0.1:1/mesh",
    schema: "mesh_payments",
  });
  const failure = await storage.open().catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "STORAGE_UNREACHABLE" });
  const { message } = failure as Error;
  expect(message).toContain('product "payments"');
  expect(message).toContain("127.0.0.1:1/mesh");
  expect(message).toContain("DATABASE_URL");
  expect(message).not.toContain("very-secret");
  await storage.close();
});
