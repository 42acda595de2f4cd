/** Where a supergraph comes from. */
import type { CacheHints } from "#schema";
import type { InProcessSubgraph } from "../transport/in-process.ts";

/** One product's subgraph, as it can be reached. */
export type SubgraphSource =
  /** In this process: called as an object. */
  | { readonly kind: "in-process"; readonly name: string; readonly sdl: string; readonly subgraph: InProcessSubgraph }
  /** Over HTTP. Without `sdl` it is asked for its own (`{ _service { sdl } }`). */
  | { readonly kind: "http"; readonly name: string; readonly url: string; readonly sdl?: string | undefined }
  /** Known, but not there: left out of the graph and shown in health with the reason. */
  | { readonly kind: "unavailable"; readonly name: string; readonly reason: string };

/** Where a subgraph is asked, when that is more than a URL. */
export interface SubgraphAddress {
  readonly url: string;
  /** A Unix socket (or named pipe) that listens in place of the URL's host and port. */
  readonly socketPath: string;
}

export type SupergraphSource =
  /** Composed here. */
  | { readonly kind: "subgraphs"; readonly subgraphs: readonly SubgraphSource[] }
  /** Composed elsewhere. `urls` replaces addresses that the supergraph names, by subgraph. */
  | {
      readonly kind: "supergraph";
      readonly supergraph: { readonly sdl: string } | { readonly file: string };
      readonly urls?: Readonly<Record<string, string | SubgraphAddress>> | undefined;
      /** By subgraph: its `@cacheControl`, where whoever composed it has read them. */
      readonly cacheHints?: Readonly<Record<string, CacheHints>> | undefined;
    };
