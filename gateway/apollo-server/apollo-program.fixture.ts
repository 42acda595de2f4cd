/** An Apollo Server program as users write one, in front of subgraphs over HTTP. */

import { composeServices } from "@apollo/composition";
import { ApolloServer, type ApolloServerOptions, type BaseContext } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { parse } from "graphql";
import { type HttpSubgraph, overHttp } from "../fixtures/http-subgraph.fixture.ts";
import type { InProcessSubgraph } from "../transport/in-process.ts";

export interface ServedSupergraph extends AsyncDisposable {
  readonly supergraphSdl: string;
  readonly subgraphs: ReadonlyMap<string, HttpSubgraph>;
}

/** Puts every subgraph behind HTTP and composes a supergraph that names their addresses. */
export async function serveSupergraph(
  subgraphs: readonly (InProcessSubgraph & { readonly sdl: string })[],
): Promise<ServedSupergraph> {
  const served = new Map<string, HttpSubgraph>();
  for (const subgraph of subgraphs) served.set(subgraph.name, await overHttp(subgraph));
  return {
    supergraphSdl: composeSdl(subgraphs.map(({ name, sdl }) => ({ name, sdl, url: served.get(name)?.url ?? "" }))),
    subgraphs: served,
    async [Symbol.asyncDispose]() {
      await Promise.all([...served.values()].map((subgraph) => subgraph[Symbol.asyncDispose]()));
    },
  };
}

export function composeSdl(
  subgraphs: readonly { readonly name: string; readonly sdl: string; readonly url: string }[],
): string {
  const { supergraphSdl, errors } = composeServices(
    subgraphs.map(({ name, sdl, url }) => ({ name, url, typeDefs: parse(sdl) })),
  );
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join("\n"));
  return supergraphSdl;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly data?: any;
    readonly errors?: readonly { message: string; path?: unknown; extensions: Record<string, unknown> }[];
    readonly extensions?: Record<string, unknown>;
  };
}

export interface Program extends AsyncDisposable {
  readonly url: string;
  readonly server: ApolloServer;
  ask(
    query: string,
    variables?: Record<string, unknown>,
    options?: { readonly headers?: Record<string, string>; readonly operationName?: string },
  ): Promise<Answer>;
}

/** The whole program: a server with this gateway, listening. */
export async function startProgram(
  gateway: NonNullable<ApolloServerOptions<BaseContext>["gateway"]>,
  options: {
    readonly plugins?: ApolloServerOptions<BaseContext>["plugins"];
    readonly context?: (headers: Record<string, unknown>) => Record<string, unknown>;
  } = {},
): Promise<Program> {
  const server = new ApolloServer({
    gateway,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    // Errors on the way are part of the tests.
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    ...(options.plugins === undefined ? {} : { plugins: options.plugins }),
  });
  const { url } = await startStandaloneServer(server, {
    listen: { port: 0, host: "127.0.0.1" },
    context: ({ req }) => Promise.resolve(options.context?.(req.headers) ?? {}),
  });
  return {
    url,
    server,
    async ask(query, variables, { headers, operationName } = {}) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ query, variables, operationName }),
      });
      return { status: response.status, headers: response.headers, body: (await response.json()) as Answer["body"] };
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
