import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { postgres } from "../../../test/services.ts";
import { auditEntries, checkpoint, checkSignature, signer } from "../audit.fixture.ts";
import { readAuditFiles } from "../reading/read-files.ts";
import { readAuditTable } from "../reading/read-table.ts";
import { type AuditLine, verifyAudit } from "../reading/verify.ts";
import { type FileSinkOptions, openFileSink } from "./file-sink.ts";
import { openPostgresSink } from "./postgres-sink.ts";
import { describeSink } from "./sink.suite.ts";
import { openStreamSink, readStreamTarget } from "./stream-sink.ts";

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function readFolder(folder: string): Promise<{ lines: AuditLine[]; heads: readonly any[] }> {
  const { lines, heads } = await readAuditFiles(folder);
  return { lines: await all(lines), heads };
}

describeSink("a folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "audit-"));
  return {
    continues: true,
    open: () => openFileSink({ folder, writer: "gateway", signer, fsync: "always", maxFileBytes: 1_000 }),
    read: () => readFolder(folder),
    end: () => rm(folder, { recursive: true, force: true }),
  };
});

const { url, missing } = await postgres();

describe.skipIf(missing !== undefined)(`PostgreSQL ${missing ?? ""}`, () => {
  let serial = 0;

  async function run(statement: string): Promise<void> {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(statement);
    await client.end();
  }

  function nameSchema(): string {
    serial += 1;
    return `audit_test_${process.pid}_${serial}`;
  }

  async function read(schema: string): Promise<{ lines: AuditLine[]; heads: readonly any[] }> {
    const source = await readAuditTable(url, schema);
    const lines = await all(source.lines);
    await source.close();
    return { lines, heads: source.heads };
  }

  describeSink("PostgreSQL", async () => {
    const schema = nameSchema();
    return {
      continues: true,
      open: async () => openPostgresSink({ url, schema, writer: "gateway", signer }),
      read: () => read(schema),
      async breakDown() {
        await run(`alter table "${schema}".records rename to away`);
        return () => run(`alter table "${schema}".away rename to records`);
      },
      end: () => run(`drop schema if exists "${schema}" cascade`),
    };
  });

  it("keeps one chain for each writer, and one for two processes of one name, whoever comes first", async () => {
    const schema = nameSchema();
    try {
      const writers = ["one", "one", "two"].map((writer) => openPostgresSink({ url, schema, writer, signer }));
      await Promise.all(
        writers.map(async (sink, index) => {
          for (let batch = 0; batch < 5; batch += 1) await sink.append(auditEntries(index * 10, index * 10 + 2));
          await sink.append([checkpoint]);
        }),
      );
      await Promise.all(writers.map((sink) => sink.close()));
      const { lines, heads } = await read(schema);
      const { problems, chains } = await verifyAudit(lines, { checkSignature, heads, allowEarlierMissing: false });
      expect(problems).toEqual([]);
      expect(chains.map(({ last }) => last).sort()).toEqual([16, 32]);
    } finally {
      await run(`drop schema if exists "${schema}" cascade`);
    }
  });

  it("does not write a batch again that was written although no answer came", async () => {
    const schema = nameSchema();
    const sink = openPostgresSink({ url, schema, writer: "gateway", signer });
    try {
      await sink.append(auditEntries(1, 1));
      // Commits, and then fails: a deferred trigger cannot do that, a lost connection can.
      const batch = auditEntries(2, 3);
      const query = Client.prototype.query;
      let commits = 0;
      Client.prototype.query = function (this: Client, ...given: any[]): any {
        const result = query.apply(this, given as never) as any;
        if (given[0] !== "commit") return result;
        commits += 1;
        return result.then(() => Promise.reject(new Error("the connection was lost")));
      } as never;
      try {
        await expect(sink.append(batch)).rejects.toThrow("lost");
      } finally {
        Client.prototype.query = query;
      }
      expect(commits).toBe(1);
      await sink.append(batch);
      await sink.append(auditEntries(4, 4));
      const { lines } = await read(schema);
      expect(lines.map(({ text }) => JSON.parse(text).principal.id)).toEqual(["user-1", "user-2", "user-3", "user-4"]);
    } finally {
      await sink.close();
      await run(`drop schema if exists "${schema}" cascade`);
    }
  });

  it("lets nobody change, delete or truncate records", async () => {
    const schema = nameSchema();
    const sink = openPostgresSink({ url, schema, writer: "gateway", signer });
    try {
      await sink.append(auditEntries(1, 2));
      for (const statement of [
        `update "${schema}".records set hash = ''`,
        `delete from "${schema}".records`,
        `truncate "${schema}".records`,
      ]) {
        await expect(run(statement)).rejects.toThrow("never changed");
      }
    } finally {
      await sink.close();
      await run(`drop schema if exists "${schema}" cascade`);
    }
  });
});

describeSink("a connection to a collector", async () => {
  const folder = await mkdtemp(join(tmpdir(), "audit-"));
  const path = join(folder, "collector.sock");
  let text = "";
  const sockets = new Set<Socket>();
  let server: Server;
  const listen = async (): Promise<void> => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.setEncoding("utf8").on("data", (data) => {
        text += data;
      });
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
  };
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await new Promise((resolve) => server.close(resolve));
  };
  await listen();
  return {
    continues: false,
    open: async () => openStreamSink({ target: { kind: "unix", path }, signer, connectTimeoutMs: 500 }),
    async read() {
      const lines = text.split("\n").filter((line) => line !== "");
      return { lines: lines.map((line, index) => ({ text: line, place: `line ${index + 1}` })), heads: [] };
    },
    async breakDown() {
      // What the network has taken when it breaks is lost, which nobody can make up for: this is about what it refuses.
      await vi.waitFor(() => expect(text).toMatch(/\n$/));
      await stop();
      return listen;
    },
    async end() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
});

describe("the target of a stream", () => {
  it.each([
    ["stdout", { kind: "stdout" }],
    ["tcp://collector:5170", { kind: "tcp", host: "collector", port: 5170 }],
    ["tcp://[::1]:5170", { kind: "tcp", host: "::1", port: 5170 }],
    ["unix:/run/collector.sock", { kind: "unix", path: "/run/collector.sock" }],
    ["unix:///run/collector.sock", { kind: "unix", path: "/run/collector.sock" }],
    ["http://collector", undefined],
    ["tcp://collector", undefined],
    ["unix:relative", undefined],
  ])("%s", (text, target) => {
    expect(readStreamTarget(text)).toEqual(target);
  });
});

describe("audit files", () => {
  let folder: string;
  let options: FileSinkOptions;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "audit-"));
    options = { folder, writer: "gateway", signer, fsync: "every-second", maxFileBytes: 1_000_000 };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function write(from: number, to: number, more: Partial<FileSinkOptions> = {}): Promise<void> {
    const sink = await openFileSink({ ...options, ...more });
    for (let number = from; number <= to; number += 1) await sink.append(auditEntries(number, number));
    await sink.append([checkpoint]);
    await sink.close();
  }

  async function verify() {
    const { lines, heads } = await readFolder(folder);
    return verifyAudit(lines, { checkSignature, heads, allowEarlierMissing: false });
  }

  const first = (): string => join(folder, "gateway.000000000001.ndjson");

  it("are followed by another when they are full, and the chain goes on in it", async () => {
    await write(1, 5, { maxFileBytes: 1_000 });
    const segments = (await readdir(folder)).filter((name) => name.endsWith(".ndjson")).sort();
    expect(segments.length).toBeGreaterThan(2);
    expect(await verify()).toMatchObject({ problems: [], chains: [{ first: 1, last: 6, unsigned: 0 }] });
  });

  it("are gone on with after a torn last line, which is set aside and told in the chain", async () => {
    await write(1, 2);
    await appendFile(first(), '{"hash":"00","chain":"half of a li');
    await write(3, 3);
    expect(await verify()).toMatchObject({ problems: [], chains: [{ first: 1, last: 6 }] });
    const records = (await readFile(first(), "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records.map(({ kind }) => kind)).toEqual([
      "access",
      "access",
      "checkpoint",
      "repaired",
      "access",
      "checkpoint",
    ]);
    expect(await readFile(`${first()}.torn-4`, "utf8")).toBe('{"hash":"00","chain":"half of a li');
  });

  it("are gone on with when the end of the process left the next file empty or with half a line", async () => {
    for (const [rest, sequence] of [
      ["", 4],
      ["{", 6],
    ] as const) {
      await write(sequence - 3, sequence - 2).catch(() => undefined);
      const { chains } = await verify();
      const next = (chains[0]?.last ?? 0) + 1;
      await writeFile(join(folder, `gateway.${String(next).padStart(12, "0")}.ndjson`), rest);
    }
    await write(9, 9);
    expect((await verify()).problems).toEqual([]);
  });

  it("are not gone on with when the last record was changed", async () => {
    await write(1, 2);
    const text = await readFile(first(), "utf8");
    await writeFile(
      first(),
      text.replace(/"time":"2026-01-01T00:00:00.000Z"(?=[^\n]*\n$)/, '"time":"2026-01-02T00:00:00.000Z"'),
    );
    await expect(openFileSink(options)).rejects.toMatchObject({ code: "AUDIT_DAMAGED" });
  });

  it("are not gone on with when records were taken from the end", async () => {
    await write(1, 4);
    const text = await readFile(first(), "utf8");
    await truncate(first(), text.split("\n").slice(0, 2).join("\n").length + 1);
    await expect(openFileSink(options)).rejects.toMatchObject({ code: "AUDIT_DAMAGED" });
    expect(await verify()).toMatchObject({ problems: [{ kind: "truncated", sequence: 3 }] });
  });

  it("begin another chain when the former ones were moved away", async () => {
    await write(1, 2);
    await rm(first());
    await write(3, 3);
    expect(await verify()).toMatchObject({ problems: [], chains: [{ first: 1, last: 2 }] });
  });

  it("are written by one process", async () => {
    const sink = await openFileSink(options);
    await expect(openFileSink(options)).rejects.toMatchObject({ code: "AUDIT_LOCKED" });
    const other = await openFileSink({ ...options, writer: "other" });
    await other.close();
    await sink.close();
    await (await openFileSink(options)).close();
  });

  it("are taken over from a process that is gone", async () => {
    await writeFile(
      join(folder, "gateway.lock"),
      JSON.stringify({ pid: 2 ** 22 + 1, host: (await import("node:os")).hostname() }),
    );
    await write(1, 1);
    expect((await verify()).problems).toEqual([]);
  });

  it("are refused when somebody else writes into them", async () => {
    const sink = await openFileSink(options);
    await sink.append(auditEntries(1, 1));
    await appendFile(first(), "{}\n");
    await expect(sink.append(auditEntries(2, 2))).rejects.toMatchObject({ code: "AUDIT_DAMAGED" });
    await sink.close();
  });
});
