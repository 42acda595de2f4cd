/**
 * One run: a product of many customers, two gateways, a load that asks for them and changes some.
 * In: what is asked for. Out: what was seen. Next: `report-runs.ts`.
 *
 *   bench ─▶ gateway 1 ─┐        ┌─▶ product (storage, outbox, relay)
 *     │  ─▶ gateway 2 ─┴─ Redis ─┘        │
 *     └──────── changes ──────────────────┘   events: Redis Streams on the same Redis
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";
import { type RunningRedis, startRedis } from "../redis.ts";
import { ChangeLog, type Traced } from "./change-log.ts";
import { addLevels, type LevelCounts, subtractLevels } from "./level-counts.ts";
import { loadAtRate } from "./load-at-rate.ts";
import { createLookUps } from "./look-ups.ts";
import { type GatewayProcess, makeChanges, type SourceProcess } from "./make-changes.ts";
import { monotonicMs } from "./monotonic-ms.ts";
import type { ZipfOptions } from "./options.ts";
import { judge, type Staleness, type Verdict } from "./oracle.ts";
import { startProcess } from "./process.ts";
import { createWorkload } from "./workload.ts";

export interface Variant {
  /** Whether gateways keep anything. */
  readonly isKept: boolean;
  /** Gateways acknowledge and end nothing: the bench must find stale answers then. */
  readonly isDeaf?: boolean;
}

interface Sample {
  /** Since the start, at its end. */
  readonly seconds: number;
  /** Of the time since the sample before. */
  readonly levels: LevelCounts;
}

export interface Run {
  readonly operations: number;
  /** Those of probes included. */
  readonly requests: number;
  readonly mostUnderWay: number;
  /** Of operations, ascending; without those of probes. */
  readonly latenciesMs: readonly number[];
  readonly subgraphRequests: number;
  readonly gatewayCpuMs: number;
  readonly sourceCpuMs: number;
  readonly redisCpuMs: number;
  readonly levels: LevelCounts;
  readonly samples: readonly Sample[];
  readonly startedAt: number;
  /** Of changes that were committed in the time that is measured. */
  readonly staleness: readonly Staleness<Traced>[];
  readonly checked: Verdict["checked"];
  readonly wrong: Verdict["wrong"];
}

const maxSamples = 60;
/** So that nothing that is measured is the first of its kind: programs are compiled, connections are open. */
const warmUpSeconds = 3;

export async function run(options: ZipfOptions, { isKept, isDeaf = false }: Variant): Promise<Run> {
  await using redis = await startRedis();
  await using folder = await createFolder();
  const { entities } = options;
  await using source: SourceProcess = await startProcess("source-server.ts", {
    folder: folder.path,
    entities,
    redisUrl: redis.url,
  });
  const redisUrl = isKept ? redis.url : undefined;
  const startGateway = (): Promise<GatewayProcess> =>
    startProcess("gateway-server.ts", { sourceUrl: source.url, redisUrl, isDeaf });
  await using first = await startGateway();
  await using second = await startGateway();
  if (isKept) await ageMemberList(redis.url);
  return await measure(options, isKept, { redis, source, gateways: [first, second] });
}

interface Processes {
  readonly redis: RunningRedis;
  readonly source: SourceProcess;
  readonly gateways: readonly GatewayProcess[];
}

async function measure(options: ZipfOptions, isKept: boolean, processes: Processes): Promise<Run> {
  const { source, gateways } = processes;
  const log = new ChangeLog();
  for (const each of [source, ...gateways]) each.onTold(({ kind, events }) => log.see(kind, events));
  const urls = gateways.map(({ url }) => url);
  const [load, probes] = [createLookUps(urls), createLookUps(urls)];
  try {
    const changes = makeChanges({ source, gateways, log, probes: isKept ? probes : undefined });
    const drive = async (seconds: number, seed: number): Promise<Driven> => {
      const workload = createWorkload(options.entities, seed);
      const latenciesMs: number[] = [];
      let changed = 0;
      const kept = await loadAtRate({
        perSecond: options.rate,
        seconds,
        async begin(number) {
          for (; changed < Math.floor(number * options.changes); changed++) changes.change(workload.nextChanged());
          latenciesMs.push((await load.ask(workload.nextOperation())).ms);
        },
      });
      return { ...kept, latenciesMs: latenciesMs.sort((left, right) => left - right) };
    };
    await drive(Math.min(warmUpSeconds, options.seconds), options.seed + 1_000);
    if (isKept) await gateways[0]?.ask({ kind: "purge", ids: "all" });
    const before = await count(processes, load.requests + probes.requests);
    const startedAt = monotonicMs();
    const sampling = sampleLevels(gateways, before.levels, startedAt, (options.seconds * 1_000) / maxSamples);
    const driven = await drive(options.seconds, options.seed);
    const samples = await sampling.end();
    await changes.end();
    const after = await count(processes, load.requests + probes.requests);
    const { staleness, checked, wrong } = judge([...load.reads, ...probes.reads], log.read());
    return {
      ...driven,
      requests: after.requests - before.requests,
      subgraphRequests: after.subgraphRequests - before.subgraphRequests,
      gatewayCpuMs: after.gatewayCpuMs - before.gatewayCpuMs,
      sourceCpuMs: after.sourceCpuMs - before.sourceCpuMs,
      redisCpuMs: after.redisCpuMs - before.redisCpuMs,
      levels: subtractLevels(after.levels, before.levels),
      samples,
      startedAt,
      staleness: staleness.filter(({ change }) => change.committedAt >= startedAt),
      checked,
      wrong,
    };
  } finally {
    await Promise.all([load.close(), probes.close()]);
  }
}

type Driven = Pick<Run, "operations" | "mostUnderWay" | "latenciesMs">;

interface Counted {
  readonly requests: number;
  readonly subgraphRequests: number;
  readonly gatewayCpuMs: number;
  readonly sourceCpuMs: number;
  readonly redisCpuMs: number;
  readonly levels: LevelCounts;
}

async function count({ redis, source, gateways }: Processes, requests: number): Promise<Counted> {
  const usages = await Promise.all(gateways.map((gateway) => gateway.ask({ kind: "usage" })));
  const sourceUsage = await source.ask({ kind: "usage" });
  return {
    requests,
    subgraphRequests: sourceUsage.requests,
    sourceCpuMs: sourceUsage.cpuMs,
    gatewayCpuMs: usages.reduce((total, { cpuMs }) => total + cpuMs, 0),
    redisCpuMs: redis.cpuMs(),
    levels: addLevels(usages.map(({ levels }) => levels)),
  };
}

function sampleLevels(
  gateways: readonly GatewayProcess[],
  first: LevelCounts,
  startedAt: number,
  everyMs: number,
): { end(): Promise<readonly Sample[]> } {
  const samples: Sample[] = [];
  let before = first;
  let isOver = false;
  const sample = async (): Promise<void> => {
    const usages = await Promise.all(gateways.map((gateway) => gateway.ask({ kind: "usage" })));
    const levels = addLevels(usages.map((usage) => usage.levels));
    samples.push({ seconds: (monotonicMs() - startedAt) / 1_000, levels: subtractLevels(levels, before) });
    before = levels;
  };
  const running = (async () => {
    while (!isOver) {
      await wait(everyMs);
      await sample();
    }
  })();
  // Whoever ends it hears of it.
  running.catch(() => undefined);
  return {
    async end() {
      isOver = true;
      await running;
      return samples;
    },
  };
}

/**
 * As if Redis had served for hours. While it is so new that gateways from before it may be cut off, and use for two seconds
 * what they have, an operator's acknowledgement waits for them, whether or not there are any.
 */
async function ageMemberList(url: string): Promise<void> {
  const client = new Redis(url);
  const since = Date.now() - 2 * 3_600_000;
  await client.hset("datamesh:cache:members", "since", String(since));
  await client.quit();
}

async function createFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "bench-zipf-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
