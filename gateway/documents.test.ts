/** Documents that clients name instead of sending them, through the HTTP handler. */
import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createGraphQLHandler, type HttpRequest } from "#http";
import type { Finding } from "#schema";
import { redis } from "../test/services.ts";
import { shopSources } from "./fixtures/shop.fixture.ts";
import { createGateway, type Gateway, type GatewayConfig } from "./gateway.ts";

const service = await redis();
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

type Client = (how: "GET" | "POST", parameters: Readonly<Record<string, unknown>>, accept?: string) => Promise<Answer>;

async function withShop(
  config: Partial<GatewayConfig>,
  use: (ask: Client, gateway: Gateway) => Promise<void>,
): Promise<void> {
  const gateway = await createGateway({ source: { kind: "subgraphs", subgraphs: shopSources() }, ...config });
  const handle = createGraphQLHandler(gateway.service);
  const ask: Client = async (method, parameters, accept = "application/graphql-response+json") => {
    const search = Object.entries(parameters).map(
      ([name, value]) => `${name}=${encodeURIComponent(typeof value === "string" ? value : JSON.stringify(value))}`,
    );
    const request: HttpRequest = {
      method,
      url: method === "GET" ? `/graphql?${search.join("&")}` : "/graphql",
      headers: new Map([
        ["accept", accept],
        method === "GET" ? ["apollo-require-preflight", "true"] : ["content-type", "application/json"],
      ]),
      body: method === "GET" ? undefined : Buffer.from(JSON.stringify(parameters)),
      signal: new AbortController().signal,
    };
    const { status, headers, body } = await handle(request);
    return { status, headers, ...JSON.parse(Buffer.from(body).toString()) };
  };
  try {
    await use(ask, gateway);
  } finally {
    await gateway.close();
  }
}

const query = "query Me($up: Boolean) { me { name city(upper: $up) } }";
const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(query) } };
const variables = { up: true };
const me = { me: { name: "Ada", city: "LONDON" } };

async function cacheCounts(gateway: Gateway): Promise<{ hit: number; miss: number }> {
  const { body } = await gateway.metrics();
  const count = (result: string): number =>
    Number(new RegExp(`operation_cache_requests_total\\{result="${result}"\\} (\\d+)`).exec(body)?.[1] ?? 0);
  return { hit: count("hit"), miss: count("miss") };
}

describe("automatic persisted queries", () => {
  it.each(["POST", "GET"] as const)("are spoken as Apollo's clients do, by %s", (method) =>
    withShop({}, async (ask, gateway) => {
      const missed = await ask(method, { extensions, variables });
      expect(missed).toMatchObject({
        status: 400,
        headers: { "cache-control": "no-store" },
        errors: [{ message: "PersistedQueryNotFound", extensions: { code: "PERSISTED_QUERY_NOT_FOUND" } }],
      });
      expect((await ask(method, { extensions, variables }, "application/json")).status).toBe(200);
      expect(await ask(method, { query, extensions, variables })).toMatchObject({ status: 200, data: me });
      const before = await cacheCounts(gateway);
      expect(await ask(method, { extensions, variables })).toMatchObject({ status: 200, data: me });
      expect(await ask(method, { documentId: `sha256:${sha256(query)}`, variables })).toMatchObject({ data: me });
      // Found as prepared: neither parsed nor validated again.
      expect(await cacheCounts(gateway)).toEqual({ hit: before.hit + 2, miss: before.miss });
    }),
  );

  it("outlive a reload, and fit the graph they are asked of", () =>
    withShop({}, async (ask, gateway) => {
      await ask("POST", { query, extensions, variables });
      const sources = shopSources().filter(({ name }) => name !== "customers");
      const without = { kind: "subgraphs" as const, subgraphs: sources };
      expect((await gateway.reload({ source: without })).kind).toBe("swapped");
      expect(await ask("POST", { extensions, variables })).toMatchObject({
        errors: [{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }],
      });
    }));

  it("keep no text that is not valid", () =>
    withShop({}, async (ask) => {
      for (const bad of ["{ nope }", "{ me { name }"]) {
        const named = { persistedQuery: { version: 1, sha256Hash: sha256(bad) } };
        expect((await ask("POST", { query: bad, extensions: named })).status).toBe(400);
        expect((await ask("POST", { extensions: named })).errors?.[0]?.message).toBe("PersistedQueryNotFound");
      }
    }));

  it("can be switched off: clients are told so by the words they know", () =>
    withShop({ persistedQueries: false }, async (ask) => {
      const error = { message: "PersistedQueryNotSupported", extensions: { code: "PERSISTED_QUERY_NOT_SUPPORTED" } };
      expect(await ask("POST", { extensions, variables })).toMatchObject({ status: 400, errors: [error] });
      expect(await ask("POST", { query, extensions, variables })).toMatchObject({ data: me });
      expect(await ask("POST", { extensions, variables })).toMatchObject({ errors: [error] });
    }));

  it("refuse mutations by GET all the same", () =>
    withShop({}, async (ask) => {
      const mutation = 'mutation { ship(id: "o1") { shipped } }';
      const named = { persistedQuery: { version: 1, sha256Hash: sha256(mutation) } };
      expect((await ask("GET", { query: mutation, extensions: named })).status).toBe(405);
      expect((await ask("GET", { extensions: named })).status).toBe(405);
    }));
});

describe("automatic persisted queries of several gateways", () => {
  it.skipIf(service.missing !== undefined)(`are known to all that share ${service.missing ?? "a Redis"}`, async () => {
    const shared = { redis: { url: service.url, keyPrefix: `datamesh-test:${randomUUID()}:` } };
    await withShop(shared, (one) =>
      withShop(shared, async (other, gateway) => {
        await one("POST", { query, extensions, variables });
        await expect.poll(async () => (await other("POST", { extensions, variables })).data).toEqual(me);
        const { body } = await gateway.metrics();
        expect(body).toMatch(/mesh_documents_requests_total\{result="hit"\} 1/);
      }),
    );
  });

  it("are kept by each alone while Redis is not there", () =>
    withShop({ redis: { url: "redis://127.0.0.1:1" } }, async (ask) => {
      expect((await ask("POST", { extensions, variables })).errors?.[0]?.message).toBe("PersistedQueryNotFound");
      expect(await ask("POST", { query, extensions, variables })).toMatchObject({ status: 200, data: me });
      expect(await ask("POST", { extensions, variables })).toMatchObject({ status: 200, data: me });
    }));
});

describe("trusted documents", () => {
  const open = (documents: object, only: boolean) => {
    const file = join(mkdtempSync(join(tmpdir(), "trusted-")), "documents.json");
    const told: Finding[] = [];
    const write = (next: object): void => writeFileSync(file, JSON.stringify(next));
    write(documents);
    return {
      told,
      write,
      config: { trustedDocuments: { file, only, onFindings: (all: readonly Finding[]) => told.push(...all) } },
    };
  };

  it("are the only ones that run, introspection included, and are read again with the graph", () => {
    const { told, write, config } = open({ me: query }, true);
    return withShop(config, async (ask, gateway) => {
      expect(await ask("GET", { documentId: "me", variables })).toMatchObject({ status: 200, data: me });
      expect(await ask("POST", { query, variables })).toMatchObject({ status: 200, data: me });
      const refused = { status: 403, errors: [{ extensions: { code: "QUERY_NOT_IN_SAFELIST" } }] };
      expect(await ask("POST", { query: "{ __schema { types { name } } }" })).toMatchObject(refused);
      expect(await ask("POST", { query: "{ orders { id } }" }, "application/json")).toMatchObject(refused);
      const unknown = { status: 404, errors: [{ extensions: { code: "PERSISTED_QUERY_NOT_IN_LIST" } }] };
      expect(await ask("POST", { documentId: "orders" }, "application/json")).toMatchObject(unknown);

      write({ me: query, orders: "{ orders { id } }", typename: "{ __typename }" });
      expect((await gateway.reload()).kind).toBe("unchanged");
      expect(await ask("POST", { documentId: "orders" })).toMatchObject({ status: 200 });
      expect(await ask("POST", { query: "{ __typename }" })).toMatchObject({ data: { __typename: "Query" } });
      expect(told).toEqual([]);
    });
  });

  it("that do not fit the graph are told at the start and at every reload, and refused when they are asked for", () => {
    const { told, config } = open({ me: query, old: "{ gone }" }, false);
    return withShop(config, async (ask, gateway) => {
      const invalid = { level: "warning", code: "trusted-document-invalid" };
      expect(told).toEqual([expect.objectContaining({ ...invalid, path: '["old"]' })]);
      expect(await ask("POST", { documentId: "old" })).toMatchObject({
        status: 400,
        errors: [{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }],
      });
      told.length = 0;
      const subgraphs = shopSources().filter(({ name }) => name !== "customers");
      await gateway.reload({ source: { kind: "subgraphs", subgraphs } });
      await expect.poll(() => told.map(({ path }) => path)).toEqual(['["me"]', '["old"]']);
    });
  });

  it("must be there to begin with", async () => {
    const trustedDocuments = { file: "/nowhere/documents.json", only: true, onFindings: () => undefined };
    await expect(withShop({ trustedDocuments }, async () => undefined)).rejects.toMatchObject({
      code: "TRUSTED_DOCUMENTS_INVALID",
      message: expect.stringContaining("/nowhere/documents.json error file-unreadable"),
    });
  });
});
