/** Policies at the gateway, from the directive in a product's SDL to the masked answer. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { anonymous, type Caller, createMaskSetup, openKeyRing, readPolicy, rotateKeys } from "#policies";
import { meshDirectiveDefinitions, meshSchemaExtension } from "#schema";
import { ask } from "./fixtures/ask.fixture.ts";
import { customersSdl, inProcess, link, shopSubgraphs, subgraphOf } from "./fixtures/shop.fixture.ts";
import { createGateway, type Gateway, type GatewayConfig } from "./gateway.ts";
import { createGovern } from "./governance/index.ts";
import type { Govern } from "./governance-port.ts";
import type { InProcessSubgraph } from "./transport/in-process.ts";

const policyText = (name: string, pii: string, effect: string): string => `
apiVersion: datamesh.io/v1
kind: Policy
metadata: { name: ${name}, owner: dpo@example.org, description: test }
spec:
  selector: { pii: ${pii} }
  unless: { purpose: [support] }
  effect: ${effect}
`;

function governWith(...texts: string[]): Govern {
  const policies = texts.map((text) => {
    const { value, findings } = readPolicy(text, "policy.yaml");
    if (value === undefined) throw new Error(JSON.stringify(findings));
    return value;
  });
  return createGovern({ policies });
}

const masksEmail = policyText("mask-email", "email", "{ type: mask, technique: redact }");
const deniesNames = policyText("deny-names", "name", "{ type: deny, reason: not for you }");

const governedSdl = customersSdl
  .replace(link, link.replace('"@requires"', '"@requires", "@composeDirective"'))
  .replace("name: String!", 'name: String @pii(category: "name")')
  .replace("email: String", 'email: String @pii(category: "email")')
  .replace("type Query", `${meshSchemaExtension(["pii"])}\n${meshDirectiveDefinitions}\ntype Query`);
const rows = [
  { id: "c1", name: "Ada", email: "ada@example.org" },
  { id: "c2", name: "Bob", email: null },
];

async function withGateway<T>(
  govern: Govern,
  use: (gateway: Gateway, asked: string[]) => Promise<T>,
  authenticate: NonNullable<GatewayConfig["authenticate"]> = () => Promise.resolve(anonymous),
  options: Pick<GatewayConfig, "masks" | "executor"> = {},
): Promise<T> {
  const { orders, products } = shopSubgraphs();
  const subgraph = subgraphOf("customers", governedSdl, {
    Query: { customers: () => rows, me: () => rows[0] },
    Customer: { __resolveReference: ({ id }: { id: string }) => rows.find((row) => row.id === id) },
  });
  const asked: string[] = [];
  const customers: InProcessSubgraph = {
    name: "customers",
    execute: (call) => {
      asked.push(call.query);
      return subgraph.execute(call);
    },
  };
  const source = {
    kind: "subgraphs" as const,
    subgraphs: [inProcess(orders), inProcess(products), inProcess({ ...customers, sdl: governedSdl })],
  };
  const gateway = await createGateway({ source, govern, authenticate, ...options });
  try {
    return await use(gateway, asked);
  } finally {
    await gateway.close();
  }
}

const query = "{ orders(first: 2) { customer { id e: email } } me { email } }";

describe("a governed gateway", () => {
  it("masks personal data wherever the operation meets them, after all joins", () =>
    withGateway(governWith(masksEmail), async ({ service }) => {
      const { data, errors, extensions } = await ask(service, query);
      expect(errors).toEqual([]);
      expect(JSON.stringify(data)).not.toContain("ada@example.org");
      expect(data).toMatchObject({
        orders: [{ customer: { id: "c1", e: expect.any(String) } }, { customer: { id: "c2", e: null } }],
      });
      expect(JSON.stringify(extensions)).toContain("Customer.email");
    }));

  it("shows the raw value to who has the purpose, from the same generation", () => {
    const support: Caller = { principal: { ...anonymous.principal, id: "u1", kind: "user" }, purpose: "support" };
    return withGateway(
      governWith(masksEmail, deniesNames),
      async ({ service }) => {
        expect((await ask(service, "{ me { name email } }")).data).toEqual({
          me: { name: "Ada", email: "ada@example.org" },
        });
      },
      () => Promise.resolve(support),
    );
  });

  it("takes the purpose that the operation declares, and no other", async () => {
    const granted: Caller["principal"] = { ...anonymous.principal, purposes: ["support"] };
    const authenticate = async (_headers?: unknown, purpose?: string): Promise<Caller> => {
      if (purpose === "ignored") return anonymous;
      return purpose === undefined ? anonymous : { principal: granted, purpose };
    };
    await withGateway(
      governWith(masksEmail),
      async (gateway, asked) => {
        const clear = await ask(gateway.service, `query Q @purpose(name: "support") { me { email } }`);
        expect(clear).toMatchObject({ errors: [], data: { me: { email: "ada@example.org" } } });
        expect((await ask(gateway.service, "query Q { me { email } }")).data).not.toEqual(clear.data);
        expect(asked.join()).not.toContain("purpose");
        // Who does not look at what is declared grants nothing.
        expect(await ask(gateway.service, `query Q @purpose(name: "ignored") { me { email } }`)).toMatchObject({
          status: 403,
          errors: [{ extensions: { code: "PURPOSE_NOT_GRANTED" } }],
        });
        const variable = await ask(gateway.service, "query Q($p: String!) @purpose(name: $p) { me { email } }", {
          variables: { p: "support" },
        });
        expect(variable.errors).toMatchObject([{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }]);
      },
      authenticate,
    );
  });

  it("never asks a product for what is denied, and says so at its place", () =>
    withGateway(governWith(deniesNames), async ({ service }, asked) => {
      const { data, errors } = await ask(service, "{ me { id nickname: name city } }");
      expect(data).toEqual({ me: { id: "c1", nickname: null, city: null } });
      expect(errors).toMatchObject([{ path: ["me", "nickname"], extensions: { code: expect.any(String) } }]);
      expect(asked.join()).not.toContain("name:");
      expect(asked.join()).not.toMatch(/\bname\b/);
    }));

  it.each(["compiled", "reference"] as const)(
    "hashes with the newest key, also what it answered before (%s)",
    async (executor) => {
      const file = join(await mkdtemp(join(tmpdir(), "keys-")), "keys.json");
      const keys = openKeyRing({ file, onProblem: expect.fail });
      const hashes = policyText("hash-email", "email", "{ type: mask, technique: hash }");
      await withGateway(
        governWith(hashes),
        async ({ service }) => {
          const emails = async (): Promise<readonly unknown[]> => {
            const { data, errors } = await ask(service, query);
            expect(errors).toEqual([]);
            const { orders, me } = data as { orders: { customer: { e: unknown } }[]; me: { email: unknown } };
            return [orders[0]?.customer.e, me.email, orders[1]?.customer.e];
          };
          expect(await emails()).toEqual(["***@***.invalid", "***@***.invalid", null]);
          await rotateKeys(file, new Date(0));
          keys.reread();
          const first = await emails();
          expect(first).toEqual([expect.stringMatching(/^[0-9a-f]{32}@hash\.invalid$/), first[0], null]);
          for (let run = 0; run < 3; run++) expect(await emails()).toEqual(first);
          await rotateKeys(file, new Date(1));
          keys.reread();
          const second = await emails();
          expect(second[0]).toMatch(/^[0-9a-f]{32}@hash\.invalid$/);
          expect(second[0]).not.toBe(first[0]);
        },
        undefined,
        { masks: createMaskSetup({ keys }), executor },
      );
      keys.close();
    },
  );

  it("takes new policies by a reload, over an unchanged supergraph", () =>
    withGateway(governWith(masksEmail), async ({ service, reload }) => {
      expect(await reload({ govern: governWith() })).toMatchObject({ kind: "swapped", generation: 2 });
      const { data } = await ask(service, "{ me { email } }");
      expect(data?.me).not.toEqual({ email: null });
      expect(await reload()).toMatchObject({ kind: "unchanged" });
    }));

  it("keeps the old rules when the new ones cannot be built", () =>
    withGateway(governWith(masksEmail), async ({ service, reload }) => {
      const broken: Govern = () => Promise.reject(new Error("two policies are named mask-email"));
      expect(await reload({ govern: broken })).toMatchObject({
        kind: "failed",
        reason: "two policies are named mask-email",
      });
      expect(JSON.stringify((await ask(service, query)).data)).not.toContain("ada@example.org");
    }));

  it("denies when the rules throw", () => {
    const throwing: Govern = () => ({ authorise: () => Promise.reject(new Error("no decision for ada@example.org")) });
    return withGateway(throwing, async ({ service }, asked) => {
      const answer = await ask(service, query);
      expect(answer).toMatchObject({
        status: 500,
        data: undefined,
        errors: [{ extensions: { code: "INTERNAL_SERVER_ERROR" } }],
      });
      expect(JSON.stringify(answer)).not.toContain("ada@example.org");
      expect(asked).toEqual([]);
    });
  });
});
