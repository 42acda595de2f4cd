/** What datamesh is to reach, held against what was measured. */
import type { Comparison, Result } from "./compare.ts";
import { type ContestantName, contestants } from "./contestants.ts";
import type { Report } from "./report.ts";
import type { WorkloadName } from "./workloads.ts";

export interface Target {
  readonly what: string;
  readonly limit: string;
  readonly measured: string;
  readonly reached: boolean;
}

interface CpuTarget {
  readonly workload: WorkloadName;
  readonly peer: ContestantName;
  /** At most this part of the peer's CPU per request. */
  readonly part: number;
}

const cpuTargets: readonly CpuTarget[] = [
  { workload: "deep", peer: "apollo", part: 15 },
  { workload: "deep", peer: "hive", part: 7 },
  { workload: "deep-changing", peer: "apollo", part: 15 },
  { workload: "deep-changing", peer: "hive", part: 7 },
  { workload: "wide", peer: "apollo", part: 4 },
  { workload: "wide", peer: "hive", part: 4 },
  { workload: "wide-changing", peer: "apollo", part: 4 },
  { workload: "wide-changing", peer: "hive", part: 4 },
  { workload: "small", peer: "apollo", part: 4 },
  { workload: "small", peer: "hive", part: 4 },
];
const sharedPart = 4;
const memoryPart = 2;
const p99PerP50 = 3;
const coldMs = 5;
/** A line through the samples that rises less counts as flat: p99 of ten seconds varies that much by itself. */
const flat = { residentMb: 0.1, p99Ms: 0.25 } as const;

/** Only of what was measured. */
export function findTargets(report: Report): readonly Target[] {
  return [
    ...cpuTargets.flatMap((target) => {
      const comparison = report.comparisons.find(({ workload }) => workload === target.workload);
      return cpu(`CPU, ${target.workload}`, comparison, target.peer, target.part);
    }),
    ...cpu("CPU, deep, identical requests in flight shared", report.deduplication, "hive", sharedPart),
    ...report.comparisons.flatMap(tail),
    ...memory(report),
    ...cold(report),
    ...reload(report),
    ...soak(report),
  ];
}

function cpu(what: string, comparison: Comparison | undefined, peer: ContestantName, part: number): readonly Target[] {
  const [ours, theirs] = [find(comparison, "datamesh"), find(comparison, peer)];
  if (ours === undefined || theirs === undefined) return [];
  const measured = theirs.cpuMsPerRequest / ours.cpuMsPerRequest;
  return [
    {
      what: `${what}: part of ${contestants[peer].title}'s`,
      limit: `≤ 1/${part}`,
      measured: `1/${measured.toFixed(1)}`,
      reached: measured >= part,
    },
  ];
}

/** With the cores full, where the load itself and the subgraphs wait for a core too, and at a rate that leaves some free. */
function tail(comparison: Comparison): readonly Target[] {
  const ours = find(comparison, "datamesh");
  if (ours === undefined) return [];
  return (
    [
      ["with all cores full", ours.underLoad],
      ["at a fixed rate", ours.atFixedRate],
    ] as const
  ).map(([when, { p50Ms, p99Ms }]) => ({
    what: `p99 ${when}, ${comparison.workload}: times p50`,
    limit: `≤ ${p99PerP50}`,
    measured: (p99Ms / p50Ms).toFixed(1),
    reached: p99Ms <= p99PerP50 * p50Ms,
  }));
}

function memory({ memory: measured }: Report): readonly Target[] {
  const of = (wanted: ContestantName): number | undefined => measured.find(({ name }) => name === wanted)?.residentMb;
  const [ours, theirs] = [of("datamesh"), of("hive")];
  if (ours === undefined || theirs === undefined) return [];
  return [
    {
      what: `resident memory: part of ${contestants.hive.title}'s`,
      limit: `≤ 1/${memoryPart}`,
      measured: `1/${(theirs / ours).toFixed(1)}`,
      reached: theirs / ours >= memoryPart,
    },
  ];
}

function cold({ cold: measured }: Report): readonly Target[] {
  const ours = measured.find(({ name }) => name === "datamesh");
  if (ours === undefined) return [];
  const delay = ours.withNewOperations.medianMs - ours.quiet.medianMs;
  return [
    { what: "a never-seen operation delays others by", ms: delay },
    { what: "a never-seen operation takes of the thread that answers", ms: ours.mainThreadMs },
  ].map(({ what, ms }) => ({
    what,
    limit: `< ${coldMs} ms`,
    measured: `${ms.toFixed(1)} ms`,
    reached: ms < coldMs,
  }));
}

function reload({ reload: measured }: Report): readonly Target[] {
  const ours = measured.find(({ name }) => name === "datamesh");
  if (ours === undefined) return [];
  const { reloads, served, requests, lost } = ours;
  return [
    {
      what: `requests lost in ${reloads} reloads under full load`,
      limit: "0",
      measured: `${lost} of ${requests}${served === reloads ? "" : `, ${served} served`}`,
      reached: lost === 0 && served === reloads,
    },
  ];
}

function soak({ soak: measured }: Report): readonly Target[] {
  const ours = measured.find(({ name }) => name === "datamesh");
  if (ours === undefined) return [];
  const over = `over ${(ours.seconds / 60).toFixed(0)} minutes`;
  return (["residentMb", "p99Ms"] as const).map((figure) => ({
    what: `${figure === "residentMb" ? "resident memory" : "p99"} grows ${over} by`,
    limit: `≤ ${flat[figure] * 100} %`,
    measured: `${(ours[figure].growth * 100).toFixed(1)} %`,
    reached: ours[figure].growth <= flat[figure],
  }));
}

function find(comparison: Comparison | undefined, wanted: ContestantName): Result | undefined {
  return comparison?.results.find(({ name }) => name === wanted);
}
