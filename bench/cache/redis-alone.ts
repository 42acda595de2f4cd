/**
 * Redis beside the subgraph requests that it saves: a gateway whose process keeps nothing finds everything there.
 * Out: latency and CPU of both, one request at a time and several.
 */

import { drawBarChart } from "../bar-chart.ts";
import { startSubgraphs } from "../peers/running.ts";
import { type WorkloadName, workloads } from "../peers/workloads.ts";
import { atMost, noSubgraphRequests, printBytes, printTimes, ratio, toTable } from "./figures-table.ts";
import { askKept, toContestant } from "./gateway-contestant.ts";
import { cacheControl, startGateway } from "./gateway-variants.ts";
import { askOnce, assertSameData } from "./kept-answer.ts";
import type { PartOptions, PartReport } from "./part.ts";
import { startRedis } from "./redis.ts";
import { countAll } from "./subgraph-requests.ts";
import { type Figures, takeTurns } from "./take-turns.ts";

const asked = ["small", "deep", "wide"] as const satisfies readonly WorkloadName[];
const names = {
  subgraphs: "datamesh, all from subgraphs",
  replayed: "datamesh, subgraphs and replay",
  redis: "datamesh, all from Redis",
};

interface Measured {
  readonly name: (typeof asked)[number];
  readonly bytes: number;
  readonly alone: readonly Figures[];
  readonly together: readonly Figures[];
}

export async function measureRedis(options: PartOptions, onProgress: (line: string) => void): Promise<PartReport> {
  await using redis = await startRedis();
  await using subgraphs = await startSubgraphs();
  await subgraphs.set({ rowsChange: false, executes: true, cacheControl });
  // Nothing fits into the process, so each request finds in Redis what it needs, as the first one after a start does.
  await using shared = await startGateway(subgraphs.origin, {
    cache: { memoryBytes: 0, responseBytes: 0 },
    // A bench that shares its machine may stand still for longer than the usual 50 ms, and would measure subgraphs then.
    redis: { url: redis.url, timeoutMs: 1_000 },
    replayBytes: 0,
  });
  await using uncached = await startGateway(subgraphs.origin, { replayBytes: 0 });
  await using replaying = await startGateway(subgraphs.origin, {});
  const measured: Measured[] = [];
  for (const name of asked) {
    onProgress(`${name}: ${options.rounds} rounds`);
    const { body } = workloads[name];
    const expected = await askOnce(uncached.url, body);
    const answer = await askKept(names.redis, shared.url, body, subgraphs);
    assertSameData(names.redis, answer, expected);
    const subgraphsCpuMs = (): number => subgraphs.usage().cpuMs;
    const contestants = [
      { ...toContestant(names.subgraphs, uncached, body, expected), othersCpuMs: subgraphsCpuMs },
      { ...toContestant(names.replayed, replaying, body, expected), othersCpuMs: subgraphsCpuMs },
      { ...toContestant(names.redis, shared, body, answer), othersCpuMs: redis.cpuMs },
    ];
    const count = (): Promise<number> => countAll(subgraphs);
    const alone = await takeTurns(contestants, count, { ...options, concurrency: 1 });
    const together = await takeTurns(contestants, count, options);
    measured.push({ name, bytes: answer.bytes.length, alone, together });
  }
  const p50 = (each: Figures): number => each.p50Ms;
  const p99 = (each: Figures): number => each.p99Ms;
  return {
    title: "Redis alone, beside the subgraph requests that it saves",
    how: [
      printTimes(options),
      `Subgraphs say ${cacheControl} and execute each request with graphql-js, over rows in memory: no database, no network.`,
      '"memory: 0b, responses: 0b" lets nothing stay in the process, so that each request finds all of it in Redis.',
      '"replayMemory: 0b" in both: each run is as the first one after a start, which has no earlier runs to use.',
      '"And replay" is what a gateway takes that has run for long while subgraphs answer the same bytes.',
      'Redis is waited for ("redis.timeout: 1s"), so that a machine that stands still makes nobody ask subgraphs instead.',
      redis.command,
    ],
    tables: measured.flatMap(({ name, bytes, alone, together }) => [
      toTable(`${name}: ${workloads[name].what}, answer ${printBytes(bytes)}; one at a time`, alone, names.subgraphs),
      toTable(`${name}; ${options.concurrency} at a time`, together, names.subgraphs),
    ]),
    goals: measured.flatMap(({ name, alone, together }) => [
      atMost(`p50, ${name}, one at a time: times subgraphs`, ratio(alone, names.redis, names.subgraphs, p50), 1),
      atMost(`p99, ${name}, one at a time: times subgraphs`, ratio(alone, names.redis, names.subgraphs, p99), 1),
      atMost(
        `p50, ${name}, ${options.concurrency} at a time: times subgraphs`,
        ratio(together, names.redis, names.subgraphs, p50),
        1,
      ),
      noSubgraphRequests(name, together, names.redis),
    ]),
    drawings: [
      {
        name: "cache-redis",
        alt: "Latency where everything comes from Redis, beside the subgraph requests that it saves",
        draw: (footer) =>
          drawBarChart({
            title: "Everything from Redis (less is better)",
            panels: measured.flatMap(({ name, alone }) =>
              (["p50Ms", "p99Ms"] as const).map((figure) => ({
                title: `${figure === "p50Ms" ? "Median" : "99th percentile of"} latency, ms, one request at a time: ${name}`,
                bars: alone.map((each) => ({
                  label: each.name,
                  value: each[figure],
                  highlighted: each.name === names.redis,
                })),
              })),
            ),
            footer,
          }),
      },
    ],
  };
}
