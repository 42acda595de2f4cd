/** Hours in small: a contestant under a steady mixed load, looked at again and again, and whether anything grows. */
import { setTimeout as wait } from "node:timers/promises";
import { quantile } from "../load.ts";
import { createClient } from "./client.ts";
import type { Contestant, ContestantName } from "./contestants.ts";
import { expectSame } from "./expectation.ts";
import { askAtRate } from "./load.ts";
import { startContestant } from "./running.ts";
import { type WorkloadName, workloads } from "./workloads.ts";

export interface Sample {
  /** Since the load began. */
  readonly seconds: number;
  readonly requests: number;
  readonly residentMb: number;
  readonly p99Ms: number;
}

export interface Soak {
  readonly name: ContestantName;
  readonly seconds: number;
  readonly samples: readonly Sample[];
  readonly residentMb: Trend;
  readonly p99Ms: Trend;
}

/** The straight line through the samples after the first fifth, which belongs to warming up. */
export interface Trend {
  readonly median: number;
  readonly perMinute: number;
  /** What the line rises over the samples that it is drawn through, as a share of their median. */
  readonly growth: number;
}

const sampleCount = 60;
/** Workloads and their requests per second. */
const steady: readonly (readonly [WorkloadName, number])[] = [
  ["deep", 40],
  ["wide", 10],
  ["small", 100],
  ["mutation", 30],
];
const connections = 32;

export async function soak(
  contestant: Contestant,
  supergraph: string,
  seconds: number,
  onProgress: (line: string) => void,
): Promise<Soak> {
  await using running = await startContestant(contestant, supergraph);
  const client = createClient(running.url, connections);
  let latencies: number[] = [];
  const load = steady.map(async ([name, perSecond]) => {
    const { body } = workloads[name];
    const check = expectSame(contestant.title, await client.ask(body));
    const onAnswer = (_due: number, latencyMs: number): void => void latencies.push(latencyMs);
    await askAtRate({ client, body, check, seconds, perSecond, onAnswer });
  });
  const over = Promise.all(load);
  const taken: Sample[] = [];
  for (let number = 1; number <= sampleCount; number++) {
    // A load that fails ends the soak at once.
    await Promise.race([wait((seconds / sampleCount) * 1_000), over.then(() => wait(0))]);
    const ascending = latencies.toSorted((left, right) => left - right);
    latencies = [];
    const { residentMb } = running.usage();
    const sample = {
      seconds: (seconds / sampleCount) * number,
      requests: ascending.length,
      residentMb,
      p99Ms: quantile(ascending, 0.99),
    };
    if (ascending.length > 0) taken.push(sample);
    onProgress(
      `${contestant.title}, ${sample.seconds.toFixed(0)} s: ${residentMb.toFixed(0)} MB resident, p99 ${sample.p99Ms.toFixed(1)} ms`,
    );
  }
  await over;
  await client.close();
  return {
    name: contestant.name,
    seconds,
    samples: taken,
    residentMb: findTrend(taken, (sample) => sample.residentMb),
    p99Ms: findTrend(taken, (sample) => sample.p99Ms),
  };
}

/**
 * The slope is the median of the slopes between all pairs of samples (Theil and Sen), which a few outliers do not change.
 */
export function findTrend(samples: readonly Sample[], read: (sample: Sample) => number): Trend {
  const settled = samples.slice(Math.floor(samples.length / 5));
  const values = settled.map(read).toSorted((left, right) => left - right);
  const slopes = settled
    .flatMap((later, index) =>
      settled.slice(0, index).map((earlier) => (read(later) - read(earlier)) / (later.seconds - earlier.seconds)),
    )
    .toSorted((left, right) => left - right);
  const perSecond = quantile(slopes, 0.5);
  const middle = quantile(values, 0.5);
  const covered = (settled.at(-1)?.seconds ?? 0) - (settled[0]?.seconds ?? 0);
  return { median: middle, perMinute: perSecond * 60, growth: (perSecond * covered) / middle };
}
