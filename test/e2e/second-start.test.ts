/** What is published is used again: a second start reads no input and answers the same. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProductEvent } from "#platform";
import { startExampleMesh } from "../mesh.ts";

let stateFolder: string;

beforeAll(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), "datamesh-state-"));
});

afterAll(() => rm(stateFolder, { recursive: true, force: true }));

interface Start {
  /** `orders published`, `orders unchanged`, sorted; for every product one. */
  readonly outcomes: readonly string[];
  readonly rowsRead: number;
  readonly answer: unknown;
}

async function start(): Promise<Start> {
  const events: ProductEvent[] = [];
  await using mesh = await startExampleMesh({ stateFolder, onEvent: (event) => events.push(event) });
  const answer = await mesh.data(`{
    ordersAggregate { count sum { sales } }
    monthlyRevenuesAggregate(groupBy: [{ column: REGION }]) { group { region } sum { sales } }
    customers(first: 3, orderBy: [{ column: LAST_ORDER_DATE }]) { nodes { customerId initials } pageInfo { endCursor } }
  }`);
  return {
    outcomes: events
      .flatMap(({ product, kind }) => (kind === "published" || kind === "unchanged" ? [`${product} ${kind}`] : []))
      .sort(),
    rowsRead: events.reduce((rows, event) => rows + (event.kind === "ingested" ? event.read : 0), 0),
    answer,
  };
}

describe("two starts on one state folder", () => {
  it("publish first and reuse then, with the same answers and cursors", async () => {
    const products = ["customers", "logistics", "orders", "payments", "products", "revenue"];
    const first = await start();
    const second = await start();
    expect(first.outcomes).toEqual(products.map((product) => `${product} published`));
    expect(second.outcomes).toEqual(products.map((product) => `${product} unchanged`));
    expect(first.rowsRead).toBeGreaterThan(4 * 9_994);
    expect(second.rowsRead).toBe(0);
    expect(second.answer).toEqual(first.answer);
  });
});
