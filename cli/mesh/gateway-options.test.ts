import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { defaultCacheOptions } from "#gateway";
import { readConfig } from "../config/read-config.ts";
import { gatewayOptions } from "./gateway-options.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gateway-options-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function optionsOf(spec: string): Promise<ReturnType<typeof gatewayOptions>> {
  const file = join(folder, "datamesh.yaml");
  await writeFile(file, `apiVersion: datamesh.io/v1\nkind: Mesh\nmetadata: { name: test }\nspec:\n${spec}`);
  return gatewayOptions(await readConfig(file), pino({ level: "silent" }), undefined);
}

async function transportOf(spec: string): Promise<ReturnType<typeof gatewayOptions>["transport"]> {
  return (await optionsOf(spec)).transport;
}

it("asks subgraphs as the guide says, with nothing configured", async () => {
  expect(await transportOf("  {}\n")).toEqual({
    timeoutMs: 30_000,
    timeoutMsBySubgraph: {},
    maxResponseBytes: 67_108_864,
    maxConnections: 64,
    retry: { maxRetries: 1, budget: 0.2 },
    circuitBreaker: { failureRate: 0.5, minRequests: 20, windowMs: 10_000, openMs: 5_000 },
  });
});

it("asks subgraphs as it is configured", async () => {
  const spec = [
    "  gateway:",
    "    subgraphTimeout: 5s",
    "    subgraphTimeouts: { orders: 250ms }",
    "    subgraphConnections: 8",
    "    retry: { retries: 0 }",
    "    circuitBreaker: { enabled: false }",
    "",
  ];
  expect(await transportOf(spec.join("\n"))).toMatchObject({
    timeoutMs: 5_000,
    timeoutMsBySubgraph: { orders: 250 },
    maxConnections: 8,
    retry: { maxRetries: 0 },
    circuitBreaker: undefined,
  });
});

it("keeps answers as the guide says, with nothing configured", async () => {
  const { memoryBytes, responseBytes, maxEntryBytes, ...others } = (await optionsOf("  {}\n")).cache ?? {};
  expect([memoryBytes, responseBytes, maxEntryBytes]).toEqual([67_108_864, 33_554_432, 1_048_576]);
  // Of which sizes are powers of ten.
  expect({ ...defaultCacheOptions, ...others }).toEqual(defaultCacheOptions);
});

it("keeps answers as it is configured, and none where that is switched off", async () => {
  const spec = [
    "  gateway:",
    "    cache:",
    "      products: { orders: shadow, customers: off }",
    "      responses: 0b",
    "      longest: 5m",
    "      negative: 0s",
    "      shared: false",
    "",
  ];
  expect((await optionsOf(spec.join("\n"))).cache).toMatchObject({
    mode: "on",
    modes: { orders: "shadow", customers: "off" },
    responseBytes: 0,
    longestMs: 300_000,
    negativeMs: 0,
    shared: false,
  });
  expect((await optionsOf("  gateway: { cache: { enabled: false } }\n")).cache).toBeUndefined();
});
