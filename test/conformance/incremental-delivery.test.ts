/** `@defer` over HTTP, as clients know it by `multipart/mixed; deferSpec=20220824`. */
import { once } from "node:events";
import { request } from "node:http";
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { Defer20220824Handler } from "@apollo/client/incremental";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createGateway, type Gateway, type GatewayConfig } from "#gateway";
import { createGraphQLHandler, createHttpServer, type HttpServer } from "#http";
import { link, subgraphOf } from "../../gateway/fixtures/shop.fixture.ts";

const usersSdl = `${link} type Query { users: [User!]! me: User } type User @key(fields: "id") { id: ID! name: String }`;
const reviewsSdl = `${link} type User @key(fields: "id") { id: ID! reviews: [Review!] broken: Int! } type Review { id: ID! text: String }`;
const users = ["1", "2"].map((id) => ({ id, name: `user ${id}` }));

/** A gateway over two subgraphs, the second of which answers when it is let. */
class DeferringGateway implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly server: HttpServer;
  readonly letGo: () => void;
  readonly reviewsAborted: Promise<void>;
  readonly url: string;

  constructor(gateway: Gateway, server: HttpServer, letGo: () => void, reviewsAborted: Promise<void>) {
    this.gateway = gateway;
    this.server = server;
    this.letGo = letGo;
    this.reviewsAborted = reviewsAborted;
    this.url = `${server.url}/graphql`;
  }

  static async start({
    held = false,
    ...config
  }: Partial<GatewayConfig> & { held?: boolean } = {}): Promise<DeferringGateway> {
    const gate = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    if (!held) gate.resolve();
    const usersGraph = subgraphOf("users", usersSdl, { Query: { users: () => users, me: () => users[0] } });
    const reviews = subgraphOf("reviews", reviewsSdl, {
      User: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        reviews: ({ id }: { id: string }) => [{ id: `r${id}`, text: "good" }],
      },
    });
    const slowReviews: typeof reviews = {
      ...reviews,
      async execute(call) {
        call.signal.addEventListener("abort", () => {
          aborted.resolve();
          gate.resolve();
        });
        await gate.promise;
        return reviews.execute(call);
      },
    };
    const gateway = await createGateway({
      source: {
        kind: "subgraphs",
        subgraphs: [usersGraph, slowReviews].map((subgraph) => ({
          kind: "in-process",
          name: subgraph.name,
          sdl: subgraph.sdl,
          subgraph,
        })),
      },
      ...config,
    });
    const server = await createHttpServer({
      port: 0,
      graphql: createGraphQLHandler(gateway.service, { batching: { maxOperations: 5 } }),
    });
    return new DeferringGateway(gateway, server, gate.resolve, aborted.promise);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.letGo();
    await this.server.close();
    await this.gateway.close();
  }
}

let mesh: DeferringGateway;
/** For tests that hold nothing back: composing takes its time. */
let open: DeferringGateway | undefined;
const opened = async (): Promise<DeferringGateway> => {
  open ??= await DeferringGateway.start();
  return open;
};
afterEach(() => (mesh === open ? undefined : mesh?.[Symbol.asyncDispose]()));
afterAll(() => open?.[Symbol.asyncDispose]());

const incremental = "multipart/mixed;deferSpec=20220824, application/json";
const query = '{ me { name ... @defer(label: "later") { reviews { id } } } }';

function post(accept: string, asked: string = query, signal?: AbortSignal): Promise<Response> {
  return fetch(mesh.url, {
    method: "POST",
    headers: { "content-type": "application/json", accept, "accept-encoding": "gzip, br" },
    body: JSON.stringify({ query: asked }),
    ...(signal && { signal }),
  });
}

describe("an answer in parts", () => {
  it("is multipart/mixed: a boundary before the first part and right behind each one", async () => {
    mesh = await opened();
    const response = await post(incremental);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": 'multipart/mixed; boundary="-"; deferSpec=20220824',
      "cache-control": "no-store",
      "transfer-encoding": "chunked",
      vary: expect.stringContaining("accept"),
    });
    const products = (name: string): object => ({ [name]: { version: "1.0.0" } });
    const part = (payload: object): string =>
      `\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${JSON.stringify(payload)}\r\n---`;
    expect(await response.text()).toBe(
      `\r\n---${part({ data: { me: { name: "user 1" } }, extensions: { products: products("users") }, hasNext: true })}${part(
        {
          incremental: [{ data: { reviews: [{ id: "r1" }] }, path: ["me"], label: "later" }],
          extensions: { products: { ...products("reviews"), ...products("users") } },
          hasNext: false,
        },
      )}--\r\n`,
    );
  });

  it("begins while what is deferred is still asked for", async () => {
    mesh = await DeferringGateway.start({ held: true });
    const response = await post(incremental);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let first = "";
    while (!first.endsWith("\r\n---")) first += (await reader?.read())?.value ?? "";
    expect(first).toContain('{"data":{"me":{"name":"user 1"}}');
    mesh.letGo();
    let rest = "";
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) rest += read.value;
    expect(rest).toMatch(/"incremental":.*"hasNext":false}\r\n-----\r\n$/);
  });

  it.each([
    "multipart/mixed; deferSpec=20220824, application/graphql-response+json, application/json",
    'application/json, MULTIPART/mixed;boundary="x";deferSpec="20220824"',
  ])("is sent to who accepts %s", async (accept) => {
    mesh = await opened();
    expect((await post(accept)).headers.get("content-type")).toContain("multipart/mixed");
  });

  it.each([
    "application/json",
    "*/*",
    "multipart/*, application/json",
    "multipart/mixed, application/json",
    "multipart/mixed;deferSpec=20991231, application/json",
    "multipart/mixed;deferSpec=20220824;q=0, application/json",
  ])("comes as one to who accepts %s", async (accept) => {
    mesh = await opened();
    const response = await post(accept);
    expect(response.headers.get("content-type")).toContain("application/json");
    expect(await response.json()).toMatchObject({ data: { me: { name: "user 1", reviews: [{ id: "r1" }] } } });
  });

  it("comes as one where nothing is deferred, and in a batch", async () => {
    mesh = await opened();
    const plain = await post(incremental, "{ me { name } }");
    expect(plain.headers.get("content-type")).toContain("application/json");
    expect(await plain.json()).not.toHaveProperty("hasNext");
    const batch = await fetch(mesh.url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: incremental },
      body: JSON.stringify([{ query }]),
    });
    expect(await batch.json()).toMatchObject([{ data: { me: { reviews: [{ id: "r1" }] } } }]);
  });

  it("may be asked for by GET", async () => {
    mesh = await opened();
    const response = await fetch(`${mesh.url}?${new URLSearchParams({ query })}`, {
      headers: { accept: incremental, "apollo-require-preflight": "1" },
    });
    expect(await response.text()).toContain('"hasNext":false');
  });

  it("is refused as a whole when it is not valid", async () => {
    mesh = await opened();
    const response = await post(
      incremental,
      '{ ... @defer(label: "a") { me { id } } ... @defer(label: "a") { me { id } } }',
    );
    expect(response.headers.get("content-type")).toContain("application/json");
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }] });
  });

  it("tells a part's errors with the part", async () => {
    mesh = await opened();
    const text = await (await post(incremental, "{ me { name ... @defer { broken } } }")).text();
    const [first = "", second = ""] = text.split("\r\n---").slice(1);
    expect(first).not.toContain("errors");
    expect(second).toMatch(
      /"incremental":\[{"data":null,"path":\["me"\],"errors":\[{"message":.*"path":\["me","broken"\]/,
    );
    const { body } = await mesh.gateway.metrics();
    expect(body).toContain('mesh_gateway_requests_total{type="query",outcome="partial"} 1');
  });
});

describe("Apollo Client", () => {
  it("puts the parts together", async () => {
    mesh = await DeferringGateway.start({ held: true });
    const client = new ApolloClient({
      cache: new InMemoryCache(),
      link: new HttpLink({ uri: mesh.url }),
      incrementalHandler: new Defer20220824Handler(),
    });
    const seen: unknown[] = [];
    const done = Promise.withResolvers<void>();
    const subscription = client
      .watchQuery({ query: gql`{ users { id name ...Later @defer } } fragment Later on User { reviews { id text } }` })
      .subscribe(({ data, dataState, error }) => {
        if (error !== undefined) done.reject(error);
        if (dataState === "streaming" && seen.length === 0) {
          seen.push(structuredClone(data));
          mesh.letGo();
        }
        if (dataState === "complete") {
          seen.push(structuredClone(data));
          done.resolve();
        }
      });
    await done.promise;
    subscription.unsubscribe();
    client.stop();
    const user = (id: string, later: object): object => ({ __typename: "User", id, name: `user ${id}`, ...later });
    const reviews = (id: string): object => ({ reviews: [{ __typename: "Review", id: `r${id}`, text: "good" }] });
    expect(seen).toEqual([
      { users: [user("1", {}), user("2", {})] },
      { users: [user("1", reviews("1")), user("2", reviews("2"))] },
    ]);
  });
});

describe("the end of an answer in parts", () => {
  it("is the client's going away: subgraphs are not waited for any more", async () => {
    mesh = await DeferringGateway.start({ held: true });
    const gone = new AbortController();
    const response = await post(incremental, query, gone.signal);
    const reader = response.body?.getReader();
    await reader?.read();
    gone.abort();
    await mesh.reviewsAborted;
    await mesh.gateway.close();
  });

  it("is waited for by a graph that has been replaced", async () => {
    mesh = await DeferringGateway.start({ held: true });
    const response = await post(incremental);
    const other = subgraphOf("users", usersSdl, { Query: { me: () => users[1] } });
    const reloaded = await mesh.gateway.reload({
      source: { kind: "subgraphs", subgraphs: [{ kind: "in-process", name: "users", sdl: usersSdl, subgraph: other }] },
    });
    if (reloaded.kind !== "swapped") throw new Error(`Expected a swap, got ${reloaded.kind}`);
    expect((await mesh.gateway.metrics()).body).toContain("mesh_supergraph_generations_live 2");
    mesh.letGo();
    expect(await response.text()).toContain('"reviews":[{"id":"r1"}]');
    await reloaded.drained;
    expect((await mesh.gateway.metrics()).body).toContain("mesh_gateway_requests_in_flight 0");
  });

  it("is seen by a client that reads slowly", async () => {
    mesh = await DeferringGateway.start({ limits: { maxAliases: 1_000, maxRootFields: 1_000, maxFields: 10_000 } });
    const asked = request(mesh.url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: incremental },
    });
    const many = Array.from(
      { length: 400 },
      (_, index) => `f${index}: users { name ... @defer { reviews { id text } } }`,
    );
    asked.end(JSON.stringify({ query: `{ ${many.join(" ")} }` }));
    const [response] = await once(asked, "response");
    response.setEncoding("utf8");
    let text = "";
    for await (const chunk of response) {
      text += chunk;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(text.match(/"path":/g)).toHaveLength(800);
    expect(text.endsWith("\r\n-----\r\n")).toBe(true);
  });
});
