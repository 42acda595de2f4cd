/**
 * Start every contestant, then in rounds ask each of them in turn, so that whatever else the machine does falls on all.
 * In: options. Out: a report of medians. Next: `print-report.ts`, `draw-chart.ts`.
 */
import { operationFromDocument, Supergraph } from "@apollo/federation-internals";
import { prettyFormatQueryPlan, QueryPlanner } from "@apollo/query-planner";
import { parse } from "graphql";
import { fourDomainQuery } from "../test/e2e/four-domains.ts";
import { askOnce, type Load, load, median, quantile } from "./load.ts";
import { type Machine, readMachine } from "./machine.ts";
import type { BenchOptions } from "./options.ts";
import type { Usage } from "./served.ts";
import { type BenchServer, startServer } from "./server.ts";

export interface Result {
  readonly name: string;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly cpuMsPerRequest: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly residentMb: number;
  readonly peakMb: number;
}

export interface Report {
  readonly date: string;
  readonly machine: Machine;
  readonly node: string;
  readonly options: Omit<BenchOptions, "json" | "write">;
  readonly query: string;
  readonly answerBytes: number;
  readonly plan: string;
  readonly work: {
    readonly requests: Readonly<Record<string, number>>;
    readonly statements: Readonly<Record<string, number>>;
  };
  /** The mesh first. */
  readonly results: readonly Result[];
}

interface Contestant {
  readonly name: string;
  readonly server: BenchServer;
  /** Without policies the mesh shows what it masks otherwise. */
  readonly answer: string;
  readonly rounds: Omit<Result, "name">[];
}

const warmUpSeconds = 2;

export async function measure(options: BenchOptions, onProgress: (line: string) => void): Promise<Report> {
  const variables = { first: options.orders };
  const body = JSON.stringify({ query: fourDomainQuery, variables });
  await using mesh = await startServer("mesh-server.ts");
  await using ungoverned = await startServer("mesh-server.ts", ["without-policies"]);
  await using reference = await startServer("mesh-server.ts", ["reference"]);
  await using plain = await startServer("plain-server.ts");
  const answer = await askOnce(mesh.url, body);
  plain.answerWith(answer);
  const contestants: readonly Contestant[] = [
    { name: "mesh", server: mesh, answer, rounds: [] },
    { name: "mesh without policies", server: ungoverned, answer: await askOnce(ungoverned.url, body), rounds: [] },
    { name: "mesh, reference executor", server: reference, answer: await askOnce(reference.url, body), rounds: [] },
    { name: "plain Node.js, same bytes", server: plain, answer, rounds: [] },
  ];
  const { requests, statements } = await mesh.work(fourDomainQuery, variables);
  const { json: _json, write: _write, ...told } = options;
  const share = ({ server, answer: expected }: Contestant, seconds: number): Promise<Load> => {
    const { concurrency, maxRequests } = options;
    return load({ url: server.url, body, expected, seconds, concurrency, maxRequests });
  };

  onProgress("warming up");
  for (const contestant of contestants) await share(contestant, Math.min(warmUpSeconds, options.seconds));
  for (let round = 1; round <= options.rounds; round++) {
    onProgress(`round ${round} of ${options.rounds}`);
    for (const contestant of contestants) {
      const { server, rounds } = contestant;
      const before = await server.usage();
      const done = await share(contestant, options.seconds);
      rounds.push(readRound(done, before, await server.usage()));
    }
  }

  return {
    date: new Date().toISOString().slice(0, 10),
    machine: readMachine(),
    node: process.version,
    options: told,
    query: fourDomainQuery,
    answerBytes: Buffer.byteLength(answer),
    plan: printPlan(mesh.supergraphSdl ?? ""),
    work: { requests, statements },
    results: contestants.map(({ name, rounds }) => ({ name, ...medians(rounds) })),
  };
}

function readRound({ requests, elapsedMs, latenciesMs }: Load, before: Usage, after: Usage): Omit<Result, "name"> {
  return {
    requests,
    requestsPerSecond: (requests / elapsedMs) * 1_000,
    cpuMsPerRequest: (after.cpuMs - before.cpuMs) / requests,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    residentMb: after.residentMb,
    peakMb: after.peakMb,
  };
}

/** Medians over the rounds, each figure for itself; requests are all that were made. */
function medians(rounds: readonly Omit<Result, "name">[]): Omit<Result, "name"> {
  const of = (read: (round: Omit<Result, "name">) => number): number => median(rounds.map(read));
  return {
    requests: rounds.reduce((sum, round) => sum + round.requests, 0),
    requestsPerSecond: of((round) => round.requestsPerSecond),
    cpuMsPerRequest: of((round) => round.cpuMsPerRequest),
    p50Ms: of((round) => round.p50Ms),
    p99Ms: of((round) => round.p99Ms),
    residentMb: of((round) => round.residentMb),
    peakMb: Math.max(...rounds.map((round) => round.peakMb)),
  };
}

function printPlan(supergraphSdl: string): string {
  const supergraph = Supergraph.build(supergraphSdl);
  const operation = operationFromDocument(supergraph.apiSchema(), parse(fourDomainQuery));
  return prettyFormatQueryPlan(new QueryPlanner(supergraph).buildQueryPlan(operation));
}
