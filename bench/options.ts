/** The command line of `npm run bench`. */
import { parseArgs } from "node:util";
import { readNumber, readWhole } from "./read-number.ts";

export interface BenchOptions {
  readonly seconds: number;
  readonly rounds: number;
  readonly orders: number;
  readonly concurrency: number;
  /** A share stops here even when its time is not over. */
  readonly maxRequests: number;
  readonly json: boolean;
  readonly write: boolean;
}

export const help = `npm run bench -- [options]

One query over four domains against a mesh in a process of its own, asked over HTTP by this one. Beside it, in turns:
the same mesh without policies, and plain Node.js that answers the same bytes.

  --seconds <n>      how long each contestant is asked per round (default 4)
  --rounds <n>       medians are taken over them (default 5)
  --orders <n>       orders that the query asks for, at most 100 (default 100)
  --concurrency <n>  requests under way at the same time (default 4)
  --requests <n>     at most that many per contestant and round (default 100000)
  --json             print one JSON document and nothing else
  --write            also write report and chart to bench/results/
  --help             print this
`;

/** Undefined when help was asked for. Throws `TypeError` with a message for people when an option is wrong. */
export function readOptions(args: readonly string[]): BenchOptions | undefined {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { ...text, default: "4" },
      rounds: { ...text, default: "5" },
      orders: { ...text, default: "100" },
      concurrency: { ...text, default: "4" },
      requests: { ...text, default: "100000" },
      json: flag,
      write: flag,
      help: flag,
    },
  });
  if (values.help) return undefined;
  return {
    seconds: readNumber("seconds", values.seconds, 0.05, 600),
    rounds: readWhole("rounds", values.rounds, 100),
    orders: readWhole("orders", values.orders, 100),
    concurrency: readWhole("concurrency", values.concurrency, 256),
    maxRequests: readWhole("requests", values.requests, 10_000_000),
    json: values.json,
    write: values.write,
  };
}
