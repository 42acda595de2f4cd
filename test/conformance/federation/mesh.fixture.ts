/** A few subgraphs in this process behind the engine, and behind @apollo/gateway, for tests that read like the specification. */
import { composeServices } from "@apollo/composition";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { graphql, parse, validate } from "graphql";
import type { CompiledExecutorOptions } from "../../../gateway/execution/compiled/compiled-executor.ts";
import type { SubgraphClient, SubgraphResponse } from "../../../gateway/transport/subgraph-client.ts";
import { createTestEngine, type TestEngine, type TestRequest } from "../../engine.ts";

export interface SubgraphDefinition {
  /** Without the `@link` to the federation specification. */
  readonly sdl: string;
  readonly resolvers?: object;
  /** Answers instead of the resolvers. */
  readonly respond?: (request: SentRequest) => unknown;
}

export interface SentRequest {
  readonly subgraph: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface Answer {
  readonly data: any;
  readonly errors: readonly {
    readonly message: string;
    readonly path?: unknown;
    readonly extensions: Record<string, unknown>;
  }[];
}

export interface TestMesh {
  readonly supergraphSdl: string;
  readonly executor: TestEngine;
  readonly clients: ReadonlyMap<string, SubgraphClient>;
  /** Every request since the mesh was created, in the order of sending. */
  readonly sent: SentRequest[];
  /** Validates and executes. */
  query(text: string, variables?: Record<string, unknown>, request?: TestRequest): Promise<Answer>;
}

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@provides", "@shareable", "@override", "@inaccessible", "@interfaceObject", "@context", "@fromContext", "@tag"])\n';

function composeSdl(subgraphs: Readonly<Record<string, { readonly sdl: string }>>): string {
  const result = composeServices(
    Object.entries(subgraphs).map(([name, { sdl }]) => ({
      name,
      url: `http://${name}.invalid`,
      typeDefs: parse(link + sdl),
    })),
  );
  if (result.supergraphSdl === undefined) throw new Error(result.errors?.map((error) => error.message).join("\n"));
  return result.supergraphSdl;
}

export function createTestMesh(
  subgraphs: Readonly<Record<string, SubgraphDefinition>>,
  options: Partial<CompiledExecutorOptions> = {},
): TestMesh {
  const supergraphSdl = composeSdl(subgraphs);
  const sent: SentRequest[] = [];
  const clients = new Map(
    Object.entries(subgraphs).map(([name, definition]): [string, SubgraphClient] => {
      const schema = buildSubgraphSchema([
        { typeDefs: parse(link + definition.sdl), resolvers: (definition.resolvers ?? {}) as never },
      ]);
      return [
        name,
        {
          name,
          async execute(request) {
            const { query, variables } = request;
            sent.push({ subgraph: name, query, variables });
            const response = definition.respond
              ? await definition.respond({ subgraph: name, query, variables })
              : await graphql({ schema, source: query, variableValues: variables });
            return (response === undefined ? undefined : JSON.parse(JSON.stringify(response))) as SubgraphResponse;
          },
          async close() {},
        },
      ];
    }),
  );
  const executor = createTestEngine(supergraphSdl, { clients, ...options });
  return {
    supergraphSdl,
    executor,
    clients,
    sent,
    async query(text, variables = {}, request = {}) {
      const invalid = validate(executor.apiSchema, parse(text));
      if (invalid.length > 0) throw new Error(invalid.map((error) => error.message).join("\n"));
      const { text: data, errors } = await executor.execute(text, { ...request, variables });
      return {
        data: data === undefined ? undefined : JSON.parse(data),
        errors: errors.map((error) => error.toJSON()) as unknown as Answer["errors"],
      };
    },
  };
}
