/** What was measured of contestants who took turns, as a table. */
import type { Goal, PartOptions, Table } from "./part.ts";
import type { Figures } from "./take-turns.ts";

/** `base`: whose CPU the others' is given in. */
export function toTable(title: string, figures: readonly Figures[], base: string): Table {
  const hasOthers = figures.some(({ othersCpuMsPerRequest }) => othersCpuMsPerRequest !== undefined);
  const one = figures.find(({ name }) => name === base)?.cpuMsPerRequest;
  return {
    title,
    columns: [
      "",
      "CPU ms/request",
      "",
      ...(hasOthers ? ["of whom it asks"] : []),
      "requests/s",
      "p50 ms",
      "p99 ms",
      "subgraph requests",
    ],
    rows: figures.map((each) => [
      each.name,
      each.cpuMsPerRequest,
      one === undefined ? "" : `${(each.cpuMsPerRequest / one).toFixed(2)} ×`,
      ...(hasOthers ? [each.othersCpuMsPerRequest ?? ""] : []),
      Math.round(each.requestsPerSecond),
      each.p50Ms,
      each.p99Ms,
      each.subgraphRequests,
    ]),
  };
}

/** `measured / base` of two contestants; NaN when one of them is not there. */
export function ratio(
  figures: readonly Figures[],
  measured: string,
  base: string,
  read: (each: Figures) => number,
): number {
  const of = (wanted: string): number => {
    const found = figures.find(({ name }) => name === wanted);
    return found === undefined ? Number.NaN : read(found);
  };
  return of(measured) / of(base);
}

export function atMost(what: string, measured: number, limit: number): Goal {
  return { what, limit: `≤ ${limit}`, measured: measured.toFixed(2), reached: measured <= limit };
}

/** Nothing was asked of subgraphs, in no round. */
export function noSubgraphRequests(what: string, figures: readonly Figures[], name: string): Goal {
  const measured = figures.find((each) => each.name === name)?.subgraphRequests ?? Number.NaN;
  const reached = measured === 0;
  return { what: `subgraph requests, ${what}`, limit: "0", measured: reached ? "0" : measured.toFixed(3), reached };
}

export function printBytes(bytes: number): string {
  return bytes < 1_000 ? `${bytes} bytes` : `${(bytes / 1_000).toFixed(1)} kB`;
}

/** One line. */
export function printTimes({ rounds, seconds, concurrency }: PartOptions): string {
  return `Medians of ${rounds} rounds of ${seconds} s, ${concurrency} requests under way; nobody shares requests in flight.`;
}
