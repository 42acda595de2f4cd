/** One team's mistake is that team's: the other products serve, and health says who failed and why. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startExampleMesh, type TestMesh } from "../mesh.ts";

let folder: string;
let mesh: TestMesh;

/** A product that reads payments, and would be served as `type` if it could start. */
function manifest(name: string, column: string, extra = ""): string {
  return `
apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: ${name}, domain: ${name}, team: risk, owner: risk@superstore.example, version: 1.0.0, description: For a test. }
spec:
  inputs:
    - { name: payments, type: product, source: payments.payments@^1/payments, mode: snapshot, purpose: reporting }
  transformation: { type: sql, code: file://transform.sql }
  outputs:
    - type: table
      name: ${name.replaceAll("-", "_")}
      schema:
        - { name: order_id, type: string, key: true, ${column} }
${extra}`;
}

const products = {
  "wrong-sql": [manifest("wrong-sql", "description: Order."), "select order_idd as order_id from payments"],
  "unknown-key": [manifest("unknown-key", "descripton: Order."), "select order_id from payments"],
  "no-such-input": [
    manifest("no-such-input", "description: Order.").replace(
      "payments.payments@^1/payments",
      "payments.paymnets@^1/payments",
    ),
    "select order_id from payments",
  ],
  // Not a mistake of its own: the product that it reads is one.
  "reads-wrong-sql": [
    manifest("reads-wrong-sql", "description: Order.").replace(
      "payments.payments@^1/payments",
      "wrong-sql.wrong-sql@^1/wrong_sql",
    ),
    "select order_id from payments",
  ],
} as const;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "datamesh-failing-"));
  for (const [name, [yaml, sql]] of Object.entries(products)) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "product.yaml"), yaml);
    await writeFile(join(folder, name, "transform.sql"), sql);
  }
  mesh = await startExampleMesh({
    furtherFolders: Object.keys(products).map((name) => join(folder, name)),
    allowsFailures: true,
  });
});

afterAll(async () => {
  await mesh?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe("a mesh with products that cannot start", () => {
  it("serves all the others", async () => {
    const { orders, monthlyRevenues } = await mesh.data(
      "{ orders(first: 1) { totalCount } monthlyRevenues(first: 1) { totalCount } }",
    );
    expect([orders, monthlyRevenues]).toEqual([{ totalCount: 5_009 }, { totalCount: 573 }]);
  });

  it.each([
    ["wrong-sql", /order_idd/],
    ["unknown-key", /descripton.*description/s],
    ["no-such-input", /paymnets/],
    ["reads-wrong-sql", /wrong-sql/],
  ])("names %s and the reason in health, and stays ready", async (product, reason) => {
    const response = await fetch(`${mesh.url}/health/ready`);
    const health = (await response.json()) as { status: string; reasons: readonly string[] };
    expect([response.status, health.status]).toEqual([200, "UP"]);
    const about = health.reasons.filter((line) => line.includes(product));
    expect(about.length, JSON.stringify(health)).toBeGreaterThan(0);
    expect(about.join("\n")).toMatch(reason);
  });

  it("answers what a failed product would have given with an error or a refusal, and never with data", async () => {
    const { body } = await mesh.ask("{ orders(first: 1) { totalCount } wrongSqls(first: 1) { totalCount } }");
    expect(body.errors?.length).toBeGreaterThan(0);
    expect(body.data?.wrongSqls ?? null).toBeNull();
  });
});
