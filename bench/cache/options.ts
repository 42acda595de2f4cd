/** The command line of `npm run bench:cache`. */
import { parseArgs } from "node:util";
import { readNames } from "../read-names.ts";
import { readNumber, readWhole } from "../read-number.ts";
import type { PartOptions } from "./part.ts";
import { type PartName, partNames } from "./parts.ts";
import { readZipfOptions, zipfFlags, zipfHelp } from "./zipf/options.ts";

export interface CacheBenchOptions extends PartOptions {
  readonly parts: readonly PartName[];
  readonly json: boolean;
  readonly write: boolean;
}

export const help = `npm run bench:cache -- [options]

What a request costs that is answered from what is kept: whole answers beside plain Node.js that sends the same bytes,
entities beside a gateway that keeps nothing, Redis beside the subgraph requests that it saves, other gateways with
their caches. Each server is a process of its own; they take turns.

  --seconds <n>      how long each contestant is asked per round (default 1)
  --rounds <n>       medians are taken over them (default 5)
  --concurrency <n>  requests under way at the same time (default 10)
  --only <parts>     of ${partNames.join(", ")} (default: all)
${zipfHelp}
  --json             print one JSON document and nothing else
  --write            also write report and drawings to bench/results/
  --help             print this
`;

/** Undefined when help was asked for. Throws `TypeError` with a message for people when an option is wrong. */
export function readOptions(args: readonly string[]): CacheBenchOptions | undefined {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { ...text, default: "1" },
      rounds: { ...text, default: "5" },
      concurrency: { ...text, default: "10" },
      only: text,
      ...zipfFlags,
      json: flag,
      write: flag,
      help: flag,
    },
  });
  if (values.help) return undefined;
  return {
    seconds: readNumber("seconds", values.seconds, 0.05, 600),
    rounds: readWhole("rounds", values.rounds, 100),
    concurrency: readWhole("concurrency", values.concurrency, 256),
    zipf: readZipfOptions(values),
    parts: readNames("only", values.only, partNames),
    json: values.json,
    write: values.write,
  };
}
