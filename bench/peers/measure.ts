/**
 * All sections one after the other, each with its own processes.
 * In: options. Out: a report. Next: `print-report.ts`, `draw-report.ts`.
 */
import { readMachine } from "../machine.ts";
import { type Cold, measureCold } from "./cold.ts";
import { type Comparison, compare } from "./compare.ts";
import { type ContestantName, contestants, type Deduplication, installedVersions } from "./contestants.ts";
import type { PeersOptions, Section } from "./options.ts";
import { readFamilyCpuMs, readMachineCpuMs } from "./process-usage.ts";
import { measureReload, type Reload } from "./reload.ts";
import type { Memory, Report } from "./report.ts";
import { type Running, type RunningSubgraphs, startContestant, startSubgraphs } from "./running.ts";
import { type Soak, soak } from "./soak.ts";
import { createSupergraphs, type Supergraphs } from "./supergraphs.ts";
import { workloads } from "./workloads.ts";

const coldOperations = 20;
const reloads = 20;

interface Bench {
  readonly options: PeersOptions;
  readonly subgraphs: RunningSubgraphs;
  readonly supergraphs: Supergraphs;
  readonly supergraph: string;
  readonly onProgress: (line: string) => void;
}

export async function measure(
  options: PeersOptions,
  command: string,
  onProgress: (line: string) => void,
): Promise<Report> {
  const before = { at: performance.now(), machine: readMachineCpuMs(), family: readFamilyCpuMs() };
  const measured = await measureSections(options, command, onProgress);
  // All children have ended by now.
  const others = readMachineCpuMs() - before.machine - (readFamilyCpuMs() - before.family);
  return { ...measured, coresTakenByOthers: others / (performance.now() - before.at) };
}

async function measureSections(
  options: PeersOptions,
  command: string,
  onProgress: (line: string) => void,
): Promise<Omit<Report, "coresTakenByOthers">> {
  await using subgraphs = await startSubgraphs();
  using supergraphs = createSupergraphs(subgraphs.origin);
  const supergraph = supergraphs.write("supergraph", supergraphs.whole);
  const bench: Bench = { options, subgraphs, supergraphs, supergraph, onProgress };
  const wants = (section: Section): boolean => options.soakSeconds === undefined && options.sections.includes(section);
  const compared = wants("compare") ? await compareAll(bench) : undefined;
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: readMachine(),
    node: process.version,
    versions: installedVersions(options.contestants),
    command,
    commands: compared?.commands ?? {},
    seconds: options.seconds,
    rounds: options.rounds,
    concurrency: options.concurrency,
    comparisons: compared?.comparisons ?? [],
    memory: compared?.memory ?? [],
    deduplication: wants("deduplication") ? await compareSharing(bench) : undefined,
    cold: wants("cold") ? await measureColdOfEach(bench) : [],
    reload: wants("reload") ? await measureReloadOfEach(bench) : [],
    soak: await soakEach(bench),
  };
}

async function compareAll(bench: Bench): Promise<Pick<Report, "comparisons" | "memory" | "commands">> {
  await using stack = new AsyncDisposableStack();
  const running = await startAll(bench, bench.options.contestants, "none", stack);
  const comparisons: Comparison[] = [];
  for (const name of bench.options.workloads) {
    bench.onProgress(`${name}: ${bench.options.rounds} rounds`);
    comparisons.push(await compare(workloads[name], running, bench.subgraphs, bench.options));
  }
  const memory: readonly Memory[] = running.map(({ contestant, usage }) => {
    const { residentMb, peakMb } = usage();
    return { name: contestant.name, residentMb, peakMb };
  });
  const commands = Object.fromEntries(running.map(({ contestant, command }) => [contestant.name, command]));
  return { comparisons, memory, commands };
}

/** Undefined when nobody can. */
async function compareSharing(bench: Bench): Promise<Comparison | undefined> {
  const able = withoutVariants(bench).filter((name) => contestants[name].deduplicates);
  if (able.length === 0) return undefined;
  await using stack = new AsyncDisposableStack();
  const running = await startAll(bench, able, "all", stack);
  bench.onProgress("deep, identical requests in flight shared");
  return await compare(workloads.deep, running, bench.subgraphs, bench.options);
}

function withoutVariants({ options }: Bench): readonly ContestantName[] {
  return options.contestants.filter((name) => !contestants[name].isVariant);
}

async function startAll(
  { supergraph, onProgress }: Bench,
  names: readonly ContestantName[],
  deduplicate: Deduplication,
  stack: AsyncDisposableStack,
): Promise<readonly Running[]> {
  onProgress(`starting ${names.join(", ")}`);
  const running: Running[] = [];
  for (const name of names) {
    running.push(stack.use(await startContestant(contestants[name], supergraph, deduplicate)));
  }
  return running;
}

async function measureColdOfEach(bench: Bench): Promise<readonly Cold[]> {
  const { subgraphs, supergraph, onProgress } = bench;
  await subgraphs.letRowsChange(false);
  const measured: Cold[] = [];
  for (const name of withoutVariants(bench)) {
    onProgress(`never-seen operations: ${name}`);
    measured.push(await measureCold(contestants[name], supergraph, coldOperations));
  }
  return measured;
}

async function measureReloadOfEach(bench: Bench): Promise<readonly Reload[]> {
  const { options, supergraphs, onProgress } = bench;
  const measured: Reload[] = [];
  for (const name of withoutVariants(bench)) {
    if (contestants[name].reload === undefined) continue;
    onProgress(`reloads under load: ${name}`);
    const { concurrency } = options;
    measured.push(await measureReload(contestants[name], supergraphs, { reloads, concurrency }));
  }
  return measured;
}

/** With rows that change, so that whatever is kept of answers is filled and emptied. */
async function soakEach({ options, subgraphs, supergraph, onProgress }: Bench): Promise<readonly Soak[]> {
  const { soakSeconds } = options;
  if (soakSeconds === undefined) return [];
  await subgraphs.letRowsChange(true);
  const measured: Soak[] = [];
  for (const name of options.contestants) {
    measured.push(await soak(contestants[name], supergraph, soakSeconds, onProgress));
  }
  return measured;
}
