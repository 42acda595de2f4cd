import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, describe, expect, test } from "vitest";
import { createDuckDBStorage } from "./duckdb.ts";
import type { Storage } from "./port.ts";
import { describeStorage, olderBookkeeping, olderVersion } from "./storage.suite.ts";

const folder = await mkdtemp(join(tmpdir(), "mesh-duckdb-"));
afterAll(() => rm(folder, { recursive: true, force: true }));
let made = 0;
const fileByStorage = new WeakMap<Storage, string>();

function storageOn(file: string): Storage {
  const storage = createDuckDBStorage({ product: "orders", file });
  fileByStorage.set(storage, file);
  return storage;
}

describeStorage("DuckDB", {
  create: async () => storageOn(join(folder, String(made++), "data.duckdb")),
  again: async (storage) => storageOn(fileByStorage.get(storage) ?? ""),
  async versionTables(storage) {
    const names: string[] = [];
    await storage.publish(async (draft) => {
      const rows = await draft.query("select table_name from information_schema.tables where table_name like 'v%.%'");
      names.push(...rows.map((row) => String(row.table_name)));
      return undefined;
    });
    return names.sort();
  },
  elsewhere: (storage) =>
    `const { createDuckDBStorage } = await import(modules + "/duckdb.ts");
     return createDuckDBStorage(${JSON.stringify({ product: "orders", file: fileByStorage.get(storage) })});`,
  slowSql: "select count(*) from range(1000000000000) a, range(1000000) b",
});

describe("a DuckDB file", () => {
  test("of an older release, without outbox and times of looks, is taken over", async () => {
    const file = join(folder, "older.duckdb");
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    await connection.run("create schema mesh");
    for (const sql of olderBookkeeping("mesh")) await connection.run(sql);
    connection.closeSync();
    instance.closeSync();
    const storage = storageOn(file);
    expect(await storage.open()).toEqual(olderVersion);
    expect(await storage.drainOutbox(1, async () => undefined)).toBe(0);
    await storage.close();
    const again = storageOn(file);
    expect(await again.open()).toEqual(olderVersion);
    await again.close();
  });

  test("that another process has open is refused with what to do", async () => {
    const file = join(folder, "locked.duckdb");
    const holder = spawn(process.execPath, [
      "--input-type=module",
      "--eval",
      `import { DuckDBInstance } from ${JSON.stringify(import.meta.resolve("@duckdb/node-api"))};
       globalThis.held = await DuckDBInstance.create(${JSON.stringify(file)});
       console.log("held");
       setInterval(() => {}, 1000);`,
    ]);
    try {
      await once(holder.stdout, "data");
      const storage = storageOn(file);
      await expect(storage.open()).rejects.toMatchObject({
        code: "STORAGE_LOCKED",
        message: expect.stringContaining('Another process has the file of product "orders" open'),
      });
    } finally {
      holder.kill();
      await once(holder, "exit");
    }
  });

  test("that is damaged is refused with what to do", async () => {
    const file = join(folder, "damaged.duckdb");
    await writeFile(file, "this is no database".repeat(1_000));
    await expect(storageOn(file).open()).rejects.toMatchObject({
      code: "STORAGE_UNREADABLE",
      message: expect.stringContaining("Remove it: it is built again from the inputs."),
    });
  });

  test("whose writer died half way has its published version, and the tables of the dead draft are gone", async () => {
    const file = join(folder, "crashed.duckdb");
    const first = storageOn(file);
    await first.open();
    await first.publish(async (draft) => {
      await draft.createOutput(
        "rows",
        [{ name: "a", type: { kind: "integer" } }],
        { key: [], indexed: [] },
        "select 1",
      );
      return { fingerprint: "one", publishedAt: new Date() };
    });
    await first.close();
    // What a process leaves that died after committing version 2's tables by other means than a draft.
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    await connection.run(`create table mesh."v2.rows" as select 2 as a`);
    connection.closeSync();
    instance.closeSync();
    const again = storageOn(file);
    expect((await again.open())?.version).toBe(1);
    const snapshot = await again.snapshot();
    expect(await snapshot.query(`select a from ${snapshot.table("rows")}`, [], new Map())).toEqual([{ a: 1 }]);
    expect(
      await snapshot.query(
        "select table_name from information_schema.tables where table_name like 'v%.%'",
        [],
        new Map(),
      ),
    ).toEqual([{ table_name: "v1.rows" }]);
    snapshot.release();
    await again.close();
  });

  test("whose writer is killed in the middle of a draft keeps its published version, and takes the next one", async () => {
    const file = join(folder, "killed", "data.duckdb");
    const columns = "[{ name: 'a', type: { kind: 'integer' } }]";
    const writer = spawn(process.execPath, [
      "--input-type=module",
      "--eval",
      `import { createDuckDBStorage } from ${JSON.stringify(import.meta.resolve("./duckdb.ts"))};
       const storage = createDuckDBStorage({ product: "orders", file: ${JSON.stringify(file)} });
       await storage.open();
       const make = (draft, value) => draft.createOutput("rows", ${columns}, { key: [], indexed: [] }, "select " + value);
       await storage.publish(async (draft) => { await make(draft, 1); return { fingerprint: "one", publishedAt: new Date() }; });
       await storage.publish(async (draft) => {
         await make(draft, "range from range(100000)".replace("range ", "range::integer "));
         console.log("half way");
         await new Promise((resolve) => setTimeout(resolve, 600000));
       });`,
    ]);
    try {
      await once(writer.stdout, "data");
    } finally {
      writer.kill("SIGKILL");
      await once(writer, "exit");
    }
    const storage = storageOn(file);
    expect(await storage.open()).toMatchObject({ version: 1, fingerprint: "one" });
    await storage.publish(async (draft) => {
      await draft.createOutput(
        "rows",
        [{ name: "a", type: { kind: "integer" } }],
        { key: [], indexed: [] },
        "select 2",
      );
      return { fingerprint: "two", publishedAt: new Date() };
    });
    const snapshot = await storage.snapshot();
    expect(await snapshot.query(`select a from ${snapshot.table("rows")}`, [], new Map())).toEqual([{ a: 2 }]);
    snapshot.release();
    await storage.close();
  });
});
