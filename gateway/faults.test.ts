/** What a client gets when one product fails, is slow or answers nonsense: the rest, and the truth about the gap. */

import type { ServerResponse } from "node:http";
import { inspect } from "node:util";
import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { type Asked, ask } from "./fixtures/ask.fixture.ts";
import { json, overHttp, type Received, serveSubgraph } from "./fixtures/http-subgraph.fixture.ts";
import { customersSdl, inProcess, shopSubgraphs } from "./fixtures/shop.fixture.ts";
import { createGateway, type GatewayConfig } from "./gateway.ts";
import type { Logger } from "./observability/logger.ts";

const query = "{ orders { id customer { name } } customers { email } }";

/** The shop, whose customers are answered as the test says. */
async function askWith(
  answer: (received: Received, response: ServerResponse) => void,
  options: {
    readonly query?: string;
    readonly config?: Partial<GatewayConfig>;
    readonly signal?: AbortSignal;
    readonly sdl?: string;
  } = {},
): Promise<Asked & { readonly health: string; readonly metrics: string; readonly log: string }> {
  await using customers = await serveSubgraph(answer);
  const { orders, products } = shopSubgraphs();
  const lines: unknown[] = [];
  const line = (fields: Readonly<Record<string, unknown>>, message: string): void => {
    const { err, ...rest } = fields;
    lines.push({ ...rest, message, err: err instanceof Error ? err.message : undefined });
  };
  const logger: Logger = { debug: line, info: line, warn: line, error: line };
  const gateway = await createGateway({
    source: {
      kind: "subgraphs",
      subgraphs: [
        inProcess(orders),
        inProcess(products),
        { kind: "http", name: "customers", url: customers.url, sdl: options.sdl ?? customersSdl },
      ],
    },
    logger,
    ...options.config,
  });
  try {
    const asked = await ask(gateway.service, options.query ?? query, {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      headers: { "x-secret": "header-value" },
    });
    const state = gateway.health().subgraphs.find(({ name }) => name === "customers")?.state ?? "";
    return { ...asked, health: state, metrics: (await gateway.metrics()).body, log: JSON.stringify(lines) };
  } finally {
    await gateway.close();
  }
}

const orderIds = (data: Asked["data"]): unknown[] => ((data?.orders ?? []) as { id: string }[]).map(({ id }) => id);
// `customers` is non-null, so a query without it shows what stays; with it, what null does to the whole.
const partial = "{ orders { id customer { name } } me { name } }";

describe("a subgraph that fails", () => {
  it.each<[string, string, (response: ServerResponse) => void]>([
    ["is down", "unreachable", (r) => r.destroy()],
    ["answers a 500 page", "http-status", (r) => r.writeHead(500, { "content-type": "text/html" }).end("oops")],
    ["answers HTML", "media-type", (r) => r.writeHead(200, { "content-type": "text/html" }).end("<p>")],
    ["answers broken JSON", "invalid-json", (r) => r.writeHead(200, { "content-type": "application/json" }).end("{")],
    ["answers JSON that is no GraphQL response", "invalid-response", (r) => json(r, { hello: "world" })],
  ])("leaves the others' data when it %s, with an error at each gap", async (_, reason, answer) => {
    const asked = await askWith((_received, response) => answer(response), { query: partial });
    expect(orderIds(asked.data)).toEqual(["o1", "o2", "o3"]);
    expect(asked.data?.me).toBeNull();
    const extensions = { code: "DOWNSTREAM_SERVICE_ERROR", serviceName: "customers", reason };
    const gaps = [...[0, 1, 2].map((index) => ["orders", index, "customer", "name"]), ["me"]];
    expect(asked.errors).toEqual(
      gaps.map((path) => ({ message: expect.stringContaining('"customers"'), path, extensions })),
    );
    expect([asked.health, asked.status]).toEqual(["down", undefined]);
    expect(asked.metrics).toContain(
      'mesh_subgraph_fetch_errors_total{subgraph="customers",code="DOWNSTREAM_SERVICE_ERROR"} 2',
    );
    expect(asked.metrics).toContain('mesh_gateway_requests_total{type="query",outcome="partial"} 1');
    expect(asked.log).not.toMatch(/header-value|Ada/);
  });

  it("makes the whole answer null only where nullability says so", async () => {
    const asked = await askWith((_, response) => void response.destroy());
    expect(asked.data).toBeNull();
    expect(asked.errors.map(({ path }) => path)).toContainEqual(["customers"]);
  });

  it("is given up after its timeout, with GATEWAY_TIMEOUT", async () => {
    const never = (): void => undefined;
    const config = { transport: { timeoutMsBySubgraph: { customers: 30 } } };
    const asked = await askWith(never, { query: "{ orders { id } me { name } }", config });
    expect(orderIds(asked.data)).toEqual(["o1", "o2", "o3"]);
    expect(asked.errors).toEqual([
      {
        message: 'Subgraph "customers" did not answer in time (30 ms)',
        path: ["me"],
        extensions: { code: "GATEWAY_TIMEOUT", serviceName: "customers", reason: "timeout" },
      },
    ]);
  });

  it("is not waited for when the client goes away", async () => {
    const abort = new AbortController();
    const asked = await askWith(() => abort.abort(), { signal: abort.signal, query: "{ me { name } }" });
    expect(asked).toMatchObject({
      status: 499,
      data: undefined,
      errors: [{ extensions: { code: "REQUEST_ABORTED" } }],
    });
    expect(asked.health).toBe("unknown");
  });

  it.each([
    ["an entity list of the wrong length", { data: { _entities: [{ name: "Ada" }] } }],
    ["entities that are no list", { data: { _entities: "Ada" } }],
    ["no entities", { data: {} }],
  ])("keeps what others gave on %s", async (_, body) => {
    const asked = await askWith((_received, response) => json(response, body), {
      query: "{ orders { id customer { name } } }",
    });
    expect(orderIds(asked.data)).toEqual(["o1", "o2", "o3"]);
    expect(asked.errors[0]?.extensions.code).toBe("RESPONSE_VALIDATION_FAILED");
    expect(JSON.stringify(asked.errors)).not.toContain("Ada");
  });

  it.each([
    ["null for a non-null field", { me: { name: null } }],
    ["a scalar for an object", { me: "ada@example.org" }],
    ["an object for a scalar", { me: { name: { secret: "ada@example.org" } } }],
  ])("never quotes the value on %s", async (_, data) => {
    const asked = await askWith((_received, response) => json(response, { data }), { query: "{ me { name } }" });
    expect(asked.data?.me ?? null).toBeNull();
    expect(asked.errors.map(({ extensions }) => extensions.code)).toEqual(["RESPONSE_VALIDATION_FAILED"]);
    expect(JSON.stringify(asked) + asked.log).not.toContain("ada@example.org");
  });
});

describe("a subgraph that reports errors", () => {
  const failing = (_: Received, response: ServerResponse): void =>
    json(response, {
      data: { _entities: [null, { name: "Bob", __typename: "Customer" }] },
      errors: [
        {
          message: "row ada@example.org is locked",
          path: ["_entities", 0, "name"],
          extensions: { code: "ROW_LOCKED", table: "customers", stacktrace: ["at secret.ts"] },
        },
      ],
    });
  const first2 = "{ orders(first: 2) { id customer { name } } }";
  // Without names that cannot be null, the gap stays where it is.
  const sdl = customersSdl.replace("name: String!", "name: String");

  it("keeps code and path and hides its words by default", async () => {
    const asked = await askWith(failing, { query: first2, sdl });
    expect(asked.errors).toEqual([
      {
        message: 'Subgraph "customers" reported an error',
        path: ["orders", 0, "customer", "name"],
        extensions: { code: "ROW_LOCKED", serviceName: "customers" },
      },
    ]);
    expect(asked.data?.orders).toMatchObject([{ id: "o1" }, { id: "o2", customer: { name: "Bob" } }]);
    expect(asked.health).toBe("up");
    expect(asked.log).not.toContain("ada@example.org");
  });

  it.each([["shown" as const], [["ROW_LOCKED"]]])(
    "shows its words when it is configured (%s), never a stack trace",
    async (messages) => {
      const asked = await askWith(failing, { query: first2, sdl, config: { subgraphMessages: messages } });
      expect(asked.errors).toEqual([
        expect.objectContaining({
          message: "row ada@example.org is locked",
          extensions: { code: "ROW_LOCKED", table: "customers", serviceName: "customers" },
        }),
      ]);
    },
  );

  it("shows only the words of the listed codes", async () => {
    const asked = await askWith(failing, { query: first2, sdl, config: { subgraphMessages: ["BAD_USER_INPUT"] } });
    expect(asked.errors[0]?.message).toBe('Subgraph "customers" reported an error');
  });

  it("gives an error without a code DOWNSTREAM_SERVICE_ERROR", async () => {
    const asked = await askWith((_, response) => json(response, { data: null, errors: [{ message: "x" }] }), {
      query: "{ me { name } }",
    });
    expect(asked.errors).toEqual([
      expect.objectContaining({ extensions: { code: "DOWNSTREAM_SERVICE_ERROR", serviceName: "customers" } }),
    ]);
  });
});

describe("a subgraph in process", () => {
  it("that throws is a failure like any other, and what it threw reaches neither client nor log", async () => {
    const lines: unknown[] = [];
    const line = (fields: Readonly<Record<string, unknown>>, message: string): void => void lines.push(fields, message);
    const { orders, customers, products } = shopSubgraphs();
    const throwing = { ...customers, execute: () => Promise.reject(new TypeError("ada@example.org is no city")) };
    const gateway = await createGateway({
      source: { kind: "subgraphs", subgraphs: [orders, products, throwing].map(inProcess) },
      logger: { debug: line, info: line, warn: line, error: line },
    });
    const asked = await ask(gateway.service, partial);
    await gateway.close();
    expect(orderIds(asked.data)).toEqual(["o1", "o2", "o3"]);
    expect(asked.errors[0]?.extensions).toEqual({
      code: "DOWNSTREAM_SERVICE_ERROR",
      serviceName: "customers",
      reason: "internal",
    });
    expect(lines).toContainEqual(expect.objectContaining({ subgraph: "customers", cause: "TypeError" }));
    expect(inspect(lines, { depth: 9 }) + JSON.stringify(asked)).not.toContain("ada@example.org");
  });
});

describe("a subgraph over HTTP", () => {
  it("gets only the variables and headers that are meant for it", async () => {
    const { orders, customers, products } = shopSubgraphs();
    await using server = await overHttp(customers);
    const gateway = await createGateway({
      source: {
        kind: "subgraphs",
        subgraphs: [inProcess(orders), inProcess(products), { kind: "http", name: "customers", url: server.url }],
      },
      propagateHeaders: ["x-request-id"],
    });
    server.received.length = 0;
    await ask(
      gateway.service,
      "query ($first: Int, $up: Boolean) { orders(first: $first) { customer { city(upper: $up) } } }",
      {
        variables: { first: 1, up: true },
        headers: { "x-request-id": "r1", cookie: "session=1" },
      },
    );
    await gateway.close();
    const [received] = server.received;
    expect(received?.body.variables).toEqual({ up: true, representations: [{ __typename: "Customer", id: "c1" }] });
    expect(received?.headers).toMatchObject({ "x-request-id": "r1" });
    expect(received?.headers).not.toHaveProperty("cookie");
    expect(() => parse(received?.body.query ?? "")).not.toThrow();
  });
});
