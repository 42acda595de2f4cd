/** What a subgraph says of the age of its answers reaches whoever keeps them, however they come. */
import { describe, expect, it } from "vitest";
import { serveSubgraph } from "../fixtures/http-subgraph.fixture.ts";
import { requestWith } from "../fixtures/subgraph-request.fixture.ts";
import { MutationFence } from "./flights.ts";
import { createHttpClient } from "./http.ts";
import { createInProcessClient } from "./in-process.ts";
import type { SubgraphClient } from "./subgraph-client.ts";
import { withDeduplication } from "./with-deduplication.ts";

const signal = new AbortController().signal;
const twice = (client: SubgraphClient) => {
  const shared = withDeduplication(client, { fence: new MutationFence(), onShared: () => undefined });
  return Promise.all([1, 2].map(() => shared.execute(requestWith(), signal)));
};

describe("the age of an answer", () => {
  it.each<[headers: Readonly<Record<string, string | string[]>>, age: number | undefined]>([
    [{}, undefined],
    [{ age: "0" }, 0],
    [{ age: "10" }, 10],
    [{ age: " 10 " }, 10],
    [{ age: "10", "cache-control": "max-age=20" }, 10],
    [{ "cache-control": "max-age=20" }, undefined],
    // RFC 9111, 5.1: of several the first counts; what is no number is none.
    [{ age: "10, 20" }, 10],
    [{ age: ["10", "20"] }, 10],
    [{ age: "-10" }, undefined],
    [{ age: "+10" }, undefined],
    [{ age: "10s" }, undefined],
    [{ age: "1.5" }, undefined],
    [{ age: "ten" }, undefined],
    [{ age: "" }, undefined],
    // 1.2.2: what is too large is no less.
    [{ age: "99999999999999999999" }, 1e20],
  ])("is read from headers: %j", async (headers, age) => {
    await using server = await serveSubgraph((_, response) => {
      response.writeHead(200, { "content-type": "application/json", ...headers }).end('{"data":{"a":1}}');
    });
    const options = { name: "a", url: server.url, maxConnections: 1, maxResponseBytes: 1_000, tokens: undefined };
    const client = createHttpClient({ ...options, keepsBytes: true });
    for (const answer of await twice(client)) {
      expect(answer.age).toBe(age);
      expect(answer.cacheControl).toBe(headers["cache-control"]);
    }
    expect(server.received).toHaveLength(1);
    await client.close();
  });

  it.each([
    [undefined, undefined],
    [undefined, 5],
    ["max-age=20", undefined],
    ["max-age=20", 5],
  ])("is taken from a subgraph in the process: %s, %s", async (cacheControl, age) => {
    const execute = async () => ({ data: { a: 1 }, cacheControl, age });
    for (const answer of await twice(createInProcessClient({ name: "a", execute }))) {
      expect([answer.cacheControl, answer.age]).toEqual([cacheControl, age]);
    }
  });
});
