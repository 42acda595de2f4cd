import type { Logger } from "../observability/logger.ts";
import type { GatewayMetrics } from "../observability/metrics.ts";
import type { ReadSupergraph } from "../supergraph/read-source.ts";
import { CircuitBreaker, type CircuitBreakerOptions, type CircuitState } from "./circuit-breaker.ts";
import type { MutationFence } from "./flights.ts";
import { createHttpClient, type GatewayTokens } from "./http.ts";
import { createInProcessClient } from "./in-process.ts";
import { RetryBudget } from "./retry-budget.ts";
import type { SubgraphClient } from "./subgraph-client.ts";
import type { SubgraphStates } from "./subgraph-states.ts";
import { withCircuitBreaker } from "./with-circuit-breaker.ts";
import { withDeduplication } from "./with-deduplication.ts";
import { withObservation } from "./with-observation.ts";
import { withRetry } from "./with-retry.ts";
import { withTimeout } from "./with-timeout.ts";

export interface TransportOptions {
  /** For every subgraph that `timeoutMsBySubgraph` does not name; all tries of a request together. */
  readonly timeoutMs: number;
  readonly timeoutMsBySubgraph: Readonly<Record<string, number>>;
  readonly maxResponseBytes: number;
  /** Connections to one subgraph over HTTP. */
  readonly maxConnections: number;
  /** Signs who asks, for subgraphs over HTTP; without it they see an anonymous caller. */
  readonly tokens: GatewayTokens | undefined;
  readonly retry: {
    /** Of one query, after its first try; 0 for none. */
    readonly maxRetries: number;
    /** Retries for each request to a subgraph, over time: 0.2 lets every fifth be retried. */
    readonly budget: number;
  };
  /** Undefined for none. */
  readonly circuitBreaker: CircuitBreakerOptions | undefined;
}

const defaults: TransportOptions = {
  timeoutMs: 30_000,
  timeoutMsBySubgraph: {},
  maxResponseBytes: 50_000_000,
  maxConnections: 64,
  tokens: undefined,
  retry: { maxRetries: 1, budget: 0.2 },
  circuitBreaker: { failureRate: 0.5, minRequests: 20, windowMs: 10_000, openMs: 5_000 },
};

/** Retries that a subgraph may be sent without having been asked much, so that one blip of a quiet one is healed. */
const spareRetries = { perSecond: 1, burst: 10 };

const circuitLevels: Readonly<Record<CircuitState, number>> = { closed: 0, "half-open": 1, open: 2 };

export interface ClientFactoryParts {
  readonly metrics: GatewayMetrics;
  readonly states: SubgraphStates;
  readonly logger: Logger;
  /** Shares identical queries under way; undefined sends each. */
  readonly deduplication: { readonly fence: MutationFence } | undefined;
}

/** What is known of a subgraph at one address outlives the generations that ask it. */
interface Experience {
  readonly address: unknown;
  readonly budget: RetryBudget;
  readonly breaker: CircuitBreaker | undefined;
}

/**
 * The client of a subgraph with its wrappers. From the adapter outwards:
 *
 * 1. retry, since all tries of a request are one request for whatever is around it;
 * 2. timeout, which all tries have to share;
 * 3. observation, which sees each request that is really made, timeouts included;
 * 4. circuit breaker, which judges by what became of whole requests and is asked once for all who share one;
 * 5. deduplication.
 */
export function createClientFactory(
  given: Partial<TransportOptions>,
  parts: ClientFactoryParts,
): (
  subgraph: { readonly name: string; readonly url: string | undefined },
  read: Pick<ReadSupergraph, "routes">,
) => SubgraphClient {
  const options = { ...defaults, ...given };
  const { metrics, states, deduplication } = parts;
  const experiences = new Map<string, Experience>();

  const experienceOf = (name: string, address: unknown): Experience => {
    const known = experiences.get(name);
    if (known !== undefined && known.address === address) return known;
    const { retry, circuitBreaker } = options;
    const fresh: Experience = {
      address,
      budget: new RetryBudget({ share: retry.budget, ...spareRetries }, () => performance.now()),
      breaker: circuitBreaker && createBreaker(name, circuitBreaker, parts),
    };
    experiences.set(name, fresh);
    return fresh;
  };

  return ({ name, url }, { routes }) => {
    const route = routes.get(name);
    const { budget, breaker } = experienceOf(name, route?.kind === "in-process" ? route.subgraph : (route?.url ?? url));
    let client = createAdapter(name, url, route, options, deduplication !== undefined);
    if (options.retry.maxRetries > 0) {
      client = withRetry(client, {
        maxRetries: options.retry.maxRetries,
        budget,
        onRetry: (outcome) => metrics.fetchRetries.inc({ subgraph: name, outcome }),
        random: Math.random,
      });
    }
    client = withTimeout(client, options.timeoutMsBySubgraph[name] ?? options.timeoutMs);
    client = withObservation(client, metrics, states);
    if (breaker !== undefined) {
      client = withCircuitBreaker(client, breaker, () => metrics.circuitRefusals.inc({ subgraph: name }));
    }
    if (deduplication === undefined) return client;
    const onShared = (): void => metrics.sharedFetches.inc({ subgraph: name });
    return withDeduplication(client, { fence: deduplication.fence, onShared });
  };
}

function createBreaker(
  subgraph: string,
  options: CircuitBreakerOptions,
  { metrics, states, logger }: ClientFactoryParts,
): CircuitBreaker {
  const tell = (circuit: CircuitState): void => {
    metrics.circuitState.set({ subgraph }, circuitLevels[circuit]);
    states.circuitChanged(subgraph, circuit);
  };
  tell("closed");
  return new CircuitBreaker(
    options,
    () => performance.now(),
    (circuit) => {
      tell(circuit);
      if (circuit === "open") logger.warn({ subgraph }, "a subgraph fails too often: not asked for now");
      if (circuit === "closed") logger.info({ subgraph }, "a subgraph answers again");
    },
  );
}

function createAdapter(
  name: string,
  url: string | undefined,
  route: ReturnType<ReadSupergraph["routes"]["get"]>,
  { maxConnections, maxResponseBytes, tokens }: TransportOptions,
  keepsBytes: boolean,
): SubgraphClient {
  if (route?.kind === "in-process") return createInProcessClient(route.subgraph);
  const address = route?.url ?? url;
  const parsed = address === undefined ? null : URL.parse(address);
  if (parsed === null || (parsed.protocol !== "http:" && parsed.protocol !== "https:")) {
    throw new Error(
      `The supergraph names no http address for the subgraph "${name}"${address === undefined ? "" : ` (it says ${address})`}: configure one`,
    );
  }
  const socketPath = route?.socketPath;
  return createHttpClient({
    name,
    url: parsed.href,
    ...(socketPath === undefined ? {} : { socketPath }),
    maxConnections,
    maxResponseBytes,
    keepsBytes,
    tokens,
  });
}
