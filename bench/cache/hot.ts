/**
 * Whole answers that are kept, beside plain Node.js that sends the same bytes: what is left to be spared.
 * Out: CPU and latency of both, and of a gateway that keeps nothing.
 */
import { startSubgraphs } from "../peers/running.ts";
import { type WorkloadName, workloads } from "../peers/workloads.ts";
import { startServer } from "../server.ts";
import { drawCpu } from "./draw-cpu.ts";
import { atMost, noSubgraphRequests, printBytes, printTimes, ratio, toTable } from "./figures-table.ts";
import { askKept, toContestant } from "./gateway-contestant.ts";
import { cacheControl, startGateway } from "./gateway-variants.ts";
import { type AnswerWithHeaders, askOnce, assertSameData } from "./kept-answer.ts";
import type { PartOptions, PartReport } from "./part.ts";
import { countAll } from "./subgraph-requests.ts";
import { type Figures, takeTurns } from "./take-turns.ts";

const asked = ["small", "deep", "wide"] as const satisfies readonly WorkloadName[];
const names = {
  kept: "datamesh, whole answers kept",
  plain: "plain Node.js, same bytes",
  uncached: "datamesh, nothing kept",
};
/** Of plain Node.js' CPU. */
const most = 1.5;

interface Measured {
  readonly name: (typeof asked)[number];
  readonly bytes: number;
  readonly figures: readonly Figures[];
}

/** Written by the HTTP server itself; the load asks for nothing compressed. */
const notOwn = new Set(["connection", "content-encoding", "content-length", "date", "keep-alive"]);

function ownHeaders({ headers }: AnswerWithHeaders): Readonly<Record<string, string>> {
  return Object.fromEntries([...headers].filter(([name]) => !notOwn.has(name)));
}

export async function measureHot(options: PartOptions, onProgress: (line: string) => void): Promise<PartReport> {
  await using subgraphs = await startSubgraphs();
  await subgraphs.set({ rowsChange: false, cacheControl });
  await using kept = await startGateway(subgraphs.origin, { cache: {} });
  await using uncached = await startGateway(subgraphs.origin, {});
  await using plain = await startServer("plain-server.ts");
  const measured: Measured[] = [];
  for (const name of asked) {
    onProgress(`${name}: ${options.rounds} rounds`);
    const { body } = workloads[name];
    const expected = await askOnce(uncached.url, body);
    const answer = await askKept(names.kept, kept.url, body, subgraphs);
    // Only whole answers are named by an ETag.
    if (!answer.headers.has("age") || !answer.headers.has("etag")) throw new Error(`${name} is not kept as a whole`);
    assertSameData(names.kept, answer, expected);
    plain.answerWith(answer.bytes.toString(), ownHeaders(answer));
    const contestants = [
      toContestant(names.plain, plain, body, answer),
      toContestant(names.kept, kept, body, answer),
      toContestant(names.uncached, uncached, body, expected),
    ];
    const figures = await takeTurns(contestants, () => countAll(subgraphs), options);
    measured.push({ name, bytes: answer.bytes.length, figures });
  }
  return {
    title: "whole answers that are kept, beside plain Node.js that sends the same bytes",
    how: [
      printTimes(options),
      `Subgraphs say ${cacheControl}. Before it was measured, an answer had Age and ETag and cost no subgraph request.`,
    ],
    tables: measured.map(({ name, bytes, figures }) =>
      toTable(`${name}: ${workloads[name].what}, answer ${printBytes(bytes)}`, figures, names.plain),
    ),
    goals: measured.flatMap(({ name, figures }) => [
      atMost(
        `CPU, ${name}: times plain Node.js`,
        ratio(figures, names.kept, names.plain, (each) => each.cpuMsPerRequest),
        most,
      ),
      noSubgraphRequests(name, figures, names.kept),
    ]),
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
