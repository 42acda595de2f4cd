/** Who sees which form of personal data: the same query, four callers. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startExampleMesh, type TestMesh } from "../mesh.ts";

let mesh: TestMesh;

beforeAll(async () => {
  mesh = await startExampleMesh();
});

afterAll(async () => {
  await mesh?.[Symbol.asyncDispose]();
});

const query = `{ customer(customerId: "CG-12520") { customerId initials segment email } }`;
const clear = "claire.gute.12520@example.com";

describe("a customer's e-mail address", () => {
  it("is clear for customer care that declares its purpose", async () => {
    const { customer } = await mesh.data(query, { as: "customer-care", purpose: "customer-care" });
    expect(customer).toEqual({ customerId: "CG-12520", initials: "CG", segment: "CONSUMER", email: clear });
  });

  it.each([
    ["nobody in particular", {}],
    ["an analyst", { as: "analyst" }],
    ["an analyst who declares another purpose", { as: "analyst", purpose: "marketing-analytics" }],
    ["customer care without a declared purpose", { as: "customer-care" }],
  ] as const)("is masked for %s, and everything else is the same", async (_who, options) => {
    const { customer } = await mesh.data(query, options);
    const { email, ...others } = customer as Record<string, unknown>;
    expect(others).toEqual({ customerId: "CG-12520", initials: "CG", segment: "CONSUMER" });
    expect(email).not.toBe(clear);
    expect(String(email)).not.toMatch(/claire|gute|12520/);
  });

  it("is refused together with the whole request when the purpose was never granted", async () => {
    const answer = await mesh.ask(query, { as: "analyst", purpose: "customer-care" });
    expect(answer.status).toBe(403);
    expect(answer.body.errors?.map(({ extensions }) => extensions?.code)).toEqual(["PURPOSE_NOT_GRANTED"]);
    expect(answer.body.data).toBeUndefined();
  });

  it("is an operand for those alone who may see it", async () => {
    for (const attempt of [
      `{ customers(where: { email: { startsWith: "claire" } }) { totalCount } }`,
      "{ customers(orderBy: [{ column: EMAIL }]) { totalCount } }",
      "{ customersAggregate(groupBy: [{ column: EMAIL }]) { count } }",
    ]) {
      const seeing = await mesh.ask(attempt, { as: "customer-care", purpose: "customer-care" });
      expect(seeing.body.errors).toBeUndefined();
      const answer = await mesh.ask(attempt, { as: "customer-care" });
      expect(answer.body.errors?.[0]?.extensions?.code).toBe("OPERAND_FORBIDDEN");
    }
  });

  it("is masked in what comes later, too", async () => {
    const response = await fetch(`${mesh.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "multipart/mixed;deferSpec=20220824, application/json" },
      body: JSON.stringify({
        query: `{ order(orderId: "CA-2016-152156") { orderId ... @defer { customer { initials email } } } }`,
      }),
    });
    const [, first = "", later = ""] = (await response.text()).split("\r\n---");
    expect(first).toContain('{"data":{"order":{"orderId":"CA-2016-152156"}}');
    expect(first).toContain('"masked":[{"coordinate":"Customer.email"');
    expect(later).toMatch(/"data":{"customer":{"initials":"CG","email":"[^"]*\*/);
    expect(later).not.toMatch(/claire|gute/);
  });

  it("is masked through every way that leads to the customer", async () => {
    const answer = await mesh.ask(`{
      order(orderId: "CA-2016-152156") {
        customer { mail: email }
        payments { nodes { customer { email } } }
        shipments { nodes { customer { ...Contact } } }
      }
      customers(where: { customerId: { eq: "CG-12520" } }) { edges { node { email name phone } } }
    }
    fragment Contact on Customer { email phone name }`);
    expect(answer.body.errors).toBeUndefined();
    expect(JSON.stringify(answer.body)).not.toMatch(/claire|gute|5550120/i);
  });
});
