/** The guide in subgraphs/README.md, followed word for word: copy a folder, edit it, find the new type in the graph. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repository, startExampleMesh, type TestMesh } from "../mesh.ts";
import type { Node } from "./all-nodes.ts";

let folder: string;
let guide: string;
let mesh: TestMesh;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "datamesh-guide-"));
  guide = await readFile(join(repository, "subgraphs/README.md"), "utf8");
  const returns = join(folder, "subgraphs/returns");
  const commands = block("sh").split("\n");
  expect(commands).toEqual(["cp -r subgraphs/payments subgraphs/returns", "rm subgraphs/returns/README.md"]);
  await cp(join(repository, "subgraphs/payments"), returns, { recursive: true });
  await rm(join(returns, "README.md"));
  await writeFile(join(returns, "product.yaml"), block("yaml"));
  await writeFile(join(returns, "transform.sql"), block("sql"));
  mesh = await startExampleMesh({ furtherFolders: [returns] });
});

afterAll(async () => {
  await mesh?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The guide's one code block of a language, without the indentation of the list that it stands in. */
function block(language: string): string {
  const blocks = [...guide.matchAll(new RegExp(`^( *)\`\`\`${language}\n(.*?)^ *\`\`\`$`, "gms"))];
  if (blocks.length !== 1) throw new Error(`the guide has ${blocks.length} blocks of ${language}, not one`);
  const [, indentation = "", text = ""] = blocks[0] ?? [];
  return text.replaceAll(new RegExp(`^${indentation}`, "gm"), "").trimEnd();
}

describe("a product made by the guide", () => {
  it("answers the guide's query", async () => {
    const { returns } = await mesh.data(block("graphql"));
    const { totalCount, nodes } = returns as { totalCount: number; nodes: readonly Node[] };
    const refunded = await mesh.data(`{ payments(where: { status: { eq: REFUNDED } }) { totalCount } }`);
    expect({ totalCount }).toEqual(refunded.payments);
    expect(totalCount).toBeGreaterThan(100);
    expect(nodes).toHaveLength(3);
    for (const node of nodes) {
      expect(node.returnId).toMatch(/^RET-/);
      expect(node.order).toEqual({
        orderDate: expect.stringMatching(/^201[4-7]-/) as string,
        customer: { segment: expect.stringMatching(/^(CONSUMER|CORPORATE|HOME_OFFICE)$/) as string },
      });
    }
  });

  it("is documented in the graph, with relations in both directions", async () => {
    const { __type } = await mesh.data(`{ __type(name: "Return") { description fields { name description } } }`);
    const { description, fields } = __type as { description: string; fields: readonly Node[] };
    expect(description).toBe("One row per order that came back.");
    expect(fields.map(({ name }) => name)).toEqual(["returnId", "orderId", "amount", "returnedAt", "order"]);
    expect(fields.every((field) => typeof field.description === "string")).toBe(true);

    const data = await mesh.data(`{ returns(first: 1) { nodes { orderId } } }`);
    const [first] = (data.returns as { nodes: readonly Node[] }).nodes;
    const { order } = await mesh.data(
      `query Back($orderId: String!) { order(orderId: $orderId) { returns { nodes { orderId } } } }`,
      { variables: { orderId: first?.orderId } },
    );
    expect(order).toEqual({ returns: { nodes: [{ orderId: first?.orderId }] } });
  });
});
