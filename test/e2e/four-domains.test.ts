/** One query over four domains: the right rows, and not more requests and statements for more rows. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startExampleMesh, type TestMesh } from "../mesh.ts";
import { openSuperstore, type Superstore } from "../superstore.ts";
import { fourDomainQuery, fourDomainsBySql, fourDomainsFlat } from "./four-domains.ts";

let mesh: TestMesh;
let source: Superstore;

beforeAll(async () => {
  [mesh, source] = await Promise.all([startExampleMesh({ keepsNothing: true }), openSuperstore()]);
});

afterAll(async () => {
  await mesh?.[Symbol.asyncDispose]();
  await source?.[Symbol.asyncDispose]();
});

describe("a query over orders, customers, products and logistics", () => {
  it("equals a plain SQL join over the source file, row by row", async () => {
    const data = await mesh.data(fourDomainQuery, { variables: { first: 100 } });
    const flat = fourDomainsFlat(data);
    expect(flat).toEqual(await fourDomainsBySql(source, 100));
    expect(flat.length).toBeGreaterThan(100);
  });

  it("needs as many subgraph requests and SQL statements for 100 orders as for 10, with nothing kept", async () => {
    const ten = await mesh.work(() => mesh.data(fourDomainQuery, { variables: { first: 10 } }));
    const hundred = await mesh.work(() => mesh.data(fourDomainQuery, { variables: { first: 100 } }));
    expect(hundred).toEqual(ten);
    // orders, then customers, products and logistics by the keys that orders gave; logistics is asked once.
    expect(hundred.requests).toEqual({ orders: 1, customers: 1, products: 1, logistics: 1 });
    // In orders one statement for the orders and one for all their lines.
    expect(hundred.statements).toEqual({ orders: 2, customers: 1, products: 1, logistics: 1 });
  });
});
