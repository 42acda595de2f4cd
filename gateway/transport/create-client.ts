import type { GatewayMetrics } from "../observability/metrics.ts";
import type { ReadSupergraph } from "../supergraph/read-source.ts";
import { createHttpClient, type GatewayTokens } from "./http.ts";
import { createInProcessClient } from "./in-process.ts";
import type { SubgraphClient } from "./subgraph-client.ts";
import type { SubgraphStates } from "./subgraph-states.ts";
import { withObservation } from "./with-observation.ts";
import { withTimeout } from "./with-timeout.ts";

export interface TransportOptions {
  /** For every subgraph that `timeoutMsBySubgraph` does not name. */
  readonly timeoutMs: number;
  readonly timeoutMsBySubgraph: Readonly<Record<string, number>>;
  readonly maxResponseBytes: number;
  /** Connections to one subgraph over HTTP. */
  readonly maxConnections: number;
  /** Signs who asks, for subgraphs over HTTP; without it they see an anonymous caller. */
  readonly tokens: GatewayTokens | undefined;
}

const defaults: TransportOptions = {
  timeoutMs: 30_000,
  timeoutMsBySubgraph: {},
  maxResponseBytes: 50_000_000,
  maxConnections: 64,
  tokens: undefined,
};

/** The client of a subgraph with its wrappers, inside out: adapter, timeout, observation (which sees timeouts too). */
export function createClientFactory(
  given: Partial<TransportOptions>,
  metrics: GatewayMetrics,
  states: SubgraphStates,
): (subgraph: { readonly name: string; readonly url: string | undefined }, read: ReadSupergraph) => SubgraphClient {
  const options = { ...defaults, ...given };
  return ({ name, url }, { routes }) => {
    const timeoutMs = options.timeoutMsBySubgraph[name] ?? options.timeoutMs;
    return withObservation(
      withTimeout(createAdapter(name, url, routes.get(name), options), timeoutMs),
      metrics,
      states,
    );
  };
}

function createAdapter(
  name: string,
  url: string | undefined,
  route: ReturnType<ReadSupergraph["routes"]["get"]>,
  { maxConnections, maxResponseBytes, tokens }: TransportOptions,
): SubgraphClient {
  if (route?.kind === "in-process") return createInProcessClient(route.subgraph);
  const address = route?.url ?? url;
  const parsed = address === undefined ? null : URL.parse(address);
  if (parsed === null || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) {
    throw new Error(
      `The supergraph names no http address for the subgraph "${name}"${address === undefined ? "" : ` (it says ${address})`}: configure one`,
    );
  }
  return createHttpClient({ name, url: parsed.href, maxConnections, maxResponseBytes, tokens });
}
