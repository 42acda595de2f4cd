import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { silentLogger } from "../observability/logger.ts";
import { createMetrics } from "../observability/metrics.ts";
import { createClientFactory } from "./create-client.ts";
import { MutationFence } from "./flights.ts";
import { createHttpClient } from "./http.ts";
import { createInProcessClient, type InProcessSubgraph } from "./in-process.ts";
import { type Call, describeSubgraphClient, type ServeSubgraph } from "./subgraph-client.suite.ts";
import type { SubgraphResponse } from "./subgraph-client.ts";
import { createSubgraphStates } from "./subgraph-states.ts";

type Route =
  | { readonly kind: "http"; readonly url: string }
  | { readonly kind: "in-process"; readonly subgraph: InProcessSubgraph };
type Answer = (call: Call) => unknown;

/** With every wrapper that there is. */
function wrapped(name: string, route: Route) {
  const create = createClientFactory(
    {},
    {
      metrics: createMetrics(),
      states: createSubgraphStates(() => new Date()),
      logger: silentLogger,
      deduplication: { fence: new MutationFence() },
    },
  );
  return create({ name, url: undefined }, { routes: new Map([[name, route]]) });
}

function inProcess(name: string, answer: Answer): InProcessSubgraph {
  return {
    name,
    async execute({ query, operationName, variables, signal }) {
      const abandoned = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      // The port says what a subgraph answers; what is answered here is also what it should not.
      return (await answer({ query, operationName, variables, abandoned })) as SubgraphResponse;
    },
  };
}

async function listen(answer: Answer): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    const abandoned = new Promise<void>((resolve) => response.once("close", resolve));
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { query, operationName, variables } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
      const answering = async (): Promise<unknown> => answer({ query, operationName, variables, abandoned });
      answering().then(
        (given) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(given)),
        (error: unknown) => response.writeHead(500, { "content-type": "text/plain" }).end(String(error)),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const overHttp =
  (isWrapped: boolean): ServeSubgraph =>
  async (name, answer) => {
    const server = await listen(answer);
    const { url } = server;
    const client = isWrapped
      ? wrapped(name, { kind: "http", url })
      : createHttpClient({ name, url, maxConnections: 8, maxResponseBytes: 100_000, tokens: undefined });
    return { client, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  };

const here =
  (isWrapped: boolean): ServeSubgraph =>
  async (name, answer) => {
    const subgraph = inProcess(name, answer);
    const client = isWrapped ? wrapped(name, { kind: "in-process", subgraph }) : createInProcessClient(subgraph);
    return { client, [Symbol.asyncDispose]: () => client.close() };
  };

describeSubgraphClient("a subgraph in process", here(false));
describeSubgraphClient("a subgraph in process, with every wrapper", here(true));
describeSubgraphClient("a subgraph over HTTP", overHttp(false));
describeSubgraphClient("a subgraph over HTTP, with every wrapper", overHttp(true));
