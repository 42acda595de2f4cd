import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defaultCacheOptions } from "#gateway";
import { FindingsError } from "../terminal/print-failure.ts";
import { readBytes, readMs } from "./quantity.ts";
import { readConfig } from "./read-config.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "read-config-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function read(spec: string): ReturnType<typeof readConfig> {
  const file = join(folder, "datamesh.yaml");
  await writeFile(file, `apiVersion: datamesh.io/v1\nkind: Mesh\nmetadata: { name: test }\nspec:\n${spec}`);
  return readConfig(file);
}

async function findings(spec: string): Promise<readonly string[]> {
  const error = await read(spec).catch((caught: unknown) => caught);
  if (!(error instanceof FindingsError)) throw new Error("the configuration was accepted");
  return error.findings.map(
    ({ code, place, path, message }) => `${place.line}:${place.column} ${code} ${path} ${message}`,
  );
}

describe("a configuration", () => {
  it("is complete with nothing but a name", async () => {
    const config = await read("  {}\n");
    expect(config).toMatchObject({
      name: "test",
      folder,
      stateFolder: join(folder, ".datamesh"),
      products: ["subgraphs/*/product.yaml"],
      server: { host: "127.0.0.1", port: 4000, maxBodyBytes: 1_048_576, graceMs: 10_000 },
      storage: { postgresUrl: undefined },
      authentication: { development: false, issuers: [], gatewayKeys: join(folder, ".datamesh/gateway.jwks.json") },
    });
  });

  it("knows a Redis by its address alone, and none without", async () => {
    expect((await read("  {}\n")).redis).toBeUndefined();
    vi.stubEnv("SOME_REDIS", "rediss://:secret@redis.example:6380/2");
    expect((await read("  redis:\n    url: ${SOME_REDIS:-}\n")).redis).toEqual({
      url: "rediss://:secret@redis.example:6380/2",
      keyPrefix: "datamesh:",
      timeoutMs: 50,
    });
    for (const url of ["redis+sentinel://:secret@one,two:26380/mymaster", "rediss+cluster://one:7000,two:7001"]) {
      expect((await read(`  redis: { url: "${url}" }\n`)).redis?.url).toBe(url);
    }
  });

  it("has the event bus in the process unless it says where it is", async () => {
    const options = { prefix: "datamesh", keepMs: 86_400_000, maxEvents: 100_000, replicas: 1, timeoutMs: 2_000 };
    expect((await read("  {}\n")).events).toEqual({ url: undefined, ...options });
    vi.stubEnv("SOME_NATS", "nats://me:secret@one:4222,two:4222");
    expect((await read("  events: { url: '${SOME_NATS}', keep: 2h, replicas: 3 }\n")).events).toEqual({
      ...options,
      url: "nats://me:secret@one:4222,two:4222",
      keepMs: 7_200_000,
      replicas: 3,
    });
    for (const url of ["tls://nats.example", "redis://127.0.0.1", "redis+sentinel://one/main"]) {
      expect((await read(`  events: { url: "${url}" }\n`)).events.url).toBe(url);
    }
  });

  it("keeps what products allow, and shares it, unless it says otherwise", async () => {
    const { cache } = (await read("  {}\n")).gateway;
    expect(cache).toMatchObject({ enabled: true, mode: "on", products: {}, memory: "64mb", responses: "32mb" });
    expect(cache.unshared).toEqual(defaultCacheOptions.unsharedCategories);
    const spec = "  gateway: { cache: { mode: off, products: { orders: on, customers: shadow }, unshared: [] } }\n";
    expect((await read(spec)).gateway.cache).toMatchObject({
      mode: "off",
      products: { orders: "on", customers: "shadow" },
      unshared: [],
    });
  });

  it("has paths relative to itself, and URLs as they are", async () => {
    const issuer = "{ issuer: i, audience: a, jwks: keys/i.json }";
    const config = await read(
      `  state: state\n  authentication: { issuers: [${issuer}], gatewayKeys: "https://gateway.example/jwks.json" }\n`,
    );
    expect(config.stateFolder).toBe(join(folder, "state"));
    expect(config.authentication.issuers[0]?.jwks).toBe(join(folder, "keys/i.json"));
    expect(config.authentication.gatewayKeys).toBe("https://gateway.example/jwks.json");
  });

  it("switches batches and persisted queries, and finds trusted documents beside itself", async () => {
    const { server, gateway } = await read("  {}\n");
    expect([server.maxBatch, gateway.trustedDocuments]).toEqual([undefined, undefined]);
    expect(gateway.persistedQueries).toEqual({ enabled: true, memory: "16mb", ttl: "1d" });
    const spec =
      "  server: { batching: { enabled: true } }\n  gateway: { trustedDocuments: a/ops.json, trustedOnly: true }\n";
    const switched = await read(spec);
    expect(switched.server.maxBatch).toBe(10);
    expect(switched.gateway.trustedDocuments).toEqual({ file: join(folder, "a/ops.json"), only: true });
  });

  it("takes secrets from the environment", async () => {
    vi.stubEnv("TEST_DATABASE", "postgres://127.0.0.1/x");
    expect((await read('  storage: { postgresUrl: "${TEST_DATABASE}" }\n')).storage.postgresUrl).toBe(
      "postgres://127.0.0.1/x",
    );
    vi.stubEnv("TEST_DATABASE", undefined);
    expect((await read('  storage: { postgresUrl: "${TEST_DATABASE:-}" }\n')).storage.postgresUrl).toBeUndefined();
  });

  it.each([
    ["  sever: { port: 1 }\n", /^5:3 unknown-key spec\.sever .*`server`/],
    ["  server: { prot: 1 }\n", /^5:13 unknown-key spec\.server\.prot .*`port`/],
    ["  server: { port: 70000 }\n", /^5:19 wrong-value spec\.server\.port .*65535/],
    ["  server: { bodyLimit: 10 potatoes }\n", /^5:24 wrong-value spec\.server\.bodyLimit .*512kb/],
    ["  gateway: { trustedOnly: true }\n", /^5:27 missing-key spec\.gateway\.trustedOnly .*`trustedDocuments`/],
    ["  gateway: { deduplicate: some }\n", /^5:27 wrong-value spec\.gateway\.deduplicate .*fetches/],
    [
      "  gateway: { subgraphTimeouts: { orders: 0s } }\n",
      /^5:42 wrong-value spec\.gateway\.subgraphTimeouts\.orders .*above zero/,
    ],
    [
      "  gateway: { circuitBreaker: { failureRate: 0 } }\n",
      /^5:45 wrong-value spec\.gateway\.circuitBreaker\.failureRate /,
    ],
    ["  gateway: { retry: { retries: 9 } }\n", /^5:32 wrong-value spec\.gateway\.retry\.retries /],
    ["  redis: { url: secret@redis.example }\n", /^5:17 wrong-value spec\.redis\.url .*redis:\/\/host:6379/],
    ["  redis: { url: 'redis+sentinel://one' }\n", /^5:17 wrong-value spec\.redis\.url .*end it with \/name/],
    ["  events: { url: 'amqp://one' }\n", /^5:18 wrong-value spec\.events\.url .*nats:\/\/host:4222/],
    ["  events: { url: 'redis://one,two' }\n", /^5:18 wrong-value spec\.events\.url .*redis\+cluster:\/\//],
    ["  events: { prefix: 'a b' }\n", /^5:21 wrong-value spec\.events\.prefix .*letters, digits/],
    ["  gateway: { cache: { mode: sometimes } }\n", /^5:29 wrong-value spec\.gateway\.cache\.mode .*`shadow`/],
    [
      "  gateway: { cache: { products: { orders: yes } } }\n",
      /^5:43 wrong-value spec\.gateway\.cache\.products\.orders .*`on`, `shadow`, `off`/,
    ],
    ["  gateway: { cache: { memory: lots } }\n", /^5:31 wrong-value spec\.gateway\.cache\.memory .*512kb/],
    ["  gateway: { cache: { longest: 0s } }\n", /^5:32 wrong-value spec\.gateway\.cache\.longest .*above zero/],
    ["  log: { level: loud }\n", /^5:17 wrong-value spec\.log\.level .*silent/],
    [
      '  storage: { postgresUrl: "${NOT_THERE_AT_ALL}" }\n',
      /^5:27 undefined-variable spec\.storage\.postgresUrl .*NOT_THERE_AT_ALL/,
    ],
  ])("is refused with place and advice: %s", async (spec, expected) => {
    expect(await findings(spec)).toEqual([expect.stringMatching(expected)]);
  });

  it("that is not there is named", async () => {
    await expect(readConfig(join(folder, "nothing.yaml"))).rejects.toMatchObject({
      code: "CONFIGURATION_NOT_FOUND",
      message: expect.stringContaining("nothing.yaml"),
    });
  });
});

describe("quantities", () => {
  it.each([
    ["0b", 0],
    ["512kb", 524_288],
    ["2GB", 2_147_483_648],
  ])("%s is %d bytes", (text, bytes) => expect(readBytes(text)).toBe(bytes));

  it.each([
    ["250ms", 250],
    ["90s", 90_000],
    ["2h", 7_200_000],
  ])("%s is %d ms", (text, ms) => expect(readMs(text)).toBe(ms));

  it("refuses what has no unit", () => expect(() => readMs("30")).toThrow(/whole number and one of ms, s/));
});
