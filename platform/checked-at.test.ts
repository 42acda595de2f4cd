import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { anonymous } from "#policies";
import { createTestMesh, productOf, type TestMesh } from "./product.fixture.ts";

const manifest = `
apiVersion: datamesh.io/v1
kind: DataProduct
metadata: { name: visits, domain: visits, team: team }
spec:
  inputs:
    - { name: raw, type: batch, source: visits.csv, format: csv, mode: snapshot, schema: [{ name: id, type: string, required: true }, { name: seen_on, type: date }] }
  outputs:
    - type: table
      name: visits
      schema:
        - { name: id, type: string, key: true }
        - { name: seen_on, type: date }
  quality:
    sla: { freshness: { maxAge: 2h, on: visits.seen_on } }
  governance:
    retention: { period: 1y, field: seen_on, action: delete }
`;

describe("what a product says of how fresh it is", () => {
  let test: TestMesh;
  let now = new Date();
  beforeEach(async () => {
    now = new Date("2026-01-31T12:00:00Z");
    test = await createTestMesh();
    await test.write("visits/product.yaml", manifest);
    await test.write("visits/visits.csv", "id,seen_on\n1,2025-02-01\n2,2025-06-01\n");
  });
  afterEach(() => test.dispose());

  const start = async () => {
    const products = await test.products(["visits"], { now: () => now });
    await products.start();
    return productOf(products, "visits");
  };
  const at = (time: string): void => {
    now = new Date(`2026-01-31T${time}Z`);
  };
  const asked = async ({ subgraph }: Awaited<ReturnType<typeof start>>) => {
    const answer = await subgraph?.execute({
      query: "{ visits { totalCount } }",
      caller: anonymous,
      masking: "gateway",
    });
    const { visits } = (answer?.extensions?.products ?? {}) as { visits?: { checkedAt?: string } };
    return [answer?.cacheControl, visits?.checkedAt];
  };

  it("counts from the last look at its inputs that found nothing new", async () => {
    const product = await start();
    expect(await asked(product)).toEqual(["public, max-age=7200", undefined]);
    at("13:00:00");
    expect(await asked(product)).toEqual(["public, max-age=3600", undefined]);
    await product.refresh();
    expect(await asked(product)).toEqual(["public, max-age=7200", "2026-01-31T13:00:00.000Z"]);
    expect(product.status).toMatchObject({ version: 1, publishedAt: new Date("2026-01-31T12:00:00Z") });
  });

  it("does not count a look that failed", async () => {
    const product = await start();
    await test.write("visits/visits.csv", "another,file\n");
    at("13:00:00");
    await product.refresh();
    expect(product.status.reason?.code).toBe("INPUT_INVALID");
    expect(await asked(product)).toEqual(["public, max-age=3600", undefined]);
    at("14:00:00");
    expect(await asked(product)).toEqual(["no-store", undefined]);
  });

  it("does not count rows that it only took away, not even after a restart without its source", async () => {
    const product = await start();
    await test.write("visits/visits.csv", "another,file\n");
    now = new Date("2026-02-02T12:00:00Z");
    await product.retain();
    expect(product.status).toMatchObject({ version: 2, publishedAt: now });
    expect(await asked(product)).toEqual(["no-store", undefined]);
    await product.close();
    const again = await start();
    expect(again.status).toMatchObject({ version: 2, state: "serving", reason: { code: "INPUT_INVALID" } });
    expect(await asked(again)).toEqual(["no-store", undefined]);
  });
});
