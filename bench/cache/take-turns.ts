/**
 * Everybody is asked in turn, round by round, so that whatever else the machine does falls on all.
 * In: contestants that listen. Out: for each the medians over its rounds.
 */
import { median, quantile } from "../load.ts";
import { createClient } from "../peers/client.ts";
import type { Check } from "../peers/expectation.ts";
import type { PartOptions } from "./part.ts";

interface Question {
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly check: Check;
}

export interface Contestant {
  readonly name: string;
  readonly url: string;
  /** One after the other, and from the beginning again. */
  readonly questions: readonly Question[];
  /** User and system time of its process, all threads, since it began. */
  cpuMs(): number | Promise<number>;
  /** The same of what it asks: subgraphs, Redis. */
  readonly othersCpuMs?: () => number;
  /** Before each of its rounds, in none of the figures. */
  readonly prepare?: () => Promise<void>;
}

export interface Figures {
  readonly name: string;
  /** All that were made, in all rounds. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly cpuMsPerRequest: number;
  /** Undefined where nobody says what it asks. */
  readonly othersCpuMsPerRequest: number | undefined;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** For one request. */
  readonly subgraphRequests: number;
}

/** How many requests subgraphs had since this was asked last. */
export type CountSubgraphRequests = () => Promise<number>;

export interface TurnOptions extends PartOptions {
  /** A round ends when each question was asked once, however long that takes. */
  readonly once?: boolean;
}

type Round = Omit<Figures, "name">;

const warmUpSeconds = 2;

/** Rejects when an answer is not the expected one. */
export async function takeTurns(
  contestants: readonly Contestant[],
  countSubgraphRequests: CountSubgraphRequests,
  options: TurnOptions,
): Promise<readonly Figures[]> {
  const turns = contestants.map((contestant) => ({ contestant, rounds: [] as Round[] }));
  for (const { contestant } of turns) await ask(contestant, Math.min(warmUpSeconds, options.seconds), options);
  for (let round = 0; round < options.rounds; round++) {
    for (const { contestant, rounds } of turns) {
      await contestant.prepare?.();
      await countSubgraphRequests();
      const before = await contestant.cpuMs();
      const othersBefore = contestant.othersCpuMs?.() ?? 0;
      const { latenciesMs, elapsedMs } = await ask(contestant, options.seconds, options);
      const cpuMs = (await contestant.cpuMs()) - before;
      const othersCpuMs = contestant.othersCpuMs && contestant.othersCpuMs() - othersBefore;
      const requests = latenciesMs.length;
      rounds.push({
        requests,
        requestsPerSecond: (requests / elapsedMs) * 1_000,
        cpuMsPerRequest: cpuMs / requests,
        othersCpuMsPerRequest: othersCpuMs && othersCpuMs / requests,
        p50Ms: quantile(latenciesMs, 0.5),
        p99Ms: quantile(latenciesMs, 0.99),
        subgraphRequests: (await countSubgraphRequests()) / requests,
      });
    }
  }
  return turns.map(({ contestant, rounds }) => ({ name: contestant.name, ...medians(rounds) }));
}

async function ask(
  { name, url, questions }: Contestant,
  seconds: number,
  { concurrency, once = false }: TurnOptions,
): Promise<{ readonly latenciesMs: readonly number[]; readonly elapsedMs: number }> {
  const client = createClient(url, concurrency);
  const latenciesMs: number[] = [];
  let next = 0;
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  const isOver = (): boolean => (once ? next >= questions.length : performance.now() >= end);
  const askOn = async (): Promise<void> => {
    do {
      const question = questions[next++ % questions.length];
      if (question === undefined) throw new Error(`There is nothing to ask ${name}`);
      const sent = performance.now();
      const answer = await client.ask(question.body, question.headers).catch((cause: unknown) => {
        throw new Error(`${name} did not answer: ${String(cause)}`, { cause });
      });
      latenciesMs.push(performance.now() - sent);
      question.check(answer);
    } while (!isOver());
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, askOn));
    const elapsedMs = performance.now() - begin;
    return { latenciesMs: latenciesMs.sort((left, right) => left - right), elapsedMs };
  } finally {
    await client.close();
  }
}

/** Medians over the rounds, each figure for itself; requests are all that were made. */
function medians(rounds: readonly Round[]): Round {
  const of = (read: (round: Round) => number): number => median(rounds.map(read));
  return {
    requests: rounds.reduce((sum, { requests }) => sum + requests, 0),
    requestsPerSecond: of((round) => round.requestsPerSecond),
    cpuMsPerRequest: of((round) => round.cpuMsPerRequest),
    othersCpuMsPerRequest: rounds.every((round) => round.othersCpuMsPerRequest !== undefined)
      ? of((round) => round.othersCpuMsPerRequest ?? 0)
      : undefined,
    p50Ms: of((round) => round.p50Ms),
    p99Ms: of((round) => round.p99Ms),
    subgraphRequests: Math.max(...rounds.map((round) => round.subgraphRequests)),
  };
}
