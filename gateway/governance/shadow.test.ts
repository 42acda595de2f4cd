import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Caller } from "#policies";
import { meshDirectiveDefinitions, meshSchemaExtension } from "#schema";
import { ask } from "../fixtures/ask.fixture.ts";
import { policyOf } from "../fixtures/policy.fixture.ts";
import { subgraphOf } from "../fixtures/shop.fixture.ts";
import { createGateway, type Gateway } from "../gateway.ts";
import { createGovern } from "./create-govern.ts";

const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
  ${meshSchemaExtension()}
  ${meshDirectiveDefinitions}
  type Query { customers: [Customer!]! }
  type Customer @key(fields: "id") @dataProduct(name: "customers", domain: "crm", version: "1.0.0") {
    id: ID!
    email: String @pii(category: "email")
    region: String
  }
`;
const customer = { id: "c1", email: "ada.king@example.org", region: "west" };

const policies = [
  policyOf(
    "contact",
    "{ selector: { pii: email }, unless: { purpose: care }, obligations: [watermark], effect: { type: mask, technique: partial } }",
  ),
  policyOf(
    "stricter",
    "{ selector: { pii: email }, unless: { roles: boss }, mode: shadow, effect: { type: deny, reason: later } }",
  ),
  policyOf(
    "care",
    "{ selector: { pii: email }, when: { purpose: care }, obligations: [notify], effect: { type: allow } }",
  ),
];

function authenticate(headers: ReadonlyMap<string, string>): Promise<Caller> {
  const roles = headers.get("role");
  return Promise.resolve({
    principal: { id: "x", kind: "user", roles: roles === undefined ? [] : [roles], purposes: [], attributes: {} },
    purpose: headers.get("purpose"),
  });
}

describe("policies in shadow mode", () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await createGateway({
      source: {
        kind: "subgraphs",
        subgraphs: [
          {
            kind: "in-process",
            name: "customers",
            sdl,
            subgraph: subgraphOf("customers", sdl, { Query: { customers: () => [customer] } }),
          },
        ],
      },
      authenticate,
      govern: createGovern({ policies }),
    });
  });
  afterAll(() => gateway.close());

  it("change no answer and count what they would change", async () => {
    const query = "{ customers { email } }";
    for (let time = 0; time < 2; time += 1) {
      expect(await ask(gateway.service, query)).toMatchObject({
        data: { customers: [{ email: "a***@e***.org" }] },
        errors: [],
      });
    }
    await ask(gateway.service, query, { headers: { role: "boss" } });
    await ask(gateway.service, "{ customers { region } }");
    const { body } = await gateway.metrics();
    const lines = body.split("\n").filter((line) => line.startsWith("mesh_policy_shadow_outcomes_total"));
    expect(lines).toEqual([
      'mesh_policy_shadow_outcomes_total{coordinate="Customer.email",policy="stricter",outcome="denied"} 2',
      'mesh_policy_shadow_outcomes_total{coordinate="Customer.email",policy="contact",outcome="unchanged"} 1',
    ]);
  });

  it("oblige nobody; those that hold tell what they oblige to, whoever asked the same before", async () => {
    const query = "{ customers { email region } }";
    const obligations = async (headers: Record<string, string>): Promise<unknown> =>
      (await ask(gateway.service, query, { headers })).extensions.obligations;
    expect(await obligations({})).toEqual([{ obligation: "watermark", policy: "contact" }]);
    expect(await obligations({ purpose: "care" })).toEqual([{ obligation: "notify", policy: "care" }]);
    expect(await obligations({})).toEqual([{ obligation: "watermark", policy: "contact" }]);
  });
});
