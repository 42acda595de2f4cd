/** What was measured of contestants who took turns, as a table. */
import type { PartOptions, Table } from "./part.ts";
import type { Figures } from "./take-turns.ts";

/** `base`: whose CPU the others' is given in. */
export function toTable(title: string, figures: readonly Figures[], base: string): Table {
  const one = figures.find(({ name }) => name === base)?.cpuMsPerRequest;
  return {
    title,
    columns: ["", "CPU ms/request", "", "requests/s", "p50 ms", "p99 ms", "subgraph requests"],
    rows: figures.map((each) => [
      each.name,
      each.cpuMsPerRequest,
      one === undefined ? "" : `${(each.cpuMsPerRequest / one).toFixed(2)} ×`,
      Math.round(each.requestsPerSecond),
      each.p50Ms,
      each.p99Ms,
      each.subgraphRequests,
    ]),
  };
}

/** One line. */
export function printTimes({ rounds, seconds, concurrency }: PartOptions): string {
  return `Medians of ${rounds} rounds of ${seconds} s, ${concurrency} requests under way; nobody shares requests in flight.`;
}
