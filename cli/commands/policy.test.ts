import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { explainPolicies } from "./policy-explain.ts";
import { reportPolicies } from "./policy-report.ts";
import { readShadowCounts, reportShadow } from "./policy-shadow.ts";
import { testPolicies } from "./policy-test.ts";

const config = join(import.meta.dirname, "../../datamesh.yaml");

let log: MockInstance<typeof console.log>;
beforeEach(() => {
  log = vi.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(() => log.mockRestore());
const printed = (): string => log.mock.calls.flat().join("\n");

describe("datamesh policy test", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "policy-test-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function run(tests: string): Promise<void> {
    const file = join(folder, "some.policy-test.yaml");
    const head = "apiVersion: datamesh.io/v1\nkind: PolicyTest\nmetadata: { name: some }\nspec:\n  tests:\n";
    await writeFile(file, head + tests);
    await testPolicies([file], { config, json: false });
  }

  it("passes for the example mesh", async () => {
    await testPolicies([], { config, json: false });
    expect(printed()).toMatch(/\d+ policy tests passed/);
  });

  it("says which field is not as expected, and why", async () => {
    const cases = `
    - { name: too much, expect: { Customer.email: allow } }
    - { name: another policy, expect: { Customer.email: { decision: mask, policy: person-names } } }
    - { name: another technique, expect: { Customer.email: mask redact } }
    - { name: not asked, query: "{ customers { nodes { name } } }", expect: { Customer.email: mask } }
    - { name: not governed, query: "{ customers { nodes { segment } } }", expect: { Customer.segment: deny } }
    - { name: not refused, query: "{ customers { nodes { name } } }", refused: true }
    - { name: no such field, expect: { Customer.mail: allow } }
    - { name: no such principal, as: nobody-knows, expect: { Customer.email: mask } }
    - { name: not granted, as: analyst, purpose: fraud-detection, expect: { Customer.email: mask } }
    - { name: no query, query: "{ customers { nope } }", refused: false }
    - { name: right, expect: { Customer.email: mask partial } }
`;
    await expect(run(cases)).rejects.toMatchObject({
      code: "POLICY_TESTS_FAILED",
      message: "10 of 11 policy tests failed",
    });
    expect(printed()).toContain("Customer.email: expected allow, but it is masked (partial) by contact-data.");
    expect(printed()).toContain("Customer.segment: expected deny, but nothing governs it");
    expect(printed()).toMatch(/no query \(.*some\.policy-test\.yaml:16\)/);
  });

  it("refuses a test that expects nothing or is misspelled, with its place", async () => {
    await expect(run("    - { name: nothing }\n")).rejects.toThrow();
    await expect(run("    - { name: odd, expect: { Customer.email: masked } }\n")).rejects.toThrow();
    await expect(run("    - { name: odd, expects: { Customer.email: mask } }\n")).rejects.toThrow();
  });
});

describe("datamesh policy explain", () => {
  const explain = (asked: string, as: string, purpose?: string): Promise<void> =>
    explainPolicies(asked, { config, as, json: true, ...(purpose === undefined ? {} : { purpose }) });
  const answer = () => JSON.parse(printed());

  it("tells for each field the decision, the policies that were considered and why", async () => {
    await explain("{ customers { nodes { email segment } } }", "analyst", "marketing-analytics");
    expect(answer()).toMatchObject({
      caller: { id: "analyst", purpose: "marketing-analytics" },
      fields: [
        {
          coordinate: "Customer.email",
          pii: ["email"],
          decision: { effect: "mask", mask: { technique: "partial" }, policy: "contact-data" },
          policies: [
            {
              policy: "contact-data",
              owner: "data-protection@superstore.example",
              standing: "holds",
              decides: true,
              why: expect.stringContaining("purpose customer-care or fraud-detection"),
            },
          ],
        },
      ],
      ungoverned: expect.arrayContaining(["Customer.segment"]),
    });
  });

  it("tells what lifted a policy", async () => {
    await explain("Customer.email", "fraud-investigator", "fraud-detection");
    expect(answer().fields).toMatchObject([
      { decision: { effect: "allow" }, policies: [{ standing: "lifted", decides: false }] },
    ]);
  });

  it("refuses what the gateway would refuse too", async () => {
    await expect(explain("Customer.email", "analyst", "fraud-detection")).rejects.toMatchObject({
      code: "PURPOSE_NOT_GRANTED",
    });
    await expect(explain("Customer.email", "stranger")).rejects.toMatchObject({
      code: "DEVELOPMENT_PRINCIPAL_UNKNOWN",
    });
    await expect(explain("Customer.nope", "analyst")).rejects.toMatchObject({ code: "QUERY_INVALID" });
    await expect(explain("{ customers { nope } }", "analyst")).rejects.toMatchObject({ code: "QUERY_INVALID" });
  });
});

describe("datamesh policy report", () => {
  it("names for each field with personal data who sees it unmasked, and draws it", async () => {
    await reportPolicies({ config, json: true });
    const { columns, fields } = JSON.parse(printed());
    const email = fields.find(({ coordinate }: { coordinate: string }) => coordinate === "Customer.email");
    expect(email).toMatchObject({
      product: "customers",
      unmasked: ["purpose customer-care or fraud-detection"],
      perhaps: [],
      principals: [
        { name: "customer-care", purpose: "customer-care" },
        { name: "fraud-investigator", purpose: "fraud-detection" },
      ],
    });
    expect(email.cells[columns.indexOf("no token")]).toEqual({
      effect: "mask",
      technique: "partial",
      policy: "contact-data",
    });
    expect(email.cells[columns.indexOf("for fraud-detection")]).toMatchObject({ effect: "allow" });
  });
});

describe("datamesh policy shadow", () => {
  it("reads what a gateway has counted", () => {
    const body = `# HELP mesh_policy_shadow_outcomes_total Fields
mesh_policy_shadow_outcomes_total{coordinate="Customer.email",policy="stricter",outcome="denied"} 3
mesh_policy_shadow_outcomes_total{coordinate="Customer.email",policy="contact",outcome="unchanged",worker="1"} 9
mesh_other_total{coordinate="Customer.email"} 1
`;
    expect(readShadowCounts(body)).toEqual([
      { coordinate: "Customer.email", policy: "contact", outcome: "unchanged", count: 9 },
      { coordinate: "Customer.email", policy: "stricter", outcome: "denied", count: 3 },
    ]);
  });

  it("says when there is no gateway", async () => {
    await expect(reportShadow({ url: "http://127.0.0.1:1", json: false })).rejects.toMatchObject({
      code: "GATEWAY_UNREACHABLE",
    });
  });
});
