import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import {
  type AuditEvent,
  anonymous,
  createAuditLog,
  createAuditSigner,
  createSigningKey,
  openFileSink,
} from "#policies";
import { showAuditRecords, verifyAuditRecords } from "./audit.ts";

let folder: string;
let keys: string;
let log: MockInstance<typeof console.log>;

function event(number: number): AuditEvent {
  return {
    time: Date.UTC(2026, 0, number),
    place: "gateway",
    caller: {
      principal: { ...anonymous.principal, id: number === 2 ? "ada" : "bob", kind: "user" },
      purpose: number === 3 ? "care" : undefined,
    },
    operation: { name: "List", hash: "0123456789abcdef" },
    access: {
      coordinates: [
        {
          coordinate: "Customer.email",
          product: "customers",
          decision: "mask",
          technique: "partial",
          policy: "contact",
        },
        { coordinate: "Order.note", product: "orders", decision: "allow" },
      ],
      products: [{ name: "customers", version: "1.0.0" }],
      obligations: [{ obligation: "notify", policy: "contact" }],
      policySet: "p",
    },
    outcome: number === 3 ? "refused" : "answered",
    rows: new Map([["Customer.email", 7]]),
    traceId: undefined,
    generation: 1,
  };
}

beforeEach(async () => {
  log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  folder = await mkdtemp(join(tmpdir(), "audit-command-"));
  keys = join(folder, "keys.json");
  const key = await createSigningKey();
  await writeFile(keys, JSON.stringify({ keys: [key.publicJwk] }));
  const signer = createAuditSigner(key);
  const audit = createAuditLog({
    sink: await openFileSink({ folder, writer: "gateway", signer, fsync: "never", maxFileBytes: 1_000_000 }),
    maxQueued: 10,
    whenFull: "fail",
    checkpoint: { records: 100, everyMs: 1_000_000 },
    onFailure: () => undefined,
  });
  for (const number of [1, 2, 3]) (await audit.reserve()).record(event(number));
  await audit.close();
});
afterEach(async () => {
  log.mockRestore();
  await rm(folder, { recursive: true, force: true });
});

const printed = (): string => log.mock.calls.flat().join("\n");
const records = (): string => join(folder, "gateway.000000000001.ndjson");
const verify = (place: string, more: object = {}): Promise<void> =>
  verifyAuditRecords(place, { keys: [keys], allowEarlierMissing: false, json: false, ...more });

describe("datamesh audit verify", () => {
  it("says how far each chain is good, for a folder and for a file", async () => {
    await verify(folder);
    await verify(records());
    expect(printed()).toMatch(/^good: [0-9a-f-]{36}:4:[0-9a-f]{64} \(from record 1, 1 signed checkpoints\)$/m);
  });

  it("names the first bad record", async () => {
    const text = await readFile(records(), "utf8");
    await writeFile(records(), text.replace('"ada"', '"eve"'));
    await expect(verify(folder)).rejects.toMatchObject({
      code: "AUDIT_NOT_INTACT",
      message: expect.stringMatching(/^changed at .*ndjson:2, record 2: /),
    });
  });

  it("finds what is missing behind a checkpoint that was kept elsewhere", async () => {
    await verify(folder, { json: true });
    const [chain] = JSON.parse(printed()).chains;
    await verify(folder, { checkpoint: [`${chain.chain}:${chain.last}:${chain.hash}`] });
    const text = await readFile(records(), "utf8");
    // Whoever can write there can take away the note of how far the chain was.
    await rm(join(folder, "gateway.head.json"));
    await writeFile(records(), `${text.split("\n").slice(0, 2).join("\n")}\n`);
    await verify(folder);
    await expect(verify(folder, { checkpoint: [`${chain.chain}:${chain.last}:${chain.hash}`] })).rejects.toMatchObject({
      message: expect.stringContaining("truncated"),
    });
  });

  it("does not say good without keys, and refuses what is no checkpoint", async () => {
    await expect(verify(folder, { keys: [join(folder, "none.json")] })).rejects.toMatchObject({
      code: "AUDIT_UNREADABLE",
    });
    await writeFile(keys, '{"keys":[]}');
    await expect(verify(folder)).rejects.toMatchObject({ message: expect.stringContaining("none of those given") });
    await expect(verify(folder, { checkpoint: ["12"] })).rejects.toMatchObject({ code: "OPTION_INVALID" });
    await expect(verify(join(folder, "nowhere"))).rejects.toMatchObject({ code: "AUDIT_UNREADABLE" });
  });
});

describe("datamesh audit show", () => {
  const show = (filter: object): Promise<void> => showAuditRecords(folder, { json: false, ...filter });

  it("prints a readable line for each record", async () => {
    await show({ until: "2026-01-02" });
    expect(printed()).toMatch(
      /^2026-01-01T00:00:00\.000Z {2}[0-9a-f]{8}#1 {2}bob \(user\) {2}no purpose {2}List 01234567 {2}answered by the gateway {2}customers@1\.0\.0 {2}Customer\.email mask partial by contact ×7, Order\.note allow {2}obliged: notify by contact$/,
    );
  });

  it.each<[object, number]>([
    [{}, 4],
    [{ principal: "ada" }, 1],
    [{ purpose: "care" }, 1],
    [{ product: "orders" }, 3],
    [{ product: "payments" }, 0],
    [{ coordinate: "Customer.*" }, 3],
    [{ coordinate: "Customer.*", decision: "allow" }, 0],
    [{ policy: "contact" }, 3],
    [{ decision: "deny" }, 0],
    [{ outcome: "refused" }, 1],
    [{ since: "2026-01-02", until: "2026-01-03" }, 1],
  ])("%j lets %i through", async (filter, count) => {
    await show(filter);
    expect(log.mock.calls).toHaveLength(count);
  });
});
