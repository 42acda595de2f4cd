import { createHash } from "node:crypto";
import { IntrospectAndCompose } from "@apollo/gateway";
import type { ApolloServerPlugin, BaseContext } from "@apollo/server";
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery, parse, printSchema } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuthenticationError } from "#policies";
import { json, overHttp, serveSubgraph } from "../fixtures/http-subgraph.fixture.ts";
import { inProcess, link, shopSubgraphs, subgraphOf } from "../fixtures/shop.fixture.ts";
import {
  composeSdl,
  type Program,
  type ServedSupergraph,
  serveSupergraph,
  startProgram,
} from "./apollo-program.fixture.ts";
import { MeshGateway, type SupergraphHookOptions, type SupergraphManager } from "./index.ts";

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let shop: ServedSupergraph;
let program: Program;

beforeAll(async () => {
  shop = await serveSupergraph(Object.values(shopSubgraphs()));
  program = await startProgram(new MeshGateway({ supergraphSdl: shop.supergraphSdl, logger: silent }));
});

afterAll(async () => {
  await program?.[Symbol.asyncDispose]();
  await shop?.[Symbol.asyncDispose]();
});

describe("an Apollo Server program with MeshGateway", () => {
  it("answers queries over several subgraphs, with variables, aliases and fragments", async () => {
    const query = `query Some($first: Int!) { few: orders(first: $first) { ...Order } } fragment Order on Order { id customer { who: name } products { name } }`;
    const { status, body } = await program.ask(query, { first: 1 });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        data: { few: [{ id: "o1", customer: { who: "Ada" }, products: [{ name: "Chair" }, { name: "Desk" }] }] },
      },
    });
    expect(body.errors).toBeUndefined();
  });

  it("runs mutations", async () => {
    const { body } = await program.ask(`mutation { ship(id: "o2") { id shipped customer { name } } }`);
    expect(body.data).toEqual({ ship: { id: "o2", shipped: true, customer: { name: "Bob" } } });
  });

  it.each([
    [true, { id: "o1", customer: { name: "Ada" } }],
    [false, { id: "o1", total: 10.5 }],
  ])("decides @skip and @include (%s)", async (with_, order) => {
    const query = `query ($with: Boolean!) { order(id: "o1") { id customer @include(if: $with) { name } total @skip(if: $with) } }`;
    expect((await program.ask(query, { with: with_ })).body.data).toEqual({ order });
  });

  it("runs the operation that is named", async () => {
    const document = "query A { customers { id } } query B { me { name } }";
    expect((await program.ask(document, {}, { operationName: "B" })).body.data).toEqual({ me: { name: "Ada" } });
    expect(await program.ask(document, {}, { operationName: "C" })).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: "OPERATION_RESOLUTION_FAILURE" } }] },
    });
  });

  it("is introspected, alone and beside other fields", async () => {
    const { body } = await program.ask(getIntrospectionQuery());
    expect(printSchema(buildClientSchema(body.data as IntrospectionQuery))).toContain("products: [Product!]!");
    const beside = await program.ask(`{ __typename me { name } __type(name: "Order") { kind } }`);
    expect(beside.body.data).toEqual({ __typename: "Query", me: { name: "Ada" }, __type: { kind: "OBJECT" } });
  });

  it("is asked by GET and by persisted queries, which are Apollo Server's", async () => {
    const query = "{ me { name } }";
    const get = async (params: Record<string, string>): Promise<unknown> => {
      const headers = { "apollo-require-preflight": "1" };
      return (await fetch(`${program.url}?${new URLSearchParams(params)}`, { headers })).json();
    };
    const sha256Hash = createHash("sha256").update(query).digest("hex");
    const extensions = JSON.stringify({ persistedQuery: { version: 1, sha256Hash } });
    expect(await get({ extensions })).toMatchObject({
      errors: [{ extensions: { code: "PERSISTED_QUERY_NOT_FOUND" } }],
    });
    for (const params of [{ query }, { query, extensions }, { extensions }]) {
      expect(await get(params)).toMatchObject({ data: { me: { name: "Ada" } } });
    }
  });

  it("refuses variables of the wrong type as Apollo Server does", async () => {
    const { status, body } = await program.ask("query ($first: Int!) { orders(first: $first) { id } }", { first: "x" });
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: "BAD_USER_INPUT" } }] },
    });
    expect(body.errors?.[0]?.message).toContain('Variable "$first"');
  });

  it("answers deferred fragments at once", async () => {
    const { status, body } = await program.ask("{ me { id ... @defer { name } } }");
    expect([status, body.data]).toEqual([200, { me: { id: "c1", name: "Ada" } }]);
  });

  it("answers operations that the program runs itself", async () => {
    const response = await program.server.executeOperation({
      query: "query ($id: ID!) { order(id: $id) { region } }",
      variables: { id: "o3" },
      operationName: null as unknown as string,
    });
    if (response.body.kind !== "single") throw new Error("Expected one answer");
    expect(response.body.singleResult.data).toEqual({ order: { region: "EAST" } });
  });
});

describe("errors of subgraphs", () => {
  const itemsSdl = `${link}
    type Query { items: [Item!]! fails: String broken: String! }
    type Item @key(fields: "id") { id: ID! }`;
  const namesSdl = `${link} type Item @key(fields: "id") { id: ID! name: String }`;
  const items = (): ReturnType<typeof subgraphOf> =>
    subgraphOf("items", itemsSdl, {
      Query: {
        items: () => [{ id: "1" }, { id: "2" }],
        fails: () => {
          throw new Error("out of stock");
        },
        broken: () => null,
      },
    });

  it("reach the client at its path, with message, code and subgraph, beside what could be read", async () => {
    await using names = await overHttp(
      subgraphOf("names", namesSdl, { Item: { __resolveReference: () => ({ name: "n" }) } }),
    );
    await using served = await overHttp(items());
    const supergraphSdl = composeSdl([
      { name: "items", sdl: itemsSdl, url: served.url },
      { name: "names", sdl: namesSdl, url: names.url },
    ]);
    await using asked = await startProgram(new MeshGateway({ supergraphSdl, logger: silent }));
    const { status, body } = await asked.ask("{ items { name } oops: fails }");
    expect({ status, ...body, extensions: undefined }).toEqual({
      status: 200,
      data: { items: [{ name: "n" }, { name: "n" }], oops: null },
      errors: [
        {
          message: "out of stock",
          path: ["oops"],
          extensions: expect.objectContaining({ code: "DOWNSTREAM_SERVICE_ERROR", serviceName: "items" }),
        },
      ],
    });
  });

  it("are hidden when the program says so", async () => {
    await using served = await overHttp(items());
    const supergraphSdl = composeSdl([{ name: "items", sdl: itemsSdl, url: served.url }]);
    await using asked = await startProgram(
      new MeshGateway({ supergraphSdl, subgraphMessages: "hidden", logger: silent }),
    );
    expect((await asked.ask("{ fails }")).body.errors?.[0]?.message).toBe('Subgraph "items" reported an error');
  });

  it("null what a failing subgraph should have brought, and nothing else", async () => {
    await using names = await serveSubgraph((_, response) => json(response, { message: "no" }, 500));
    await using served = await overHttp(items());
    const supergraphSdl = composeSdl([
      { name: "items", sdl: itemsSdl, url: served.url },
      { name: "names", sdl: namesSdl, url: names.url },
    ]);
    await using asked = await startProgram(new MeshGateway({ supergraphSdl, logger: silent }));
    const { body } = await asked.ask("{ items { id name } }");
    expect(body.data).toEqual({
      items: [
        { id: "1", name: null },
        { id: "2", name: null },
      ],
    });
    expect(body.errors?.every(({ extensions }) => extensions.serviceName === "names")).toBe(true);
    const nulled = await asked.ask("{ broken }");
    expect([nulled.status, nulled.body.data]).toEqual([200, null]);
  });
});

it("keeps what subgraphs allow to keep", async () => {
  await using clock = await serveSubgraph((_, response) => {
    response.setHeader("cache-control", "public, max-age=60");
    json(response, { data: { time: clock.received.length } });
  });
  const supergraphSdl = composeSdl([{ name: "clock", sdl: `${link} type Query { time: Int }`, url: clock.url }]);
  await using asked = await startProgram(new MeshGateway({ supergraphSdl, cache: {}, logger: silent }));
  for (let times = 0; times < 3; times++) expect((await asked.ask("{ time }")).body.data).toEqual({ time: 1 });
  expect(clock.received).toHaveLength(1);
});

describe("plugins", () => {
  it("see operation, metrics, cache policy, errors and the answer", async () => {
    const seen: Record<string, unknown> = {};
    const plugin: ApolloServerPlugin<BaseContext> = {
      requestDidStart: async () => ({
        executionDidStart: async () => ({ willResolveField: () => undefined }),
        didEncounterErrors: async ({ errors }) => {
          seen.errors = errors.map(({ path, extensions }) => [path, extensions.code]);
        },
        willSendResponse: async ({ operationName, metrics, overallCachePolicy, response }) => {
          seen.operationName = operationName;
          seen.persistedQueryHit = metrics.persistedQueryHit;
          seen.cacheable = overallCachePolicy.policyIfCacheable();
          seen.data = response.body.kind === "single" ? response.body.singleResult.data : undefined;
        },
      }),
    };
    await using other = await startProgram(new MeshGateway({ supergraphSdl: shop.supergraphSdl, logger: silent }), {
      plugins: [plugin],
    });
    const { headers } = await other.ask('query Me { me { name } __type(name: "Order") { name } }');
    expect(seen).toEqual({
      operationName: "Me",
      persistedQueryHit: false,
      cacheable: null,
      data: { me: { name: "Ada" }, __type: { name: "Order" } },
    });
    expect(headers.get("cache-control")).toBe("no-store");
    await other.ask("query ($id: ID!) { order(id: $id) { id } }", {});
    expect(seen.errors).toEqual([[undefined, "BAD_USER_INPUT"]]);
  });

  it("may put another document in the place of the client's", async () => {
    const plugin: ApolloServerPlugin<BaseContext> = {
      requestDidStart: async () => ({
        didResolveOperation: async (context) => {
          Object.assign(context, { document: parse("{ me { id } }") });
        },
      }),
    };
    await using other = await startProgram(new MeshGateway({ supergraphSdl: shop.supergraphSdl, logger: silent }), {
      plugins: [plugin],
    });
    expect((await other.ask("{ me { name } }")).body.data).toEqual({ me: { id: "c1" } });
  });
});

describe("headers", () => {
  it("of the client and of the context reach subgraphs when they are named", async () => {
    const customers = shop.subgraphs.get("customers");
    const gateway = new MeshGateway({
      supergraphSdl: shop.supergraphSdl,
      propagateHeaders: ["Authorization", "x-user"],
      headers: ({ user }) => ({ "X-User": String(user), "x-secret": "1", "x-none": undefined }),
      logger: silent,
    });
    await using other = await startProgram(gateway, { context: (headers) => ({ user: `${headers["x-id"]}!` }) });
    await other.ask("{ me { name } }", {}, { headers: { authorization: "Bearer t", "x-id": "u1", cookie: "c" } });
    const received = customers?.received.at(-1)?.headers ?? {};
    expect(received).toMatchObject({ authorization: "Bearer t", "x-user": "u1!" });
    expect([received["x-secret"], received["x-id"], received.cookie]).toEqual([undefined, undefined, undefined]);
    await other.server.executeOperation({ query: "{ me { name } }" }, { contextValue: { user: "job" } as BaseContext });
    expect(customers?.received.at(-1)?.headers["x-user"]).toBe("job");
  });

  it("tell who asks: a refused caller gets the status and headers of the refusal", async () => {
    const gateway = new MeshGateway({
      supergraphSdl: shop.supergraphSdl,
      authenticate: () => Promise.reject(new AuthenticationError("UNAUTHENTICATED", "The token has expired")),
      logger: silent,
    });
    await using other = await startProgram(gateway);
    const { status, headers, body } = await other.ask("{ me { name } }");
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([401, "UNAUTHENTICATED"]);
    expect(headers.get("www-authenticate")).toContain("Bearer");
  });

  it("of the answer say what is deprecated", async () => {
    const { body } = await program.ask("{ oldOrders { id } }");
    expect(body.extensions?.deprecations).toMatchObject([{ coordinate: "Query.oldOrders" }]);
  });
});

/** Brings supergraphs as a test says. */
class TestManager implements SupergraphManager {
  readonly first: string;
  options: SupergraphHookOptions | undefined;
  cleanedUp = 0;
  constructor(first: string) {
    this.first = first;
  }
  async initialize(options: SupergraphHookOptions): Promise<{ supergraphSdl: string; cleanup: () => Promise<void> }> {
    this.options = options;
    return {
      supergraphSdl: this.first,
      cleanup: async () => {
        this.cleanedUp += 1;
      },
    };
  }
}

describe("supergraph managers", () => {
  const [orders, customers, products] = Object.values(shopSubgraphs());
  const twoOf = (served: ServedSupergraph): string =>
    composeSdl(
      [orders, customers].map((subgraph) => ({
        name: subgraph?.name ?? "",
        sdl: subgraph?.sdl ?? "",
        url: served.subgraphs.get(subgraph?.name ?? "")?.url ?? "",
      })),
    );

  it("bring later supergraphs while requests are served; one that cannot be loaded changes nothing", async () => {
    const manager = new TestManager(twoOf(shop));
    const gateway = new MeshGateway({ supergraphSdl: manager, logger: silent });
    const schemas: string[] = [];
    const unsubscribe = gateway.onSchemaLoadOrUpdate(({ coreSupergraphSdl }) => void schemas.push(coreSupergraphSdl));
    await using other = await startProgram(gateway);
    expect((await other.ask("{ products { name } }")).status).toBe(400);

    let stop = false;
    const statuses = new Set<number>();
    const serving = (async () => {
      while (!stop) statuses.add((await other.ask("{ me { name } orders { id customer { name } } }")).status);
    })();
    manager.options?.update("this is no supergraph");
    await expect.poll(() => gateway.health()?.lastReloadFailure).toBeDefined();
    expect(schemas).toEqual([manager.first]);
    manager.options?.update(shop.supergraphSdl);
    await expect.poll(() => schemas, { timeout: 20_000 }).toEqual([manager.first, shop.supergraphSdl]);
    expect((await other.ask("{ products { name } }")).body.data).toEqual({
      products: [{ name: "Chair" }, { name: "Desk" }],
    });
    stop = true;
    await serving;
    expect([...statuses]).toEqual([200]);
    unsubscribe();
    await other.server.stop();
    expect(manager.cleanedUp).toBe(1);
    expect(() => manager.options?.update(shop.supergraphSdl)).toThrow("stopped");
  });

  it("are heard when they update before the first supergraph is loaded", async () => {
    const updates: string[] = [];
    const gateway = new MeshGateway({
      supergraphSdl: async ({ update }) => {
        update("superseded by what follows");
        setImmediate(() => update(shop.supergraphSdl));
        return { supergraphSdl: twoOf(shop) };
      },
      logger: silent,
    });
    gateway.onSchemaLoadOrUpdate(({ coreSupergraphSdl }) => void updates.push(coreSupergraphSdl));
    await gateway.load();
    await expect.poll(() => updates.at(-1), { timeout: 20_000 }).toBe(shop.supergraphSdl);
    await gateway.stop();
  });

  it("may be ApolloGateway's own, which ask subgraphs for their SDL and health", async () => {
    const sources = [...shop.subgraphs].map(([name, { url }]) => ({ name, url }));
    const manager = new IntrospectAndCompose({
      subgraphs: sources,
      subgraphHealthCheck: true,
      introspectionHeaders: { "x-introspects": "yes" },
    });
    await using other = await startProgram(new MeshGateway({ supergraphSdl: manager, logger: silent }));
    expect((await other.ask("{ orders(first: 1) { products { name } } }")).body.errors).toBeUndefined();
    const asked = shop.subgraphs.get("orders")?.received.find(({ body }) => body.query.includes("_service"));
    expect(asked?.headers["x-introspects"]).toBe("yes");
  });

  it("fail the load with their reason, and are cleaned up when what they bring is no supergraph", async () => {
    const failing = new MeshGateway({ supergraphSdl: () => Promise.reject(new Error("no registry")), logger: silent });
    await expect(failing.load()).rejects.toThrow("no registry");
    const manager = new TestManager("type Query { a: Int }");
    const broken = new MeshGateway({ supergraphSdl: manager, logger: silent });
    await expect(broken.load()).rejects.toThrow();
    expect(manager.cleanedUp).toBe(1);
    await expect(
      new MeshGateway({ supergraphSdl: () => Promise.resolve({} as { supergraphSdl: string }), logger: silent }).load(),
    ).rejects.toThrow("brought no `supergraphSdl`");
  });

  it("check the health of a supergraph that they want to bring", async () => {
    await using down = await serveSubgraph((_, response) => void response.destroy());
    const manager = new TestManager(shop.supergraphSdl);
    const gateway = new MeshGateway({ supergraphSdl: manager, logger: silent });
    await gateway.load();
    await expect(manager.options?.healthCheck(shop.supergraphSdl)).resolves.toBeUndefined();
    const sick = composeSdl([{ name: "products", sdl: products?.sdl ?? "", url: down.url }]);
    await expect(manager.options?.healthCheck(sick)).rejects.toThrow(
      /products: Subgraph "products" could not be reached/,
    );
    await gateway.stop();
  });
});

describe("the life of a gateway", () => {
  it("may begin with subgraphs that are composed here", async () => {
    const gateway = new MeshGateway({
      source: { kind: "subgraphs", subgraphs: Object.values(shopSubgraphs()).map(inProcess) },
      logger: silent,
    });
    await using other = await startProgram(gateway);
    expect((await other.ask("{ me { name } }")).body.data).toEqual({ me: { name: "Ada" } });
  });

  it("is loaded once", async () => {
    const gateway = new MeshGateway({ supergraphSdl: shop.supergraphSdl, logger: silent });
    await gateway.load();
    await expect(gateway.load()).rejects.toThrow("it is loaded already");
    await gateway.stop();
    await expect(gateway.load()).rejects.toThrow("it is stopped already");
  });

  it("tells who listens late of the current supergraph at once, and nobody who has gone", async () => {
    const gateway = new MeshGateway({ supergraphSdl: shop.supergraphSdl, logger: silent });
    let gone = 0;
    gateway.onSchemaLoadOrUpdate(() => {
      gone += 1;
    })();
    await gateway.load();
    const told: string[] = [];
    gateway.onSchemaLoadOrUpdate(({ apiSchema }) => void told.push(String(apiSchema.getQueryType())));
    expect([gone, told]).toEqual([0, ["Query"]]);
    await gateway.stop();
  });

  it("ends what is under way when it stops", async () => {
    const asked = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    await using slow = await serveSubgraph((_, response) => {
      response.on("close", closed.resolve);
      asked.resolve();
    });
    const sdl = `${link} type Query { slow: String }`;
    const supergraphSdl = composeSdl([{ name: "slow", sdl, url: slow.url }]);
    const gateway = new MeshGateway({ supergraphSdl, logger: silent });
    await using other = await startProgram(gateway);
    const answer = other.server.executeOperation({ query: "{ slow }" });
    await asked.promise;
    await gateway.stop();
    const { body, http } = await answer;
    expect([http.status, body.kind === "single" && body.singleResult.errors?.[0]?.extensions?.code]).toEqual([
      503,
      "SHUTTING_DOWN",
    ]);
    await closed.promise;
    const after = await other.server.executeOperation({ query: "{ slow }" });
    expect(after.http.status).toBe(503);
  });

  it("tells its own health and numbers", async () => {
    const gateway = new MeshGateway({ supergraphSdl: shop.supergraphSdl, logger: silent });
    expect([gateway.health(), await gateway.metrics()]).toEqual([undefined, undefined]);
    await gateway.load();
    expect(gateway.health()).toMatchObject({
      ready: true,
      subgraphs: [{ name: "customers" }, { name: "orders" }, { name: "products" }],
    });
    expect((await gateway.metrics())?.body).toContain("mesh_");
    await gateway.stop();
  });

  it("says to its logger what has no effect and what goes wrong", async () => {
    const lines: string[] = [];
    const logger = {
      ...silent,
      warn: (line: unknown) => void lines.push(String(line)),
      error: (line: unknown) => void lines.push(String(line)),
    };
    const manager = new TestManager(shop.supergraphSdl);
    const options = { supergraphSdl: manager, logger, queryPlannerConfig: {} };
    const gateway = new MeshGateway(options);
    expect(lines).toEqual([expect.stringContaining("`queryPlannerConfig` has no effect")]);
    await gateway.load();
    manager.options?.update("broken");
    await expect
      .poll(() => lines.at(-1))
      .toMatch(/^reload failed; the old supergraph keeps serving \{"generation":1\}\n.*Error/);
    await gateway.stop();
  });
});
