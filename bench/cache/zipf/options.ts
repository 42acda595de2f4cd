/** What the command line says of this part alone. */
import { readNumber, readWhole } from "../../read-number.ts";
import { maxEntities } from "./draw.ts";

export interface ZipfOptions {
  readonly seconds: number;
  /** Operations a second, on both gateways together. */
  readonly rate: number;
  readonly entities: number;
  /** Changes per operation. */
  readonly changes: number;
  readonly seed: number;
}

const text = { type: "string" } as const;

/** For `parseArgs`. */
export const zipfFlags = {
  "zipf-seconds": { ...text, default: "60" },
  "zipf-rate": { ...text, default: "100" },
  "zipf-entities": { ...text, default: "100000" },
  "zipf-changes": { ...text, default: "0.01" },
  "zipf-seed": { ...text, default: "1" },
} as const;

export const zipfHelp = `  --zipf-seconds <n>   zipf: how long a steady load lasts (default 60)
  --zipf-rate <n>      zipf: operations a second (default 100)
  --zipf-entities <n>  zipf: how many customers there are (default 100000)
  --zipf-changes <n>   zipf: changes per operation (default 0.01)
  --zipf-seed <n>      zipf: equal seeds ask and change the same (default 1)`;

/** Throws `TypeError` with a message for people. */
export function readZipfOptions(values: Readonly<Record<keyof typeof zipfFlags, string>>): ZipfOptions {
  return {
    seconds: readNumber("zipf-seconds", values["zipf-seconds"], 1, 3_600),
    rate: readNumber("zipf-rate", values["zipf-rate"], 1, 10_000),
    entities: readWhole("zipf-entities", values["zipf-entities"], maxEntities),
    changes: readNumber("zipf-changes", values["zipf-changes"], 0, 1),
    seed: readWhole("zipf-seed", values["zipf-seed"], 2 ** 31),
  };
}
