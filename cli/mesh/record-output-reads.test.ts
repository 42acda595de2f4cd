import { expect, test } from "vitest";
import { type AuditEvent, type AuditLog, anonymous } from "#policies";
import { recordOutputReads } from "./record-output-reads.ts";

function recorder() {
  const events: AuditEvent[] = [];
  const audit = {
    reserve: () => ({ record: (event: AuditEvent) => void events.push(event), release: () => undefined }),
  } as unknown as AuditLog;
  const field = (name: string, column: string, pii?: string) => ({ name, field: { name: column, pii } });
  const product = {
    manifest: { metadata: { name: "customers", version: "1.2.0" } },
    tables: [
      {
        output: { name: "customers" },
        typeName: "Customer",
        fields: [field("customerId", "customer_id"), field("postalCode", "postal_code", "address")],
      },
    ],
  } as unknown as Parameters<typeof recordOutputReads>[1];
  return { events, record: recordOutputReads(audit, product, []) };
}

const about = { caller: anonymous, output: "customers", signal: new AbortController().signal };

test("a read of personal columns is recorded under the graph's names, with the rows that went out", async () => {
  const { events, record } = recorder();
  const read = await record({ ...about, columns: ["customer_id", "postal_code"] });
  expect(events).toEqual([]);
  read?.end(793, "answered");
  expect(events).toMatchObject([
    {
      place: "subgraph",
      outcome: "answered",
      operation: { name: "outputs/customers" },
      access: {
        coordinates: [{ coordinate: "Customer.postalCode", product: "customers", decision: "allow" }],
        products: [{ name: "customers", version: "1.2.0" }],
      },
      rows: new Map([["Customer.postalCode", 793]]),
    },
  ]);
});

test("a read without personal columns needs no record", async () => {
  expect(await recorder().record({ ...about, columns: ["customer_id"] })).toBeUndefined();
});
