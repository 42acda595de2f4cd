import { existsSync, statSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { InProcessSubgraph, SubgraphAddress } from "#gateway";
import {
  type Caller,
  createGatewayTokens,
  createGatewayTokenVerifier,
  createSigningKey,
  gatewayTokenHeader,
} from "#policies";
import { openSubgraphSocket, type SubgraphSocket } from "./subgraph-socket.ts";

const key = await createSigningKey();
const tokens = createGatewayTokens(key);
const ann: Caller = {
  principal: { id: "ann", kind: "user", roles: ["analyst"], purposes: ["care"], attributes: { region: "west" } },
  purpose: "care",
};

let socket: SubgraphSocket;
let calls: Parameters<InProcessSubgraph["execute"]>[0][];

const subgraph = (name: string): InProcessSubgraph => ({
  name,
  execute: async (call) => {
    calls.push(call);
    return { data: { name } };
  },
});

beforeEach(async () => {
  calls = [];
  socket = await openSubgraphSocket({
    verifier: (name) => createGatewayTokenVerifier({ jwks: { keys: [key.publicJwk] }, audience: name }),
    onInternalError: (error) => {
      throw error;
    },
  });
});
afterEach(() => socket.close());

function post(
  { url, socketPath }: SubgraphAddress,
  headers: Readonly<Record<string, string>>,
): Promise<{
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}> {
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        socketPath,
        path: new URL(url).pathname,
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/graphql-response+json", ...headers },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode, headers: response.headers, body: JSON.parse(text) }),
        );
      },
    );
    asking.on("error", reject);
    asking.end(JSON.stringify({ query: "query A($x: Int) { name }", operationName: "A", variables: { x: 1 } }));
  });
}

const signed = async (name: string): Promise<Readonly<Record<string, string>>> => ({
  [gatewayTokenHeader]: await tokens.sign(name, ann),
});

describe("the socket of the subgraphs", () => {
  it("answers the gateway for the caller whom its token names, and leaves masking to it", async () => {
    const { status, body } = await post(socket.addressOf(subgraph("orders")), await signed("orders"));
    expect([status, body]).toEqual([200, { data: { name: "orders" } }]);
    expect(calls).toEqual([
      {
        query: "query A($x: Int) { name }",
        operationName: "A",
        variables: { x: 1 },
        caller: ann,
        masking: "gateway",
        signal: expect.any(AbortSignal),
      },
    ]);
  });

  it("answers nobody else: without a token, with another subgraph's, with one of another key, with a caller's own", async () => {
    const address = socket.addressOf(subgraph("orders"));
    const foreign = createGatewayTokens(await createSigningKey());
    const attempts = [
      {},
      await signed("customers"),
      { [gatewayTokenHeader]: await foreign.sign("orders", ann) },
      { [gatewayTokenHeader]: "x.y.z" },
      { authorization: `Bearer ${(await signed("orders"))[gatewayTokenHeader]}` },
    ];
    for (const headers of attempts) {
      expect(await post(address, headers)).toMatchObject({
        status: 401,
        body: { errors: [{ extensions: { code: "UNAUTHENTICATED" } }] },
      });
    }
    expect(calls).toEqual([]);
  });

  it("says of an answer how long it may be kept and how old it is, in headers", async () => {
    const kept = { ...subgraph("orders"), execute: async () => ({ data: {}, cacheControl: "max-age=60", age: 3 }) };
    const { headers, body } = await post(socket.addressOf(kept), await signed("orders"));
    expect([headers["cache-control"], headers.age, body]).toEqual(["max-age=60", "3", { data: {} }]);
    const other = await post(socket.addressOf(subgraph("orders")), await signed("orders"));
    expect([other.headers["cache-control"], other.headers.age]).toEqual(["no-store", undefined]);
  });

  it("can be reached by this user alone, and is gone when it is closed", async () => {
    const { socketPath } = socket.addressOf(subgraph("orders"));
    expect(statSync(dirname(socketPath)).mode & 0o777).toBe(0o700);
    await socket.close();
    expect(existsSync(dirname(socketPath))).toBe(false);
  });

  it("asks the very object that was named, also when another one of its name came after it", async () => {
    const [old, next] = [
      subgraph("orders"),
      { ...subgraph("orders"), execute: async () => ({ data: { name: "next" } }) },
    ];
    const [oldAddress, nextAddress] = [socket.addressOf(old), socket.addressOf(next)];
    expect(socket.addressOf(old)).toEqual(oldAddress);
    const headers = await signed("orders");
    expect((await post(oldAddress, headers)).body).toEqual({ data: { name: "orders" } });
    expect((await post(nextAddress, headers)).body).toEqual({ data: { name: "next" } });

    socket.keepOnly(new Set([next]));
    expect((await post(oldAddress, headers)).status).toBe(404);
    expect((await post(nextAddress, headers)).body).toEqual({ data: { name: "next" } });
  });
});
