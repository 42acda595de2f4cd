/** A report as a run would give it, with figures chosen by the test. */
import type { Result } from "./compare.ts";
import type { ContestantName } from "./contestants.ts";
import type { Report } from "./report.ts";
import type { Sample } from "./soak.ts";

/** CPU ms per request on the deep workload, and a hundred times that as resident MB. */
export function createReport(cpuMs: Partial<Readonly<Record<ContestantName, number>>>): Report {
  const entries = Object.entries(cpuMs) as readonly (readonly [ContestantName, number])[];
  const only = <T extends { readonly name: ContestantName }>(all: readonly T[]): readonly T[] =>
    all.filter(({ name }) => cpuMs[name] !== undefined);
  return {
    date: "2026-01-01",
    machine: { cpu: "a processor", cores: 2, memoryGb: 8, system: "linux x64" },
    coresTakenByOthers: 0.25,
    node: "v26.0.0",
    versions: { graphql: "16.15.0" },
    command: "npm run bench:peers",
    commands: { datamesh: "node cli/main.ts gateway" },
    seconds: 1,
    rounds: 5,
    concurrency: 10,
    comparisons:
      entries.length === 0
        ? []
        : [{ workload: "deep", answerBytes: 87_000, results: entries.map(([name, ms]) => createResult(name, ms)) }],
    memory: entries.map(([name, ms]) => ({ name, residentMb: ms * 100, peakMb: ms * 110 })),
    deduplication: undefined,
    cold: only([
      {
        name: "datamesh",
        operations: 20,
        operationMs: 12,
        mainThreadMs: 2,
        quiet: { medianMs: 1, p90Ms: 2, worstMs: 3 },
        withNewOperations: { medianMs: 2.5, p90Ms: 4, worstMs: 9 },
      },
    ]),
    reload: only([
      { name: "datamesh", reloads: 20, served: 20, requests: 1000, lost: 1, firstLoss: "an answer without data" },
      { name: "hive", reloads: 20, served: 20, requests: 1000, lost: 3, firstLoss: "socket closed" },
    ]),
    soak: [],
  };
}

function createResult(name: ContestantName, cpuMsPerRequest: number): Result {
  return {
    name,
    requests: 100,
    subgraphRequests: 7,
    subgraphRequestsUnderLoad: 7,
    requestsPerSecond: 1_000 / cpuMsPerRequest,
    cpuMsPerRequest,
    underLoad: { p50Ms: 10, p95Ms: 15, p99Ms: 20 },
    atFixedRate: { p50Ms: 1, p95Ms: 2, p99Ms: 3 },
  };
}

/** One every ten seconds for ten minutes; resident memory and p99 are what `read` says. */
export function createSamples(read: (sample: { readonly seconds: number }) => number): readonly Sample[] {
  return Array.from({ length: 60 }, (_, index) => {
    const seconds = (index + 1) * 10;
    return { seconds, requests: 1_000, residentMb: read({ seconds }), p99Ms: read({ seconds }) };
  });
}
