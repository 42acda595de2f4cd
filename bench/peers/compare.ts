/**
 * One workload, asked of every contestant in turn, round by round, so that whatever else the machine does falls on all.
 * In: running contestants. Out: medians of their rounds. Next: `targets.ts`, `print-report.ts`.
 */
import { isDeepStrictEqual } from "node:util";
import { median, quantile } from "../load.ts";
import { createClient } from "./client.ts";
import type { ContestantName } from "./contestants.ts";
import { type Check, expectSame, readData } from "./expectation.ts";
import { askAtRate, askInTurn, type Load } from "./load.ts";
import type { Running, RunningSubgraphs } from "./running.ts";
import type { Workload, WorkloadName } from "./workloads.ts";

export interface Latencies {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

export interface Result {
  readonly name: ContestantName;
  readonly requests: number;
  /** For one answer, alone. */
  readonly subgraphRequests: number;
  /** For one answer, under load: fewer than alone when identical requests are shared. */
  readonly subgraphRequestsUnderLoad: number;
  readonly requestsPerSecond: number;
  readonly cpuMsPerRequest: number;
  readonly underLoad: Latencies;
  readonly atFixedRate: Latencies;
}

export interface Comparison {
  readonly workload: WorkloadName;
  readonly answerBytes: number;
  readonly results: readonly Result[];
}

export interface Rounds {
  readonly seconds: number;
  readonly rounds: number;
  readonly concurrency: number;
}

/** So many requests, but at least for so long, make Node.js compile what is hot; the slowest get that far in the longest time. */
const warmUp = { requests: 600, leastSeconds: 2, mostSeconds: 4 } as const;
const connectionsAtFixedRate = 64;
const mostRoundsAtFixedRate = 3;

interface Turn {
  readonly running: Running;
  readonly check: Check;
  readonly subgraphRequests: number;
  readonly rounds: Round[];
  readonly atFixedRate: Latencies[];
}

type Round = Pick<
  Result,
  "requests" | "subgraphRequestsUnderLoad" | "requestsPerSecond" | "cpuMsPerRequest" | "underLoad"
>;

/** Rejects unless all contestants answer with the same data, always. */
export async function compare(
  workload: Workload,
  contestants: readonly Running[],
  subgraphs: RunningSubgraphs,
  options: Rounds,
): Promise<Comparison> {
  await subgraphs.letRowsChange(workload.rowsChange);
  const answers = await askOnceEach(workload, contestants, subgraphs);
  const turns: readonly Turn[] = answers.map(({ running, check, subgraphRequests }) => {
    return { running, check, subgraphRequests, rounds: [], atFixedRate: [] };
  });
  for (const turn of turns) await warmUpFor(workload, turn, options);
  for (let round = 0; round < options.rounds; round++) {
    for (const turn of turns) turn.rounds.push(await askUnderLoad(workload, turn, subgraphs, options));
  }
  for (let round = 0; round < Math.min(options.rounds, mostRoundsAtFixedRate); round++) {
    for (const turn of turns) turn.atFixedRate.push(await askAtFixedRate(workload, turn, options.seconds));
  }
  return {
    workload: workload.name,
    answerBytes: answers[0]?.bytes ?? 0,
    results: turns.map((turn) => ({
      name: turn.running.contestant.name,
      subgraphRequests: turn.subgraphRequests,
      ...medianRound(turn.rounds),
      atFixedRate: medianLatencies(turn.atFixedRate),
    })),
  };
}

async function askOnceEach(workload: Workload, contestants: readonly Running[], subgraphs: RunningSubgraphs) {
  const answers = [];
  for (const running of contestants) {
    const client = createClient(running.url, 1);
    // The first answer may be preceded by questions about the subgraphs themselves.
    await client.ask(workload.body);
    await subgraphs.counts();
    const answer = await client.ask(workload.body);
    const subgraphRequests = sum(await subgraphs.counts());
    await client.close();
    const { title } = running.contestant;
    const data = readData(title, answer);
    answers.push({ running, data, subgraphRequests, bytes: answer.bytes.length, check: expectSame(title, answer) });
  }
  const [first, ...others] = answers;
  for (const { data, running } of others) {
    if (isDeepStrictEqual(data, first?.data)) continue;
    throw new Error(
      `${workload.name}: ${running.contestant.title} answers otherwise than ${first?.running.contestant.title}`,
    );
  }
  return answers;
}

async function warmUpFor(
  { body }: Workload,
  { running, check }: Turn,
  { seconds, concurrency }: Rounds,
): Promise<void> {
  const client = createClient(running.url, concurrency);
  const begin = performance.now();
  let done = 0;
  // A bench that is to be short warms up for short.
  const share = Math.min(seconds, 1);
  const isWarm = (elapsedMs: number): boolean =>
    elapsedMs >= warmUp.mostSeconds * 1_000 ||
    (elapsedMs >= warmUp.leastSeconds * share * 1_000 && done >= warmUp.requests * share);
  while (!isWarm(performance.now() - begin)) {
    done += (await askInTurn({ client, body, check, seconds: share / 4, concurrency })).requests;
  }
  await client.close();
}

async function askUnderLoad(
  { body }: Workload,
  { running, check }: Turn,
  subgraphs: RunningSubgraphs,
  { seconds, concurrency }: Rounds,
): Promise<Round> {
  const client = createClient(running.url, concurrency);
  await subgraphs.counts();
  const before = running.usage();
  const { requests, elapsedMs, latenciesMs } = await askInTurn({ client, body, check, seconds, concurrency });
  const after = running.usage();
  await client.close();
  return {
    requests,
    subgraphRequestsUnderLoad: sum(await subgraphs.counts()) / requests,
    requestsPerSecond: (requests / elapsedMs) * 1_000,
    cpuMsPerRequest: (after.cpuMs - before.cpuMs) / requests,
    underLoad: readLatencies({ latenciesMs }),
  };
}

async function askAtFixedRate({ body, perSecond }: Workload, { running, check }: Turn, seconds: number) {
  const client = createClient(running.url, connectionsAtFixedRate);
  const load = await askAtRate({ client, body, check, seconds, perSecond });
  await client.close();
  return readLatencies(load);
}

function readLatencies({ latenciesMs }: Pick<Load, "latenciesMs">): Latencies {
  return {
    p50Ms: quantile(latenciesMs, 0.5),
    p95Ms: quantile(latenciesMs, 0.95),
    p99Ms: quantile(latenciesMs, 0.99),
  };
}

/** Medians over the rounds, each figure for itself; requests are all that were made. */
function medianRound(rounds: readonly Round[]): Round {
  const of = (read: (round: Round) => number): number => median(rounds.map(read));
  return {
    requests: rounds.reduce((total, { requests }) => total + requests, 0),
    subgraphRequestsUnderLoad: of((round) => round.subgraphRequestsUnderLoad),
    requestsPerSecond: of((round) => round.requestsPerSecond),
    cpuMsPerRequest: of((round) => round.cpuMsPerRequest),
    underLoad: medianLatencies(rounds.map(({ underLoad }) => underLoad)),
  };
}

function medianLatencies(rounds: readonly Latencies[]): Latencies {
  return {
    p50Ms: median(rounds.map(({ p50Ms }) => p50Ms)),
    p95Ms: median(rounds.map(({ p95Ms }) => p95Ms)),
    p99Ms: median(rounds.map(({ p99Ms }) => p99Ms)),
  };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
