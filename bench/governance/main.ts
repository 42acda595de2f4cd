/**
 * What governance costs the gateway: CPU per request of the deep query of the engine's bench without policies and with five
 * masked coordinates, in rounds that take turns. Each is a process of its own, started as its users start it.
 *
 *   npm run -s node -- bench/governance/main.ts [seconds per round] [rounds]
 *
 * Three times: as it is; with other names in every answer of a subgraph; and without the memory of earlier answers, so that
 * every mask is put on in every answer.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { align } from "../align.ts";
import { median } from "../load.ts";
import { createClient } from "../peers/client.ts";
import { contestants } from "../peers/contestants.ts";
import { askInTurn } from "../peers/load.ts";
import { type Running, startContestant, startSubgraphs } from "../peers/running.ts";
import { createSupergraphs } from "../peers/supergraphs.ts";
import { workloads } from "../peers/workloads.ts";
import { maskedCoordinates, writeMesh } from "./write-mesh.ts";

const [seconds = 1, rounds = 7] = process.argv.slice(2).map(Number);
const concurrency = 10;
const warmUpSeconds = 2;

const folder = mkdtempSync(join(tmpdir(), "bench-governance-"));
try {
  await measureAll();
} finally {
  rmSync(folder, { recursive: true });
}

async function measureAll(): Promise<void> {
  await using subgraphs = await startSubgraphs();
  using supergraphs = createSupergraphs(subgraphs.origin);
  const supergraph = supergraphs.write("supergraph", supergraphs.whole);
  const rows: string[][] = [["", "ungoverned, CPU ms", "governed", "times"]];
  const measured = [
    ["deep", { rowsChange: false, replayMemory: "16mb" }],
    ["deep, every subgraph answer is new", { rowsChange: true, replayMemory: "16mb" }],
    ["deep, nothing of earlier answers is kept", { rowsChange: false, replayMemory: "0b" }],
  ] as const;
  for (const [what, { rowsChange, replayMemory }] of measured) {
    await subgraphs.letRowsChange(rowsChange);
    await using ungoverned = await start(supergraph, replayMemory, false);
    await using governed = await start(supergraph, replayMemory, true);
    const [without, withPolicies] = await compare([ungoverned, governed]);
    rows.push([what, without.toFixed(3), withPolicies.toFixed(3), (withPolicies / without).toFixed(2)]);
  }
  console.log(`${maskedCoordinates.join(", ")}: masked in every answer\n`);
  console.log(align(rows).join("\n"));
}

function start(supergraph: string, replayMemory: string, isGoverned: boolean): Promise<Running> {
  const config = join(folder, `${replayMemory}-${isGoverned}.yaml`);
  writeFileSync(config, writeMesh(folder, { replayMemory, isGoverned }));
  const { datamesh } = contestants;
  return startContestant({ ...datamesh, args: (given) => [...datamesh.args(given), "--config", config] }, supergraph);
}

/** Median CPU milliseconds per request of each. */
async function compare(pair: readonly [Running, Running]): Promise<readonly [number, number]> {
  const times: [number[], number[]] = [[], []];
  const { body } = workloads.deep;
  const ask = async ({ url }: Running, forSeconds: number): Promise<number> => {
    const client = createClient(url, concurrency);
    const { requests } = await askInTurn({ client, body, check: refuseErrors, seconds: forSeconds, concurrency });
    await client.close();
    return requests;
  };
  for (const running of pair) await ask(running, warmUpSeconds);
  for (let round = 0; round < rounds; round++) {
    for (const side of [0, 1] as const) {
      const before = pair[side].usage().cpuMs;
      const requests = await ask(pair[side], seconds);
      times[side].push((pair[side].usage().cpuMs - before) / requests);
    }
  }
  return [median(times[0]), median(times[1])];
}

function refuseErrors({ status, bytes }: { readonly status: number; readonly bytes: Buffer }): void {
  if (status !== 200 || bytes.includes('"errors":'))
    throw new Error(`An answer has errors: ${bytes.toString("utf8", 0, 200)}`);
}
