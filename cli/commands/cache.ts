/** `datamesh cache`: what gateways keep of products' answers, why, and putting an end to it. */
import type { Acknowledgement, Invalidated, InvalidationOrder } from "#gateway";
import { type MeshConfig, readConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";
import { sharesByRedis } from "../mesh/cache/shares-by-redis.ts";
import { askRunning } from "../mesh/control/control-socket.ts";
import { createLogger } from "../terminal/create-logger.ts";
import { printCacheExplanation } from "../terminal/print-cache-explanation.ts";
import { printCacheStats } from "../terminal/print-cache-stats.ts";
import { readJsonObject, readQuery } from "./read-query.ts";

interface ConfigOptions {
  readonly config?: string;
}

export interface CacheStatsOptions extends ConfigOptions {
  readonly json: boolean;
}

export interface CacheExplainOptions extends ConfigOptions {
  readonly operation?: string;
  readonly variables?: string;
  readonly json: boolean;
}

export interface CachePurgeOptions extends ConfigOptions {
  readonly all: boolean;
  readonly product?: string;
  readonly type?: string;
  readonly entity?: string;
  readonly key?: string;
  readonly tag?: string;
}

/** Throws CACHE_UNREACHABLE, CACHE_OFF. */
export async function showCacheStats({ config: file, json }: CacheStatsOptions): Promise<void> {
  const config = await readConfig(file);
  const stats = (await askRunning(config.stateFolder, "gateway", "cache-stats", null)) ?? unreachable(config);
  if (json) console.log(JSON.stringify(stats, undefined, 2));
  else for (const line of printCacheStats(stats)) console.log(line);
}

/** Throws CACHE_UNREACHABLE, CACHE_OFF, CACHE_QUERY_INVALID, QUERY_INVALID, OPTION_INVALID. */
export async function explainCache(given: string, options: CacheExplainOptions): Promise<void> {
  const config = await readConfig(options.config);
  const asked = {
    query: await readQuery(given),
    operationName: options.operation,
    variables: options.variables === undefined ? undefined : readJsonObject("--variables", options.variables),
  };
  const explained = (await askRunning(config.stateFolder, "gateway", "cache-explain", asked)) ?? unreachable(config);
  if (options.json) console.log(JSON.stringify(explained, undefined, 2));
  else for (const line of printCacheExplanation(explained)) console.log(line);
}

/**
 * Of the gateway that runs here, which tells the others; where none does, of those that share a Redis.
 *
 * Throws CACHE_PURGE_INCOMPLETE, CACHE_TARGET_UNKNOWN, CACHE_UNREACHABLE, CACHE_OFF, OPTION_INVALID.
 */
export async function purgeCache(options: CachePurgeOptions): Promise<void> {
  const what = readTarget(options);
  const config = await readConfig(options.config);
  const order: InvalidationOrder = { cause: "operator", what: [what] };
  const here = await askRunning(config.stateFolder, "gateway", "cache-purge", order);
  const purged = here ?? (await purgeShared(config, order));
  const others = count(purged.acknowledgedBy, here === undefined ? "gateway process" : "other process", "es");
  const where = here === undefined ? " in Redis: no gateway runs here" : "";
  console.log(`purged ${nameOf(what)}${where}; acknowledged by ${others}`);
  if (!purged.isComplete) {
    throw commandError(
      "CACHE_PURGE_INCOMPLETE",
      "not every gateway, or the Redis that they share, has said that it has heard of it: what is kept there may be used for its lifetime. Run the command again when they answer",
    );
  }
  console.log("nobody uses any of it any more");
}

async function purgeShared(config: MeshConfig, order: InvalidationOrder): Promise<Acknowledgement> {
  if (!sharesByRedis(config)) return unreachable(config);
  // A gateway takes a while to load, and who asks one that runs needs none.
  const [{ withSharedCache }, { loadMesh }] = await Promise.all([
    import("../mesh/cache/shared-cache.ts"),
    import("../mesh/load-mesh.ts"),
  ]);
  return withSharedCache(config, await loadMesh(config), createLogger("error"), (cache) => cache.invalidate(order));
}

function unreachable({ stateFolder, file }: MeshConfig): never {
  throw commandError(
    "CACHE_UNREACHABLE",
    `no gateway of ${file} runs here (nothing answers in ${stateFolder}): what is kept in a process ends with it. Run the command where the gateway runs, or name its configuration with --config`,
  );
}

function readTarget({ all, product, type, entity, key, tag }: CachePurgeOptions): Invalidated {
  const named = [all ? "--all" : [], type ? "--type" : [], entity ? "--entity" : [], tag ? "--tag" : []].flat();
  if (named.length > 1 || (all && product !== undefined)) {
    const both = all && product !== undefined ? "--all and --product" : named.join(" and ");
    throw invalid(`${both} are two things to purge`);
  }
  if (key !== undefined && entity === undefined) throw invalid("--key needs the type that it is a key of: --entity");
  if (all) return { kind: "all" };
  if (type !== undefined) return { kind: "type", type, product };
  if (tag !== undefined) return { kind: "tag", tag, product };
  if (entity !== undefined) {
    if (key === undefined) throw invalid("--entity needs a --key; all entities of a type are --type");
    return { kind: "entity", type: entity, key: readJsonObject("--key", key), product };
  }
  if (product !== undefined) return { kind: "product", product };
  throw invalid("it is not said what to purge");
}

function invalid(problem: string): Error {
  return commandError(
    "OPTION_INVALID",
    `${problem}: say one of --all, --product, --type, --entity with --key, or --tag`,
  );
}

function nameOf(what: Invalidated): string {
  const of = "product" in what && what.product !== undefined ? ` of ${what.product}` : "";
  switch (what.kind) {
    case "all":
      return "everything";
    case "product":
    case "otherVersions":
      return `everything${of}`;
    case "entity":
      return `the ${what.type}${of} with this key, and what is made from several rows`;
    case "tag":
      return `what is tagged ${what.tag}${of}`;
    case "type":
    case "rows":
      return `what holds objects of type ${what.type}${of}`;
  }
}

function count(number: number, singular: string, plural: string): string {
  return `${number} ${singular}${number === 1 ? "" : plural}`;
}
