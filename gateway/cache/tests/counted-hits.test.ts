/** Whoever is answered from what is kept is recorded and counted as everybody else. */
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type AuditLog, createAuditLog } from "#policies";
import { type CachedGateway, openCachedGateway, type Subgraph, user } from "../../fixtures/cached-gateway.fixture.ts";
import { clinic } from "../../fixtures/clinic.fixture.ts";
import { policyOf } from "../../fixtures/policy.fixture.ts";
import { createGovern } from "../../governance/index.ts";

const records: Readonly<Record<string, unknown>>[] = [];
const audit: AuditLog = createAuditLog({
  sink: {
    async append(entries) {
      for (const entry of entries) if (entry.kind === "access") records.push(JSON.parse(JSON.stringify(entry.body)));
    },
    close: () => Promise.resolve(),
  },
  maxQueued: 100,
  whenFull: "fail",
  checkpoint: { records: 1_000, everyMs: 1_000_000 },
  retry: { firstMs: 1, lastMs: 1 },
  onFailure: () => undefined,
});
const govern = createGovern({
  policies: [
    policyOf(
      "emails",
      "{ selector: { pii: email }, unless: { purpose: care }, effect: { type: mask, technique: partial } }",
    ),
    policyOf(
      "told",
      "{ selector: { pii: name }, when: { purpose: care }, effect: { type: allow }, obligations: [watermark] }",
    ),
    policyOf("tried", "{ selector: { pii: email }, mode: shadow, effect: { type: nullify } }"),
  ],
});
const data = clinic(() => false);
const subgraphs = data.subgraphs.map(
  (subgraph): Subgraph => ({
    ...subgraph,
    sdl: subgraph.sdl.replace(
      "patients(first: Int): [Patient!]!",
      '$& oldPatients: [Patient!]! @deprecated(reason: "Use patients")',
    ),
    execute: (call) =>
      subgraph.execute({ ...call, query: call.query.replaceAll("oldPatients", "oldPatients:patients") }),
  }),
);
const shop: CachedGateway = await openCachedGateway({ subgraphs, says: "max-age=60", govern, audit });
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  await audit.close();
});
beforeEach(async () => {
  await shop.reset();
  records.length = 0;
});

describe("an answer that was kept", () => {
  it("is recorded for each who reads it, with how many rows it has", async () => {
    const query = "query Mails($first: Int) { patients(first: $first) { id email name } }";
    const readers = ["ada", "bob", "ada"];
    for (const [index, id] of readers.entries()) {
      const asked = await shop.asked(() => shop.ask(query, { as: user(id), variables: { first: 3 } }));
      expect(asked).toEqual(index === 0 ? ["patients"] : []);
    }
    await shop.ask(query, { as: user("eve"), variables: { first: 1 } });
    await audit.flush();
    expect(records.map(({ principal }) => (principal as { id: string }).id)).toEqual([...readers, "eve"]);
    for (const record of records) expect(record).toMatchObject({ outcome: "answered" });
    const rows = records.map((record) => record.rows);
    const three = { "Patient.email": 3, "Patient.name": 3 };
    expect(rows).toEqual([three, three, three, { "Patient.email": 1, "Patient.name": 1 }]);
  });

  it("tells each caller what was masked and what that obliges to, and counts what policies would do", async () => {
    const query = "{ patients { email name } }";
    const shadowed = (): Promise<number> => shop.metric("mesh_policy_shadow_outcomes_total");
    const before = await shadowed();
    for (let time = 0; time < 3; time++) {
      const plain = await shop.ask(query, { as: user("ada") });
      expect(plain.extensions.masked).toContainEqual(
        expect.objectContaining({ coordinate: "Patient.email", policy: "emails" }),
      );
      expect(plain.extensions).not.toHaveProperty("obligations");
      const care = await shop.ask(query, { as: user("ada", {}, "care") });
      expect(JSON.stringify(care.extensions.masked ?? [])).not.toContain("Patient.email");
      expect(JSON.stringify(care.extensions.obligations)).toContain("watermark");
    }
    expect(shop.fetched).toHaveLength(1);
    expect(await shadowed()).toBe(before + 6);
  });

  it("is counted as a request, and so is what it uses that goes away", async () => {
    const query = "{ oldPatients { id } }";
    const counts = async () => [
      await shop.metric("mesh_gateway_requests_total", { type: "query", outcome: "ok" }),
      await shop.metric("mesh_usage_deprecated_requests_total", { coordinate: "Query.oldPatients" }),
    ];
    const [requests = 0, uses = 0] = await counts();
    const first = await shop.ask(query);
    expect(first.errors).toEqual([]);
    expect(JSON.stringify(first.extensions.deprecations)).toContain("Query.oldPatients");
    for (let time = 0; time < 3; time++) {
      const again = await shop.ask(query);
      expect(again.extensions).toEqual(first.extensions);
      expect(again.headers).toEqual(first.headers);
    }
    expect(shop.fetched).toHaveLength(1);
    expect(await counts()).toEqual([requests + 4, uses + 4]);
  });
});
