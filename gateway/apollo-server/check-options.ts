/** Which options of ApolloGateway are honoured, which change nothing, and which cannot be: those name what takes their place. */
import { didYouMean } from "#schema";
import type { GatewayConfig } from "../gateway.ts";
import type { MeshGatewayConfig } from "./mesh-gateway.ts";

/** Options of the gateway itself that make sense behind Apollo Server. */
const gatewayOptions = [
  "executor",
  "planning",
  "cache",
  "cacheKeys",
  "redis",
  "planStore",
  "warmUp",
  "authenticate",
  "govern",
  "masks",
  "transport",
  "propagateHeaders",
  "deduplicate",
  "subgraphMessages",
  "replayBytes",
  "limits",
  "introspection",
  "operationCache",
  "maxClientNames",
  "pollMs",
  "processMetrics",
  "now",
] as const satisfies readonly (keyof GatewayConfig)[];

export type GatewayOption = (typeof gatewayOptions)[number];

const options: ReadonlySet<string> = new Set<keyof MeshGatewayConfig>([
  ...gatewayOptions,
  "supergraphSdl",
  "source",
  "headers",
  "logger",
]);

const uplink = "pass `supergraphSdl: new UplinkSupergraphManager({ … })` of @apollo/gateway";

/** What would change answers or who is asked: without it the program would not do what it says. */
const refused: ReadonlyMap<string, string> = new Map([
  [
    "buildService",
    "the gateway calls subgraphs itself. To forward headers, as `RemoteGraphQLDataSource.willSendRequest` does, use " +
      '`propagateHeaders: ["authorization"]`, and `headers: (context) => ({ … })` for those that come from the context; ' +
      "timeouts and connections are in `transport`; a subgraph in the same process is a `source` of kind `in-process`",
  ],
  ["serviceList", 'use `source: { kind: "subgraphs", subgraphs: [{ kind: "http", name, url }] }`'],
  ["localServiceList", 'use `source: { kind: "subgraphs", subgraphs: [{ kind: "http", name, url, sdl }] }`'],
  ["introspectionHeaders", "pass `supergraphSdl: new IntrospectAndCompose({ subgraphs, introspectionHeaders })`"],
  ["pollIntervalInMs", "use `pollMs`, or the interval of the supergraph manager"],
  ["serviceHealthCheck", "use `IntrospectAndCompose`'s `subgraphHealthCheck`, or read `health()`"],
  ["fetcher", "the gateway calls subgraphs itself; timeouts and connections are in `transport`"],
  ["uplinkEndpoints", uplink],
  ["uplinkMaxRetries", uplink],
  ["schemaConfigDeliveryEndpoint", uplink],
  ["fallbackPollIntervalInMs", uplink],
  ["experimental_updateSupergraphSdl", "pass a function as `supergraphSdl`, and call its `update`"],
  ["experimental_updateServiceDefinitions", "pass a function as `supergraphSdl`, and call its `update`"],
  ["experimental_didUpdateSupergraph", "use `onSchemaLoadOrUpdate(callback)`"],
  [
    "experimental_didResolveQueryPlan",
    "plans are not Apollo's here; print one with `explainPlan(supergraphSdl, query)`",
  ],
  [
    "__exposeQueryPlanExperimental",
    "plans are not shown to clients; print one with `explainPlan(supergraphSdl, query)`",
  ],
]);

/** What tunes ApolloGateway alone: answers are the same without it. */
const withoutEffect: ReadonlyMap<string, string> = new Map([
  ["debug", "the logger decides what it prints"],
  ["queryPlannerConfig", "operations are planned by the gateway's own rules"],
  ["experimental_approximateQueryPlanStoreMiB", "`operationCache` says how much is kept"],
  ["experimental_autoFragmentization", "requests to subgraphs are as short as they get"],
  ["telemetry", "numbers are in `metrics()`"],
  ["validateSupergraph", "a supergraph is always validated"],
]);

/**
 * Guarantees a config that says where the supergraph comes from and nothing that is not heeded. Returns a warning for each
 * option that has no effect.
 *
 * @throws TypeError with one line for each option that cannot be honoured.
 */
export function checkOptions(config: MeshGatewayConfig): readonly string[] {
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(config)) {
    // Switched off is what the gateway does anyway.
    if (value === undefined || options.has(name)) continue;
    const instead = refused.get(name);
    const reason = withoutEffect.get(name);
    if (instead !== undefined) {
      if (value !== false) problems.push(`\`${name}\` cannot be honoured: ${instead}`);
    } else if (reason === undefined) {
      problems.push(`\`${name}\` is no option.${didYouMean(name, options)}`);
    } else warnings.push(`MeshGateway: \`${name}\` has no effect: ${reason}`);
  }
  const { supergraphSdl, source } = config;
  if (supergraphSdl !== undefined && source !== undefined) {
    problems.push("`supergraphSdl` and `source` exclude each other: give one of them");
  } else if (source === undefined && !isSupergraph(supergraphSdl)) {
    problems.push(
      "`supergraphSdl` must be the supergraph's text, a function or a manager; instead of it `source` may name a file or " +
        `subgraphs. To load from Apollo Uplink, ${uplink}`,
    );
  }
  if (problems.length > 0) throw new TypeError(`MeshGateway:\n${problems.map((problem) => `- ${problem}`).join("\n")}`);
  return warnings;
}

function isSupergraph(value: unknown): boolean {
  if (typeof value === "string") return value.trim() !== "";
  if (typeof value === "function") return true;
  return typeof value === "object" && value !== null && "initialize" in value && typeof value.initialize === "function";
}
