/**
 * A source → what a generation is built from.
 * In: sources, and what the running generation was read from. Out: a supergraph's SDL and how to reach its subgraphs.
 * Next: `generation.ts`.
 */
import { readFile } from "node:fs/promises";
import { parse } from "graphql";
import { type CacheHints, readCacheHints } from "#schema";
import type { GatewayMetrics } from "../observability/metrics.ts";
import { createHttpClient } from "../transport/http.ts";
import type { InProcessSubgraph } from "../transport/in-process.ts";
import { withTimeout } from "../transport/with-timeout.ts";
import { type ComposableSubgraph, type CompositionHint, compose } from "./compose.ts";
import { CompositionFailed } from "./composition-error.ts";
import { fetchSdl } from "./fetch-sdl.ts";
import type { SubgraphSource, SupergraphSource } from "./source.ts";

/** How a subgraph of the supergraph is reached. */
export type Route =
  | { readonly kind: "in-process"; readonly subgraph: InProcessSubgraph }
  | { readonly kind: "http"; readonly url: string; readonly socketPath?: string };

export interface ReadSupergraph {
  readonly supergraphSdl: string;
  /** By subgraph name; a subgraph without a route is reached at the address that the supergraph names. */
  readonly routes: ReadonlyMap<string, Route>;
  /** Known products that are not in the graph, and why. */
  readonly unavailable: readonly { readonly name: string; readonly reason: string }[];
  /** Subgraphs that did not answer and are in the graph as they last were. */
  readonly remembered: readonly { readonly name: string; readonly reason: string }[];
  /** What it was composed from; empty when it was composed elsewhere. */
  readonly composed: readonly ComposableSubgraph[];
  readonly hints: readonly CompositionHint[];
  /** By subgraph: what its own SDL says with `@cacheControl`, which composition leaves behind. */
  readonly cacheHints: ReadonlyMap<string, CacheHints>;
}

export interface ReadSourceOptions {
  /** What the running generation was read from: a subgraph that does not answer now keeps its last SDL. */
  readonly previous: ReadSupergraph | undefined;
  readonly sdlTimeoutMs: number;
  readonly maxSdlBytes: number;
  readonly metrics: Pick<GatewayMetrics, "composeSeconds">;
}

/** Raises `CompositionFailed`, or the reason why a file cannot be read or no subgraph is there. */
export async function readSource(source: SupergraphSource, options: ReadSourceOptions): Promise<ReadSupergraph> {
  return source.kind === "supergraph" ? readSupergraph(source) : composeSubgraphs(source.subgraphs, options);
}

async function readSupergraph(source: SupergraphSource & { kind: "supergraph" }): Promise<ReadSupergraph> {
  const { supergraph } = source;
  const supergraphSdl = "sdl" in supergraph ? supergraph.sdl : await readFile(supergraph.file, "utf8");
  const urls = Object.entries(source.urls ?? {});
  return {
    supergraphSdl,
    routes: new Map(
      urls.map(([name, to]): [string, Route] => [
        name,
        typeof to === "string" ? { kind: "http", url: to } : { kind: "http", ...to },
      ]),
    ),
    unavailable: [],
    remembered: [],
    composed: [],
    hints: [],
    cacheHints: new Map(Object.entries(source.cacheHints ?? {})),
  };
}

async function composeSubgraphs(
  sources: readonly SubgraphSource[],
  options: ReadSourceOptions,
): Promise<ReadSupergraph> {
  const unavailable: { name: string; reason: string }[] = [];
  const remembered: { name: string; reason: string }[] = [];
  const routes = new Map<string, Route>();
  const parts = await Promise.all(sources.map((source) => readSubgraph(source, options)));
  const composable: ComposableSubgraph[] = [];
  for (const part of parts) {
    if (part.kind === "unavailable") {
      unavailable.push({ name: part.name, reason: part.reason });
      continue;
    }
    if (part.remembered !== undefined) remembered.push({ name: part.name, reason: part.remembered });
    composable.push({
      name: part.name,
      sdl: part.sdl,
      url: part.route.kind === "http" ? part.route.url : inProcessUrl,
    });
    routes.set(part.name, part.route);
  }
  if (composable.length === 0) {
    const reasons = unavailable.map(({ name, reason }) => `\n- ${name}: ${reason}`).join("");
    throw new Error(
      `No product is there to compose a graph from${reasons === "" ? ": none is configured" : `:${reasons}`}`,
    );
  }

  const { supergraphSdl, hints } = await composeOnce(composable, options);
  const cacheHints = new Map(
    composable.map(({ name, sdl }) => [name, readCacheHints(parse(sdl, { noLocation: true }))]),
  );
  return { supergraphSdl, hints, routes, unavailable, remembered, composed: composable, cacheHints };
}

/** Equal subgraphs compose to an equal supergraph: what was composed last time is taken again. */
async function composeOnce(
  composable: readonly ComposableSubgraph[],
  { previous, metrics }: ReadSourceOptions,
): Promise<Pick<ReadSupergraph, "supergraphSdl" | "hints">> {
  if (previous !== undefined && JSON.stringify(previous.composed) === JSON.stringify(composable)) return previous;
  const started = performance.now();
  const result = await compose(composable);
  metrics.composeSeconds.observe((performance.now() - started) / 1000);
  if (result.kind === "failed") throw new CompositionFailed(result.errors);
  return result;
}

// A supergraph names an address for every subgraph; this one says that there is none to call from elsewhere.
const inProcessUrl = "urn:mesh:in-process";

type ReadSubgraph =
  | {
      readonly kind: "there";
      readonly name: string;
      readonly sdl: string;
      readonly route: Route;
      readonly remembered: string | undefined;
    }
  | { readonly kind: "unavailable"; readonly name: string; readonly reason: string };

async function readSubgraph(source: SubgraphSource, options: ReadSourceOptions): Promise<ReadSubgraph> {
  if (source.kind === "unavailable") return source;
  const { name } = source;
  if (source.kind === "in-process") {
    const route: Route = { kind: "in-process", subgraph: source.subgraph };
    return { kind: "there", name, sdl: source.sdl, route, remembered: undefined };
  }
  const route: Route = { kind: "http", url: source.url };
  if (source.sdl !== undefined) return { kind: "there", name, sdl: source.sdl, route, remembered: undefined };

  const client = withTimeout(
    createHttpClient({
      name,
      url: source.url,
      maxConnections: 1,
      maxResponseBytes: options.maxSdlBytes,
      tokens: undefined,
    }),
    options.sdlTimeoutMs,
  );
  try {
    return { kind: "there", name, sdl: await fetchSdl(client), route, remembered: undefined };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const last = options.previous?.composed.find((subgraph) => subgraph.name === name)?.sdl;
    if (last === undefined) return { kind: "unavailable", name, reason };
    return { kind: "there", name, sdl: last, route, remembered: reason };
  } finally {
    await client.close().catch(() => undefined); // the answer is there or the reason is known
  }
}
