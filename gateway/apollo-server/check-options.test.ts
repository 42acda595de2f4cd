import type { GatewayConfig as ApolloGatewayConfig } from "@apollo/gateway";
import { describe, expect, it } from "vitest";
import { checkOptions } from "./check-options.ts";
import type { MeshGatewayConfig } from "./mesh-gateway.ts";

const given = { supergraphSdl: "type Query { a: Int }" };
/** As a program without types would call it. */
const check = (config: object): readonly string[] => checkOptions(config as MeshGatewayConfig);

type KeysOfUnion<T> = T extends T ? keyof T : never;

/** Every option of the installed ApolloGateway with a value that a program may give. */
const apolloOptions: Readonly<Record<KeysOfUnion<ApolloGatewayConfig>, unknown>> = {
  supergraphSdl: "type Query { a: Int }",
  logger: console,
  debug: true,
  __exposeQueryPlanExperimental: true,
  buildService: () => undefined,
  experimental_didResolveQueryPlan: () => undefined,
  experimental_didUpdateSupergraph: () => undefined,
  experimental_approximateQueryPlanStoreMiB: 30,
  experimental_autoFragmentization: true,
  fetcher: fetch,
  serviceHealthCheck: true,
  queryPlannerConfig: {},
  telemetry: {},
  validateSupergraph: true,
  serviceList: [],
  introspectionHeaders: {},
  pollIntervalInMs: 1000,
  schemaConfigDeliveryEndpoint: "https://example.org",
  uplinkEndpoints: [],
  uplinkMaxRetries: 1,
  fallbackPollIntervalInMs: 1000,
  experimental_updateServiceDefinitions: () => undefined,
  experimental_updateSupergraphSdl: () => undefined,
  localServiceList: [],
};

const honoured = ["supergraphSdl", "logger"];
const withoutEffect = [
  "debug",
  "experimental_approximateQueryPlanStoreMiB",
  "experimental_autoFragmentization",
  "queryPlannerConfig",
  "telemetry",
  "validateSupergraph",
];
const refused = Object.keys(apolloOptions).filter((name) => ![...honoured, ...withoutEffect].includes(name));
const withOption = (name: string): object => ({
  ...given,
  [name]: apolloOptions[name as keyof typeof apolloOptions],
});

describe("ApolloGateway's options", () => {
  it.each(honoured)("takes %s", (name) => {
    expect(check(withOption(name))).toEqual([]);
  });

  it.each(withoutEffect)("says that %s has no effect, and why", (name) => {
    expect(check(withOption(name))).toEqual([expect.stringMatching(`\`${name}\` has no effect: .+`)]);
  });

  it.each(refused)("refuses %s by name with what takes its place", (name) => {
    expect(() => check(withOption(name))).toThrow(
      expect.objectContaining({
        name: "TypeError",
        message: expect.stringMatching(`\`${name}\` cannot be honoured: .+`),
      }),
    );
  });

  it("names the header propagation where headers were forwarded by a data source", () => {
    expect(() => check(withOption("buildService"))).toThrow('propagateHeaders: ["authorization"]');
  });

  it("takes what is switched off, since it is off", () => {
    expect(check({ ...given, serviceHealthCheck: false, __exposeQueryPlanExperimental: false })).toEqual([]);
  });

  it("lists every problem at once", () => {
    expect(() => check({ ...given, buildService: () => undefined, serviceList: [], limitz: {} })).toThrow(
      /buildService.*\n.*serviceList.*\n.*`limitz` is no option. Did you mean `limits`\?/,
    );
  });
});

describe("the supergraph's source", () => {
  it.each([{}, { supergraphSdl: "" }, { supergraphSdl: {} }, { supergraphSdl: null }, { supergraphSdl: 5 }])(
    "is missed in %j, and Uplink's manager is named",
    (config) => {
      expect(() => check(config)).toThrow(/`supergraphSdl` must be.*UplinkSupergraphManager/);
    },
  );

  it("is given once", () => {
    expect(() => check({ ...given, source: { kind: "subgraphs", subgraphs: [] } })).toThrow("exclude each other");
  });

  it.each([
    { supergraphSdl: () => undefined },
    { supergraphSdl: { initialize: () => undefined } },
    { source: { kind: "supergraph", supergraph: { file: "supergraph.graphql" } } },
  ])("may be %j", (config) => {
    expect(check(config)).toEqual([]);
  });
});
