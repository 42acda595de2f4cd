/**
 * Entities that are kept where whole answers are not, beside a gateway that keeps nothing: what joining what is kept costs.
 * Out: CPU and latency of both, over rows that stay as they are and over rows that change.
 */
import { startSubgraphs } from "../peers/running.ts";
import { type WorkloadName, workloads } from "../peers/workloads.ts";
import { drawCpu } from "./draw-cpu.ts";
import { atMost, noSubgraphRequests, printBytes, printTimes, ratio, toTable } from "./figures-table.ts";
import { askKept, toContestant } from "./gateway-contestant.ts";
import { cacheControl, startGateway } from "./gateway-variants.ts";
import { askOnce, assertSameData } from "./kept-answer.ts";
import type { PartOptions, PartReport } from "./part.ts";
import { countAll } from "./subgraph-requests.ts";
import { type Figures, takeTurns } from "./take-turns.ts";

const asked = ["deep", "deep-changing", "wide", "wide-changing"] as const satisfies readonly WorkloadName[];
/** The goal is set for these; the others show how far it holds. */
const aimed: readonly WorkloadName[] = ["deep", "deep-changing"];
const names = {
  kept: "datamesh, entities kept",
  keptAnew: "datamesh, entities kept, no replay",
  uncached: "datamesh, nothing kept",
  uncachedAnew: "datamesh, nothing kept, no replay",
};
/** Of the CPU of the gateway that keeps nothing. */
const most = 0.5;

interface Measured {
  readonly name: (typeof asked)[number];
  readonly bytes: number;
  readonly figures: readonly Figures[];
}

export async function measureEntity(options: PartOptions, onProgress: (line: string) => void): Promise<PartReport> {
  await using subgraphs = await startSubgraphs();
  const entitiesAlone = { responseBytes: 0 };
  await using kept = await startGateway(subgraphs.origin, { cache: entitiesAlone });
  await using keptAnew = await startGateway(subgraphs.origin, { cache: entitiesAlone, replayBytes: 0 });
  await using uncached = await startGateway(subgraphs.origin, {});
  await using uncachedAnew = await startGateway(subgraphs.origin, { replayBytes: 0 });
  const measured: Measured[] = [];
  for (const name of asked) {
    onProgress(`${name}: ${options.rounds} rounds`);
    const { body, rowsChange } = workloads[name];
    await subgraphs.set({ rowsChange, cacheControl });
    const expected = await askOnce(uncached.url, body);
    const contestants = [
      toContestant(names.uncached, uncached, body, expected),
      toContestant(names.uncachedAnew, uncachedAnew, body, expected),
    ];
    for (const [who, server] of [
      [names.kept, kept],
      [names.keptAnew, keptAnew],
    ] as const) {
      const answer = await askKept(who, server.url, body, subgraphs);
      assertSameData(who, answer, expected);
      contestants.push(toContestant(who, server, body, answer));
    }
    const figures = await takeTurns(contestants, () => countAll(subgraphs), options);
    measured.push({ name, bytes: expected.bytes.length, figures });
  }
  return {
    title: "entities that are kept, whole answers not, beside a gateway that keeps nothing",
    how: [
      printTimes(options),
      `Subgraphs say ${cacheControl}; "responses: 0b" keeps no whole answers.`,
      "Subgraphs answer from memory. In …-changing, every answer of a subgraph is new, so that earlier runs are of no use.",
      '"No replay" is "replayMemory: 0b": nothing of earlier runs is used again, each joins its parts anew.',
    ],
    tables: measured.map(({ name, bytes, figures }) =>
      toTable(`${name}: ${workloads[name].what}, answer ${printBytes(bytes)}`, figures, names.uncached),
    ),
    goals: measured
      .filter(({ name }) => aimed.includes(name))
      .flatMap(({ name, figures }) => [
        atMost(
          `CPU, ${name}: times nothing kept`,
          ratio(figures, names.kept, names.uncached, (each) => each.cpuMsPerRequest),
          most,
        ),
        noSubgraphRequests(name, figures, names.kept),
      ]),
    drawings: [
      {
        name: "cache-entity",
        alt: "CPU per request where entities are kept, beside a gateway that keeps nothing",
        draw: (footer) =>
          drawCpu(
            "Entities that are kept (less is better)",
            measured.map(({ name, figures }) => ({ title: `CPU time per request, ms: ${name}`, figures })),
            { ours: names.kept, base: names.uncached },
            footer,
          ),
      },
    ],
  };
}
