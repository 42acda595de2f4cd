import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AuditLog, type AuditLogOptions, type Caller, createAuditLog } from "#policies";
import { meshDirectiveDefinitions, meshSchemaExtension } from "#schema";
import { ask } from "./fixtures/ask.fixture.ts";
import { policyOf } from "./fixtures/policy.fixture.ts";
import { subgraphOf } from "./fixtures/shop.fixture.ts";
import { createGateway, type Gateway, type GatewayConfig } from "./gateway.ts";
import { createGovern } from "./governance/index.ts";

const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
  ${meshSchemaExtension()}
  ${meshDirectiveDefinitions}
  type Query { customers: [Customer!]!, me: Customer! }
  type Customer @key(fields: "id") @dataProduct(name: "customers", domain: "crm", version: "1.4.0") {
    id: ID!
    email: String @pii(category: "email")
    name: String! @pii(category: "name")
    secret: String! @pii(category: "health")
    region: String
  }
`;
const customer = { id: "c1", email: "ada.king@example.org", name: "Ada King", secret: "flu", region: "west" };
const resolvers = { Query: { customers: () => [customer], me: () => customer } };

const policies = [
  policyOf(
    "contact",
    "{ selector: { pii: email }, unless: { purpose: care }, effect: { type: mask, technique: partial } }",
  ),
  policyOf("names", "{ selector: { pii: name }, unless: { purpose: care }, effect: { type: nullify } }"),
  policyOf("secrets", "{ selector: { pii: health }, effect: { type: deny, reason: it is secret } }"),
];

function authenticate(headers: ReadonlyMap<string, string>): Promise<Caller> {
  return Promise.resolve({
    principal: { id: "ada", kind: "user", roles: ["secret-role"], purposes: [], attributes: { team: "x" } },
    purpose: headers.get("purpose"),
  });
}

const source: GatewayConfig["source"] = {
  kind: "subgraphs",
  subgraphs: [{ kind: "in-process", name: "customers", sdl, subgraph: subgraphOf("customers", sdl, resolvers) }],
};

describe("what the gateway records", () => {
  let gateway: Gateway;
  let audit: AuditLog;
  let records: Readonly<Record<string, unknown>>[];
  let sinkWorks: boolean;
  const options = (): AuditLogOptions => ({
    sink: {
      async append(entries) {
        if (!sinkWorks) throw new Error("the sink is down");
        for (const entry of entries) if (entry.kind === "access") records.push(JSON.parse(JSON.stringify(entry.body)));
      },
      close: () => Promise.resolve(),
    },
    maxQueued: 2,
    whenFull: "fail",
    checkpoint: { records: 1_000, everyMs: 1_000_000 },
    retry: { firstMs: 1, lastMs: 1 },
    onFailure: () => undefined,
  });
  beforeEach(async () => {
    records = [];
    sinkWorks = true;
    audit = createAuditLog(options());
    gateway = await createGateway({
      source,
      authenticate,
      govern: createGovern({ policies }),
      audit,
    });
  });
  afterEach(async () => {
    sinkWorks = true;
    await gateway.close();
    await audit.close();
  });

  it("is who read which personal data why and under which decision", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    await ask(gateway.service, "query List { customers { id email name secret region } }", {
      headers: { traceparent },
    });
    await audit.flush();
    expect(records).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        place: "gateway",
        principal: { id: "ada", kind: "user" },
        purpose: null,
        operation: { name: "List", hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
        outcome: expect.any(String),
        products: [{ name: "customers", version: "1.4.0" }],
        coordinates: [
          {
            coordinate: "Customer.email",
            product: "customers",
            decision: "mask",
            technique: "partial",
            policy: "contact",
          },
          {
            coordinate: "Customer.name",
            product: "customers",
            decision: "mask",
            technique: "redact",
            policy: "names",
          },
          { coordinate: "Customer.secret", product: "customers", decision: "deny", policy: "secrets" },
        ],
        rows: expect.anything(),
        policySet: expect.stringMatching(/^[0-9a-f]{16}$/),
        obligations: [],
        traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
        generation: 1,
      },
    ]);
  });

  it("is what was allowed as well, and nothing of operations without personal data", async () => {
    await ask(gateway.service, "{ customers { id region } }");
    await ask(gateway.service, "{ customers { email } }", { headers: { purpose: "care" } });
    await audit.flush();
    expect(records).toMatchObject([
      { purpose: "care", outcome: "answered", coordinates: [{ coordinate: "Customer.email", decision: "allow" }] },
    ]);
  });

  it("is an attempt that was refused", async () => {
    const { status } = await ask(gateway.service, "{ me { secret } }");
    await audit.flush();
    expect(status).toBe(403);
    expect(records).toMatchObject([{ outcome: "refused", coordinates: [{ decision: "deny", policy: "secrets" }] }]);
  });

  it("is one record for each of several who asked the same at once", async () => {
    const query = "{ customers { email } }";
    await Promise.all([ask(gateway.service, query), ask(gateway.service, query)]);
    await audit.flush();
    expect(records).toHaveLength(2);
  });

  it("holds no value, role, attribute or text of the query", async () => {
    await ask(gateway.service, `{ customers { email mine: name } } # ada@canary.example`);
    await audit.flush();
    const text = JSON.stringify(records);
    for (const word of ["king", "King", "flu", "secret-role", "team", "canary", "mine"])
      expect(text).not.toContain(word);
  });

  it("is waited for where the queue says so, as long as the client waits", async () => {
    sinkWorks = false;
    const waiting = createAuditLog({ ...options(), whenFull: "wait" });
    const other = await createGateway({ source, authenticate, govern: createGovern({ policies }), audit: waiting });
    const query = "{ customers { email } }";
    await ask(other.service, query);
    await ask(other.service, query);
    const leaving = new AbortController();
    const left = ask(other.service, query, { signal: leaving.signal });
    const stays = ask(other.service, query);
    leaving.abort();
    expect(await left).toMatchObject({ data: undefined, errors: [{ extensions: { code: "REQUEST_ABORTED" } }] });
    sinkWorks = true;
    expect(await stays).toMatchObject({ data: { customers: [{}] }, errors: [] });
    await other.close();
    await waiting.close();
    expect(records).toHaveLength(3);
  });

  it("comes before the data: while nothing can be recorded, personal data are refused and others answered", async () => {
    sinkWorks = false;
    const query = "{ customers { email } }";
    await ask(gateway.service, query);
    await ask(gateway.service, query);
    expect(await ask(gateway.service, query)).toMatchObject({
      status: 503,
      data: undefined,
      errors: [{ extensions: { code: "AUDIT_UNAVAILABLE" } }],
    });
    expect(await ask(gateway.service, "{ me { secret } }")).toMatchObject({ status: 503 });
    expect(await ask(gateway.service, "{ customers { region } }")).toMatchObject({
      data: { customers: [{ region: "west" }] },
    });
    const { body } = await gateway.metrics();
    expect(body).toContain("mesh_audit_queued_records 2");
    expect(body).toContain('mesh_audit_queue_full_total{outcome="refused"} 2');
    expect(body).toContain("mesh_audit_sink_failing 1");
    sinkWorks = true;
    await audit.flush();
    expect(records).toHaveLength(2);
    expect(await ask(gateway.service, query)).toMatchObject({ data: { customers: [{}] } });
    await audit.flush();
    expect((await gateway.metrics()).body).toMatch(/mesh_audit_records_total 3[\s\S]*mesh_audit_sink_failing 0/);
  });
});
