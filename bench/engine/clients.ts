/**
 * Subgraphs in the same process that cost next to nothing: each distinct request is executed once by graphql-js and its
 * answer kept as text; afterwards an answer is a look-up and a `JSON.parse`, as it would be behind HTTP.
 */
import type { GraphQLDataSource } from "@apollo/gateway";
import { graphql } from "graphql";
import { Pool } from "undici";
import type { SubgraphClient, SubgraphRequest, SubgraphResponse } from "../../gateway/transport/subgraph-client.ts";
import type { Subgraph } from "./shop.ts";

export interface StubSubgraph {
  /** JSON text of the response to a request body. */
  answer(body: string): Promise<string>;
  /** How many requests it has answered. */
  requests: number;
}

export function createStub(subgraph: Subgraph): StubSubgraph {
  const answers = new Map<string, string>();
  const stub: StubSubgraph = {
    requests: 0,
    async answer(body) {
      stub.requests++;
      const known = answers.get(body);
      if (known !== undefined) return known;
      const { query, variables, operationName } = JSON.parse(body);
      const result = await graphql({
        schema: subgraph.schema,
        source: query,
        variableValues: variables,
        operationName,
      });
      const text = JSON.stringify(result);
      answers.set(body, text);
      return text;
    },
  };
  return stub;
}

/** The engine's side: takes the ready body, gives the parsed response. */
export function createStubClient(name: string, stub: StubSubgraph): SubgraphClient {
  return {
    name,
    async execute(request: SubgraphRequest): Promise<SubgraphResponse> {
      const text = await stub.answer(request.body);
      return JSON.parse(text) as SubgraphResponse;
    },
    async close() {},
  };
}

/**
 * The engine's side over HTTP: undici's `dispatch`, the leanest way it offers. A bench's client, without the timeouts and
 * limits that a gateway's needs.
 */
export function createHttpClient(name: string, origin: string): SubgraphClient {
  const pool = new Pool(origin, { connections: 16, pipelining: 1 });
  return {
    name,
    execute(request) {
      return new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        pool.dispatch(
          {
            method: "POST",
            path: `/${name}`,
            headers: { "content-type": "application/json", accept: "application/json" },
            body: request.body,
          },
          {
            onRequestStart() {},
            onResponseStart() {},
            onResponseData: (_controller, chunk) => void chunks.push(chunk),
            onResponseEnd() {
              const [only, ...others] = chunks;
              const bytes = only !== undefined && others.length === 0 ? only : Buffer.concat(chunks);
              try {
                resolve(JSON.parse(bytes.toString()) as SubgraphResponse);
              } catch (error) {
                reject(error);
              }
            },
            onResponseError: (_controller, error) => reject(error),
          },
        );
      });
    },
    close: () => pool.close(),
  };
}

/** The same for @apollo/gateway, which has to write its body as its own data source would. */
export function createStubDataSource(stub: StubSubgraph): GraphQLDataSource {
  return {
    async process({ request }) {
      const { query, variables, operationName } = request;
      return JSON.parse(await stub.answer(JSON.stringify({ query, variables, operationName })));
    },
  };
}
