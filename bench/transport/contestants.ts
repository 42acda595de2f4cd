/** Ways to post a ready body over kept connections and get the parsed answer. */
import { type Dispatcher, Pool } from "undici";
import { anonymous } from "#policies";
import { silentLogger } from "../../gateway/observability/logger.ts";
import { createMetrics } from "../../gateway/observability/metrics.ts";
import { createClientFactory } from "../../gateway/transport/create-client.ts";
import { createRequest } from "../../gateway/transport/create-request.ts";
import { MutationFence } from "../../gateway/transport/flights.ts";
import { createHttpClient } from "../../gateway/transport/http.ts";
import type { SubgraphRequest } from "../../gateway/transport/subgraph-client.ts";
import { createSubgraphStates } from "../../gateway/transport/subgraph-states.ts";
import { Cancel } from "../../http/cancellation.ts";

export type Contestant = (request: SubgraphRequest) => Promise<unknown>;

const headers = {
  "content-type": "application/json",
  accept: "application/graphql-response+json, application/json;q=0.9",
};
const connections = 64;

export function createContestants(url: string): Readonly<Record<string, Contestant>> {
  return {
    "undici's dispatch, bare": dispatchBare(url),
    "the client": client(url),
    "the client and its wrappers": wrappedClient(url, false),
    "the same with deduplication": wrappedClient(url, true),
    "undici's request, with a signal": requestWithSignal(url),
    fetch: fetchBare(url),
  };
}

/** Requests as the engine makes them, of about a kilobyte each and no two the same. */
export function exampleRequests(count: number): readonly SubgraphRequest[] {
  return Array.from({ length: count }, (_, number) => {
    const upcs = Array.from({ length: 20 }, (_entity, index) => `product-${number + index}`);
    const request = createRequest({
      operationType: "query",
      query:
        "query Example__products__1($representations:[_Any!]!){_entities(representations:$representations){...on Product{name price}}}",
      operationName: "Example__products__1",
      variables: { representations: upcs.map((upc) => ({ __typename: "Product", upc })) },
      caller: anonymous,
      headers: new Map(),
    });
    return { ...request };
  });
}

function dispatchBare(url: string): Contestant {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 30_000 });
  return ({ body }) =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: () => undefined,
        onResponseStart: () => undefined,
        onResponseData: (_, chunk) => void chunks.push(chunk),
        onResponseEnd: () => resolve(JSON.parse(Buffer.concat(chunks).toString("utf8"))),
        onResponseError: (_, error) => reject(error),
      };
      pool.dispatch({ method: "POST", path: pathname, headers, body }, handler);
    });
}

function client(url: string): Contestant {
  const options = {
    name: "products",
    url,
    maxConnections: connections,
    maxResponseBytes: 50_000_000,
    tokens: undefined,
  };
  const { execute } = createHttpClient(options);
  return (request) => execute(request, new Cancel());
}

function wrappedClient(url: string, isSharing: boolean): Contestant {
  const create = createClientFactory(
    { maxConnections: connections },
    {
      metrics: createMetrics(),
      states: createSubgraphStates(() => new Date()),
      logger: silentLogger,
      deduplication: isSharing ? { fence: new MutationFence() } : undefined,
    },
  );
  const { execute } = create({ name: "products", url }, { routes: new Map() });
  return (request) => execute(request, new AbortController().signal);
}

function requestWithSignal(url: string): Contestant {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 30_000 });
  return async ({ body }) => {
    const { signal } = new AbortController();
    const answer = await pool.request({ method: "POST", path: pathname, headers, body, signal });
    const chunks: Buffer[] = [];
    for await (const chunk of answer.body as AsyncIterable<Buffer>) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  };
}

function fetchBare(url: string): Contestant {
  return async ({ body }) => {
    const answer = await fetch(url, { method: "POST", headers, body });
    return answer.json();
  };
}
