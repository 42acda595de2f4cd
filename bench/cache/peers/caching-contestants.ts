/** Who is compared, each with a Redis of its own and as its users would set it up; and each without anything kept. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Contestant, contestants } from "../../peers/contestants.ts";
import type { Callers } from "./callers.ts";

/** Whether an answer that one caller got may be another one's. Peers are told; datamesh finds out. */
export type Sharing = "shared" | "apart";

export const titles = {
  datamesh: { kept: "datamesh, Redis", uncached: "datamesh, nothing kept" },
  hive: { kept: "Hive Gateway, Redis", uncached: "Hive Gateway, nothing kept" },
  apollo: { kept: "Apollo Server, Redis", uncached: "Apollo Server, nothing kept" },
} as const;

export interface DatameshConfig extends Disposable {
  readonly file: string;
}

/** The whole configuration: everything else is as it is by default. */
export function writeDatameshConfig(redisUrl: string, { apiKeys }: Pick<Callers, "apiKeys">): DatameshConfig {
  const folder = mkdtempSync(join(tmpdir(), "datamesh-bench-"));
  const file = join(folder, "datamesh.yaml");
  const document = {
    apiVersion: "datamesh.io/v1",
    kind: "Mesh",
    metadata: { name: "bench" },
    spec: { products: [], policies: [], redis: { url: redisUrl }, authentication: { apiKeys } },
  };
  // JSON is YAML, too.
  writeFileSync(file, JSON.stringify(document));
  return { file, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

export function datameshKeeping(config: DatameshConfig): Contestant {
  const base = contestants.datamesh;
  return {
    ...base,
    title: titles.datamesh.kept,
    args: (start) => [...base.args(start), "--config", config.file],
  };
}

export function hiveKeeping(redisUrl: string, sharing: Sharing): Contestant {
  const base = contestants.hive;
  return {
    ...base,
    title: titles.hive.kept,
    args: (start) => base.args(start).map((argument) => argument.replace("hive.config.js", "hive-cache.config.js")),
    env: () => ({ BENCH_REDIS: redisUrl, BENCH_CALLERS: sharing }),
  };
}

export function apolloKeeping(redisUrl: string, sharing: Sharing): Contestant {
  const base = contestants["apollo-server"];
  return {
    ...base,
    title: titles.apollo.kept,
    args: (start) => base.args(start).map((argument) => argument.replace("apollo-server.js", "apollo-server-cache.js")),
    env: () => ({ BENCH_REDIS: redisUrl, BENCH_CALLERS: sharing }),
  };
}
