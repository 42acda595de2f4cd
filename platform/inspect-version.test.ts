import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readPolicies, type Validator } from "#policies";
import { createTestMesh, productOf, rowsOf, type TestMesh } from "./product.fixture.ts";

let mesh: TestMesh;
beforeEach(async () => {
  mesh = await createTestMesh();
});
afterEach(() => mesh.dispose());

function validators(
  level: "warn" | "block",
  check = "{ type: undeclared-personal-data, minValues: 2 }",
): readonly Validator[] {
  return readPolicies(
    `apiVersion: datamesh.io/v1\nkind: Validator\nmetadata: { name: undeclared, owner: o }\nspec: { level: ${level}, check: ${check} }`,
    "v.yaml",
  ).validators;
}

const manifest = (governance = ""): string => `
apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: notes, domain: sales, team: sales, version: 1.0.0 }
spec:
  inputs: [{ name: lines, type: batch, source: data.csv, mode: snapshot }]
  transformation: { type: none }
  outputs:
    - type: table
      name: notes
      schema:
        - { name: id, type: integer, key: true }
        - { name: note, type: string }
${governance}`;
const harmless = "id,note\n1,call back\n2,sent\n3,paid\n";
const personal = "id,note\n1,ada@example.org\n2,bob@example.org\n3,paid\n";

async function start(given: readonly Validator[]) {
  const products = await mesh.products(["notes"], { validators: given });
  await products.start();
  return productOf(products, "notes");
}

describe("a version that holds personal data which nobody declared", () => {
  it("is not published when a validator blocks it, and the version before goes on serving", async () => {
    await mesh.write("notes/product.yaml", manifest());
    await mesh.write("notes/data.csv", harmless);
    const product = await start(validators("block"));
    expect(product.status).toMatchObject({ state: "serving", version: 1, reason: undefined });

    await mesh.write("notes/data.csv", personal);
    const status = await product.refresh();
    expect(status).toMatchObject({ state: "serving", version: 1, reason: { code: "GOVERNANCE_VIOLATION" } });
    expect(status.reason?.message).toContain("`notes.note` looks like e-mail addresses: 67 % of 3 sampled values");
    expect(JSON.stringify([status, mesh.events])).not.toContain("ada@");
    expect(mesh.events).toContainEqual(expect.objectContaining({ kind: "notice", product: "notes" }));
    expect((await rowsOf(product, "notes")).map(({ note }) => note)).toEqual(["call back", "sent", "paid"]);

    await mesh.write("notes/data.csv", harmless.replace("paid", "open"));
    expect(await product.refresh()).toMatchObject({ version: 2, reason: undefined });
    expect(mesh.faults).toEqual([]);
  });

  it("keeps a product that never published from serving", async () => {
    await mesh.write("notes/product.yaml", manifest());
    await mesh.write("notes/data.csv", personal);
    expect((await start(validators("block"))).status).toMatchObject({
      state: "failed",
      version: undefined,
      reason: { code: "GOVERNANCE_VIOLATION" },
    });
  });

  it("is published with a notice when the validator only warns", async () => {
    await mesh.write("notes/product.yaml", manifest());
    await mesh.write("notes/data.csv", personal);
    expect((await start(validators("warn"))).status).toMatchObject({ state: "serving", version: 1 });
    expect(mesh.events).toContainEqual({
      product: "notes",
      kind: "notice",
      message: expect.stringContaining("undeclared: `notes.note` looks like e-mail addresses"),
    });
  });

  it("is published when the manifest says why it is none", async () => {
    const said = "  governance: { notPersonal: [{ field: note, reason: addresses of our own machines }] }\n";
    await mesh.write("notes/product.yaml", manifest(said));
    await mesh.write("notes/data.csv", personal);
    expect((await start(validators("block"))).status).toMatchObject({ state: "serving", version: 1 });
    expect(mesh.events.filter(({ kind }) => kind === "notice")).toEqual([]);
  });
});

it("a manifest that a validator blocks publishes nothing", async () => {
  await mesh.write("notes/product.yaml", manifest());
  await mesh.write("notes/data.csv", harmless);
  const product = await start(validators("block", "{ type: owner }"));
  expect(product.status).toMatchObject({ state: "failed", reason: { code: "GOVERNANCE_VIOLATION" } });
  expect(product.status.reason?.message).toContain("Nobody answers for the product");
});
