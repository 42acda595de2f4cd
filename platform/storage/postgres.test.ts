import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { afterAll, describe, expect, test } from "vitest";
import { postgres } from "../../test/services.ts";
import type { Storage } from "./port.ts";
import { createPostgresStorage } from "./postgres.ts";
import { describeStorage } from "./storage.suite.ts";

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
      slowSql: "select pg_sleep(120)",
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
