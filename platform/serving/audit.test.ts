import { parse } from "graphql";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type AuditLog,
  anonymous,
  createAuditLog,
  createDescribeAccess,
  createRules,
  type GovernedCoordinate,
  type Policy,
} from "#policies";
import type { Storage } from "../storage/port.ts";
import { exampleLines, exampleMesh, exampleOrders, memoryStorage, ordersProduct } from "./serving.fixture.ts";
import { createSubgraph, type Subgraph } from "./subgraph.ts";
import { createSubgraphService } from "./subgraph-service.ts";

const coordinates: readonly GovernedCoordinate[] = [
  {
    coordinate: "Order.contactEmail",
    product: "orders",
    domain: "sales",
    pii: ["email"],
    classification: undefined,
    purposes: [],
    type: "String",
  },
];
const policies: readonly Policy[] = [];

describe("a subgraph that is asked directly", () => {
  let storage: Storage;
  let subgraph: Subgraph;
  let audit: AuditLog;
  let records: Readonly<Record<string, unknown>>[] = [];
  let isDown = false;
  beforeAll(async () => {
    storage = await memoryStorage(ordersProduct, { orders: exampleOrders, order_lines: exampleLines });
    audit = createAuditLog({
      sink: {
        async append(entries) {
          if (isDown) throw new Error("the sink is down");
          records.push(
            ...entries.flatMap((entry) => (entry.kind === "access" ? [JSON.parse(JSON.stringify(entry.body))] : [])),
          );
        },
        close: () => Promise.resolve(),
      },
      maxQueued: 1,
      whenFull: "fail",
      checkpoint: { records: 1_000, everyMs: 1_000_000 },
      retry: { firstMs: 1, lastMs: 1 },
      onFailure: () => undefined,
    });
    const describeAccess = createDescribeAccess(
      parse(`type Order @dataProduct(name: "orders", domain: "sales", version: "2.1.0") { contactEmail: String }`),
      coordinates,
      policies,
    );
    subgraph = createSubgraph({
      product: ordersProduct,
      mesh: exampleMesh,
      snapshots: storage,
      rules: createRules(policies, coordinates),
      audit: { log: audit, describeAccess },
    });
  });
  beforeEach(() => {
    records = [];
  });
  afterAll(async () => {
    await audit.close();
    await storage.close();
  });

  const query = `query Mail { order(orderId: "O-1") { contactEmail other: contactEmail } }`;

  it("records who read how many values of which personal data", async () => {
    await subgraph.execute({ query, operationName: "Mail", caller: anonymous, masking: "here" });
    await audit.flush();
    expect(records).toMatchObject([
      {
        place: "subgraph",
        principal: { id: "anonymous" },
        operation: { name: "Mail" },
        outcome: "answered",
        products: [{ name: "orders" }],
        coordinates: [
          {
            coordinate: "Order.contactEmail",
            decision: "mask",
            technique: "redact",
            policy: "default-personal-data",
          },
        ],
        rows: { "Order.contactEmail": 2 },
      },
    ]);
    expect(JSON.stringify(records)).not.toContain("person1");
  });

  it("records nothing that the gateway records, and nothing without personal data", async () => {
    await subgraph.execute({ query, caller: anonymous, masking: "gateway" });
    await subgraph.execute({ query: `{ order(orderId: "O-1") { orderId } }`, caller: anonymous, masking: "here" });
    await audit.flush();
    expect(records).toEqual([]);
  });

  it("answers with AUDIT_UNAVAILABLE while nothing can be recorded", async () => {
    isDown = true;
    await subgraph.execute({ query, caller: anonymous, masking: "here" });
    const service = createSubgraphService(() => subgraph, {
      authenticate: () => Promise.resolve({ caller: anonymous, masking: "here" }),
    });
    const request = {
      method: "POST",
      url: "/graphql",
      headers: new Map(),
      body: undefined,
      signal: new AbortController().signal,
    };
    const params = { query, operationName: undefined, variables: undefined, extensions: undefined };
    const prepared = await service.prepare(params, request);
    expect(prepared.kind === "ready" && (await prepared.run())).toMatchObject({
      status: 503,
      hasData: false,
      body: { errors: [{ extensions: { code: "AUDIT_UNAVAILABLE" } }] },
    });
    isDown = false;
    await audit.flush();
    expect(records).toHaveLength(1);
  });
});
