/**
 * Whole answers that are kept, beside plain Node.js that sends the same bytes: what is left to be spared.
 * Out: CPU and latency of both, and of a gateway that keeps nothing.
 */
import { expectSame } from "../peers/expectation.ts";
import { startSubgraphs } from "../peers/running.ts";
import { workloads } from "../peers/workloads.ts";
import { startServer } from "../server.ts";
import { drawCpu } from "./draw-cpu.ts";
import { printTimes, toTable } from "./figures-table.ts";
import { cacheControl, startGateway } from "./gateway-variants.ts";
import { askOnce, assertSameData } from "./kept-answer.ts";
import type { Goal, PartOptions, PartReport, Table } from "./part.ts";
import { countAll } from "./subgraph-requests.ts";
import { type Figures, takeTurns } from "./take-turns.ts";

const asked = ["small", "deep", "wide"] as const;
const names = {
  kept: "datamesh, whole answers kept",
  plain: "plain Node.js, same bytes",
  uncached: "datamesh, nothing kept",
};
/** Of plain Node.js' CPU. */
const most = 1.5;

export async function measureHot(options: PartOptions, onProgress: (line: string) => void): Promise<PartReport> {
  await using subgraphs = await startSubgraphs();
  await subgraphs.set({ rowsChange: false, cacheControl });
  await using keeping = await startGateway(subgraphs.origin, { cache: {} });
  await using uncached = await startGateway(subgraphs.origin, {});
  await using plain = await startServer("plain-server.ts");
  const measured: {
    readonly name: (typeof asked)[number];
    readonly bytes: number;
    readonly figures: readonly Figures[];
  }[] = [];
  for (const name of asked) {
    onProgress(`${name}: ${options.rounds} rounds`);
    const { body } = workloads[name];
    const expected = await askOnce(uncached.url, body);
    await askOnce(keeping.url, body);
    await subgraphs.counts();
    const answer = await askOnce(keeping.url, body);
    const requests = await countAll(subgraphs);
    if (answer.headers.get("age") === null || requests > 0) {
      throw new Error(`${name} was not answered from what is kept: ${requests} subgraph requests`);
    }
    assertSameData(names.kept, answer, expected);
    plain.answerWith(answer.bytes.toString());
    const contestants = [
      { name: names.kept, server: keeping, answer },
      { name: names.plain, server: plain, answer },
      { name: names.uncached, server: uncached, answer: expected },
    ].map(({ name: who, server, answer: first }) => ({
      name: who,
      url: server.url,
      questions: [{ body, check: expectSame(who, first) }],
      cpuMs: async () => (await server.usage()).cpuMs,
    }));
    const figures = await takeTurns(contestants, () => countAll(subgraphs), options);
    measured.push({ name, bytes: answer.bytes.length, figures });
  }
  const tables: readonly Table[] = measured.map(({ name, bytes, figures }) =>
    toTable(`${name}: ${workloads[name].what}, answer ${printBytes(bytes)}`, figures, names.plain),
  );
  return {
    title: "whole answers that are kept, beside plain Node.js that sends the same bytes",
    how: [
      printTimes(options),
      `Subgraphs say ${cacheControl}. Before the rounds, an answer had Age and cost no subgraph request.`,
    ],
    tables,
    goals: measured.flatMap(({ name, figures }) => findGoal(name, figures)),
    drawings: [
      {
        name: "cache-hot",
        alt: "CPU per request of whole answers that are kept, beside plain Node.js",
        draw: (footer) =>
          drawCpu(
            "Whole answers that are kept (less is better)",
            measured.map(({ name, figures }) => ({ title: `CPU time per request, ms: ${name}`, figures })),
            { ours: names.kept, base: names.plain },
            footer,
          ),
      },
    ],
  };
}

function findGoal(name: string, figures: readonly Figures[]): readonly Goal[] {
  const of = (wanted: string): Figures | undefined => figures.find((each) => each.name === wanted);
  const [ours, theirs] = [of(names.kept), of(names.plain)];
  if (ours === undefined || theirs === undefined) return [];
  const times = ours.cpuMsPerRequest / theirs.cpuMsPerRequest;
  return [
    {
      what: `CPU, ${name}: times plain Node.js`,
      limit: `≤ ${most}`,
      measured: times.toFixed(2),
      reached: times <= most,
    },
    {
      what: `subgraph requests, ${name}`,
      limit: "0",
      measured: `${ours.subgraphRequests}`,
      reached: ours.subgraphRequests === 0,
    },
  ];
}

function printBytes(bytes: number): string {
  return bytes < 1_000 ? `${bytes} bytes` : `${(bytes / 1_000).toFixed(1)} kB`;
}
