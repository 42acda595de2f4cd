/** Two runs → what they say: where look-ups were answered from, how long older answers came, what was spared. */
import { quantile } from "../../load.ts";
import type { Goal, PartReport, Table } from "../part.ts";
import { drawRun } from "./draw-run.ts";
import { type LevelCounts, levels, toShares } from "./level-counts.ts";
import type { ZipfOptions } from "./options.ts";
import type { Change } from "./oracle.ts";
import type { Run } from "./run.ts";
import { stalenessGoalMs } from "./staleness-goal.ts";
import { exponent } from "./workload.ts";

/** `uncached`: the same load, where nothing is kept. */
export function reportRuns(kept: Run, uncached: Run, options: ZipfOptions): PartReport {
  return {
    title:
      "many customers on two gateways, some of whom change: what is answered from where, and how long it stays old",
    how: printHow(options, kept),
    tables: [
      toLevels(kept),
      toStaleness(kept),
      toStations(kept),
      toChecks(kept),
      toComparison(kept, uncached),
      ...toFaults(kept),
    ],
    goals: findGoals(kept),
    drawings: [
      {
        name: "cache-zipf",
        alt: "Where look-ups are answered from over time, and for how long after a change older answers came",
        draw: (footer) => drawRun(kept, options, footer),
      },
    ],
  };
}

function printHow({ seconds, rate, entities, changes, seed }: ZipfOptions, kept: Run): readonly string[] {
  return [
    `${rate} operations a second for ${seconds} s, steadily, whether or not those before were answered (at most ${kept.mostUnderWay} were under way); seed ${seed}.`,
    `Each asks for one of ${entities} customers by key, or (one in five) for ten as entities, by Zipf's law with exponent ${exponent}; each has a gateway by chance.`,
    `${changes * 100} % as many changes, by the same law, are published by a data product in a process of its own; its outbox and relay tell them over Redis Streams.`,
    "Two gateways in processes of their own follow the bus and share the Redis. They were warmed up by other questions, then everything was purged.",
    "Every row has a revision, and so has every answer. After each change both gateways are asked for it every two milliseconds until both answer it, and four times more.",
    `So ${kept.requests - kept.operations} of ${kept.requests} requests are probes: they are in all counts, but for the latency.`,
    "Every fourth publication is purged by an operator on one of the gateways, while its events are held back from the bus.",
    "All processes read one clock, CLOCK_MONOTONIC. An older answer counts until it has arrived at the bench, whenever it was asked for.",
    "Redis' list of gateways is made two hours old: on a younger one an operator's acknowledgement waits two seconds more, for gateways that the list may have forgotten.",
  ];
}

function toLevels({ levels: all, samples }: Run): Table {
  const of = (counts: readonly LevelCounts[], level: keyof LevelCounts): string => {
    const total = Object.fromEntries(
      levels.map((name) => [name, counts.reduce((sum, each) => sum + each[name], 0)]),
      // Each level is named once.
    ) as LevelCounts;
    return `${(100 * toShares(total)[level]).toFixed(1)} %`;
  };
  const tenth = Math.max(1, Math.round(samples.length / 10));
  const first = samples.slice(0, tenth).map((sample) => sample.levels);
  const last = samples.slice(-tenth).map((sample) => sample.levels);
  return {
    title: "look-ups of customers, by what answered them",
    columns: ["", "first tenth", "last tenth", "all"],
    rows: levels.map((level) => [level, of(first, level), of(last, level), of([all], level)]),
  };
}

function toStaleness(run: Run): Table {
  const row = (name: string, all: readonly number[]): readonly (string | number)[] => {
    const older = ascending(all.filter((ms) => ms > 0));
    const figures = [quantile(older, 0.5), quantile(older, 0.99), older.at(-1) ?? Number.NaN];
    return [name, all.length, older.length, ...figures.map(printMs)];
  };
  return {
    title: "until the last older answer, ms; quantiles are of changes after which one came",
    columns: ["", "changes", "older came", "p50", "p99", "most"],
    rows: [
      row("events: arrived, since published", publishedTimes(run)),
      row("events: arrived, since commit", times(run, "event", "sinceCommitMs")),
      row("events: asked for, since commit", times(run, "event", "askedSinceCommitMs")),
      row("operator: arrived, since commit", times(run, "operator", "sinceCommitMs")),
      row("operator: asked for, since commit", times(run, "operator", "askedSinceCommitMs")),
    ],
  };
}

function publishedTimes({ staleness }: Run): readonly number[] {
  return staleness.flatMap(({ change, sincePublishedMs }) => (change.by === "event" ? (sincePublishedMs ?? []) : []));
}

function times({ staleness }: Run, by: Change["by"], name: "sinceCommitMs" | "askedSinceCommitMs"): readonly number[] {
  return staleness.filter(({ change }) => change.by === by).map((each) => each[name]);
}

const stations = [
  ["its events are handed to the bus", "publishedAt"],
  ["the bus has them", "onBusAt"],
  ["a gateway hears them", "heardAt"],
  ["carried out, and told to the other", "handledAt"],
] as const;

function toStations({ staleness }: Run): Table {
  const changes = staleness.map(({ change }) => change).filter(({ by }) => by === "event");
  return {
    title: "the way of a change by events, ms since its commit",
    columns: ["", "p50", "p99", "most"],
    rows: stations.map(([name, station]) => {
      const passed = ascending(changes.flatMap((change) => (change[station] ?? Number.NaN) - change.committedAt));
      return [name, ...[quantile(passed, 0.5), quantile(passed, 0.99), passed.at(-1) ?? Number.NaN].map(printMs)];
    }),
  };
}

function toChecks({ checked, wrong }: Run): Table {
  return {
    title: "reads that began after a change of theirs was acknowledged",
    columns: ["", "reads", "answered with an older revision"],
    rows: (["event", "operator"] as const).map((by) => [
      by === "event" ? "by who handled its event" : "by the operator's purge",
      checked[by],
      wrong[by].length,
    ]),
  };
}

function toComparison(kept: Run, uncached: Run): Table {
  const row = (name: string, of: (run: Run) => number): readonly (string | number)[] => {
    const [with_, without] = [of(kept), of(uncached)];
    return [name, with_, without, `${(without / with_).toFixed(1)} ×`];
  };
  return {
    title: "the same load with and without",
    columns: ["", "kept", "nothing kept", ""],
    rows: [
      row("subgraph requests per request", ({ subgraphRequests, requests }) => subgraphRequests / requests),
      row("gateways' CPU per request, ms", ({ gatewayCpuMs, requests }) => gatewayCpuMs / requests),
      row(
        "the product's CPU per request, ms, publications included",
        ({ sourceCpuMs, requests }) => sourceCpuMs / requests,
      ),
      row("latency p50, ms", ({ latenciesMs }) => quantile(latenciesMs, 0.5)),
      row("latency p99, ms", ({ latenciesMs }) => quantile(latenciesMs, 0.99)),
      ["Redis' CPU per request, ms", kept.redisCpuMs / kept.requests, uncached.redisCpuMs / uncached.requests, ""],
    ],
  };
}

const shownFaults = 10;

/** What to look into. */
function toFaults({ wrong, startedAt }: Run): readonly Table[] {
  const faults = [...wrong.event, ...wrong.operator];
  if (faults.length === 0) return [];
  return [
    {
      title: "older answers after an acknowledgement, the first of them",
      columns: ["customer", "by", "acknowledged, s", "asked after, ms", "revision", "instead of"],
      rows: faults
        .slice(0, shownFaults)
        .map(({ read, change }) => [
          read.id,
          change.by,
          (((change.acknowledgedAt ?? Number.NaN) - startedAt) / 1_000).toFixed(3),
          printMs(read.startedAt - (change.acknowledgedAt ?? Number.NaN)),
          read.revision,
          change.revision,
        ]),
    },
  ];
}

function findGoals(run: Run): readonly Goal[] {
  const older = ascending(publishedTimes(run).filter((ms) => ms > 0));
  const p99 = quantile(older, 0.99);
  return [
    {
      what: "until the last older answer on two gateways, since its event was published, p99",
      limit: `< ${stalenessGoalMs} ms`,
      measured: older.length === 0 ? "no older answer" : `${p99.toFixed(1)} ms`,
      reached: older.length === 0 || p99 < stalenessGoalMs,
    },
    ...(["event", "operator"] as const).map((by) => ({
      what: `older answers after ${by === "event" ? "the event was handled" : "the operator's acknowledgement"}`,
      limit: "0",
      measured: `${run.wrong[by].length} of ${run.checked[by]}`,
      // Where none was checked, nothing is known.
      reached: run.wrong[by].length === 0 && run.checked[by] > 0,
    })),
  ];
}

function ascending(values: readonly number[]): readonly number[] {
  return [...values].sort((left, right) => left - right);
}

function printMs(ms: number): string {
  return Number.isNaN(ms) ? "–" : ms.toFixed(1);
}
