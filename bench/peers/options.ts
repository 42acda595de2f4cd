/** The command line of `npm run bench:peers`. */
import { parseArgs } from "node:util";
import { readNames } from "../read-names.ts";
import { readNumber, readWhole } from "../read-number.ts";
import { type ContestantName, contestantNames } from "./contestants.ts";
import { type WorkloadName, workloadNames } from "./workloads.ts";

const sections = ["compare", "deduplication", "cold", "reload"] as const;
export type Section = (typeof sections)[number];

export interface PeersOptions {
  readonly seconds: number;
  readonly rounds: number;
  readonly concurrency: number;
  readonly contestants: readonly ContestantName[];
  readonly workloads: readonly WorkloadName[];
  readonly sections: readonly Section[];
  /** Instead of all sections. */
  readonly soakSeconds: number | undefined;
  readonly json: boolean;
  readonly write: boolean;
}

export const help = `npm run bench:peers -- [options]

datamesh beside other gateways, each a process of its own over the same subgraphs: CPU, latency and memory for the same
answers; then with identical requests in flight shared; what a never-seen operation costs the others; reloads under load.
About six minutes. The first run installs the others into bench/peers/node_modules (700 MB), and nowhere else.

  --seconds <n>         how long a contestant is asked per round (default 0.6)
  --rounds <n>          medians are taken over them (default 5)
  --concurrency <n>     requests under way at the same time (default 10)
  --only <names>        of ${contestantNames.join(", ")} (default: all)
  --workloads <names>   of ${workloadNames.join(", ")} (default: all)
  --sections <names>    of ${sections.join(", ")} (default: all)
  --soak <duration>     instead of all that: one steady load for so long, such as 10m or 90s, and whether anything
                        grows (datamesh alone unless --only names others)
  --json                print one JSON document and nothing else
  --write               also write report and drawing to bench/results/
  --help                print this
`;

/** Undefined when help was asked for. Throws `TypeError` with a message for people when an option is wrong. */
export function readOptions(args: readonly string[]): PeersOptions | undefined {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { ...text, default: "0.6" },
      rounds: { ...text, default: "5" },
      concurrency: { ...text, default: "10" },
      only: text,
      workloads: text,
      sections: text,
      soak: text,
      json: flag,
      write: flag,
      help: flag,
    },
  });
  if (values.help) return undefined;
  const soakSeconds = values.soak === undefined ? undefined : readDuration("soak", values.soak);
  return {
    seconds: readNumber("seconds", values.seconds, 0.1, 600),
    rounds: readWhole("rounds", values.rounds, 100),
    concurrency: readWhole("concurrency", values.concurrency, 256),
    contestants: readNames(
      "only",
      values.only ?? (soakSeconds === undefined ? undefined : "datamesh"),
      contestantNames,
    ),
    workloads: readNames("workloads", values.workloads, workloadNames),
    sections: readNames("sections", values.sections, sections),
    soakSeconds,
    json: values.json,
    write: values.write,
  };
}

const secondsPerUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

function readDuration(option: string, text: string): number {
  const [, count, unit] = /^(\d+)([smh])$/.exec(text) ?? [];
  const seconds = Number(count) * (secondsPerUnit[unit ?? ""] ?? Number.NaN);
  if (!(seconds >= 10 && seconds <= 86_400)) {
    throw new TypeError(`--${option} is a duration from 10s to 24h, such as 10m, not "${text}"`);
  }
  return seconds;
}
