/**
 * How long the gateway's thread stands still, in which nobody is answered: while a steady stream of one known query is
 * answered alone, while operations arrive beside it that nobody has sent before, and while the graph is reloaded.
 *
 * The subgraphs answer at once with nothing in it, in the same thread, so what is measured is the gateway's own work. A timer
 * that is due every millisecond tells how late it is. Rounds are interleaved; medians over them are printed.
 *
 *   npm run -s node -- bench/event-loop/main.ts [rounds]
 */
import { createHistogram, monitorEventLoopDelay, performance } from "node:perf_hooks";
import { createGateway, type Gateway, type SubgraphSource } from "#gateway";
import type { HttpRequest } from "#http";
import { createShop, deepQuery, smallQuery } from "../engine/shop.ts";
import { median } from "../load.ts";
import { printMachine, readMachine } from "../machine.ts";

const rounds = Number(process.argv[2] ?? 5);
const phaseMs = 2_000;
const streamEveryMs = 5;
const newEveryMs = 50;

const answers: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  accounts: { users: [], me: { id: "1", name: "Ada", username: "ada" } },
  products: { topProducts: [] },
};

const shop = createShop();

/** The shop, and a field that makes it another graph. */
function sources(extra: string): readonly SubgraphSource[] {
  return shop.map(({ name, sdl }) => ({
    kind: "in-process",
    name,
    sdl: name === "accounts" ? sdl.replace("type Query {", `type Query { ${extra}: Int`) : sdl,
    subgraph: { name, execute: async () => ({ data: { ...answers[name] } }) },
  }));
}

async function ask(gateway: Gateway, query: string): Promise<void> {
  const request: HttpRequest = {
    method: "POST",
    url: "/graphql",
    headers: new Map(),
    body: undefined,
    signal: new AbortController().signal,
  };
  const params = { query, operationName: undefined, variables: undefined, extensions: undefined };
  const prepared = await gateway.service.prepare(params, request);
  if (prepared.kind !== "ready") throw new Error(`refused: ${JSON.stringify(prepared)}`);
  await prepared.run();
}

interface Phase {
  readonly p99Ms: number;
  readonly worstMs: number;
  /** Of the stream's answers. */
  readonly slowestAnswerMs: number;
  readonly busy: number;
}

/** Runs the stream for as long as `beside` takes. */
async function measure(gateway: Gateway, beside: () => Promise<void>): Promise<Phase> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const times = createHistogram();
  let under = Promise.resolve();
  const stream = setInterval(() => {
    const sent = performance.now();
    under = ask(gateway, smallQuery).then(() =>
      times.record(Math.max(1, Math.round((performance.now() - sent) * 1e6))),
    );
  }, streamEveryMs);
  const before = performance.eventLoopUtilization();
  delay.enable();
  await beside();
  delay.disable();
  clearInterval(stream);
  await under;
  return {
    // The timer itself is due a millisecond later each time.
    p99Ms: delay.percentile(99) / 1e6 - 1,
    worstMs: delay.max / 1e6 - 1,
    slowestAnswerMs: times.max / 1e6,
    busy: performance.eventLoopUtilization(before).utilization,
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let serial = 0;
const neverSeen = (): string => deepQuery.replace("query Deep", `query Deep${serial++}`);

async function newOperations(gateway: Gateway): Promise<void> {
  const asked: Promise<void>[] = [];
  for (let ms = 0; ms < phaseMs; ms += newEveryMs) {
    asked.push(ask(gateway, neverSeen()));
    await pause(newEveryMs);
  }
  await Promise.all(asked);
}

async function reload(gateway: Gateway): Promise<void> {
  const result = await gateway.reload({ source: { kind: "subgraphs", subgraphs: sources(`extra${serial++}`) } });
  if (result.kind !== "swapped") throw new Error(`the reload ended with ${result.kind}`);
  await result.drained;
}

const gateway = await createGateway({ source: { kind: "subgraphs", subgraphs: sources("first") } });
const phases: Readonly<Record<string, () => Promise<void>>> = {
  "one known query": () => pause(phaseMs),
  [`and a new deep one every ${newEveryMs} ms`]: () => newOperations(gateway),
  "and a reload of the graph": () => reload(gateway),
};
// Twice unmeasured, so that the code is as warm as in a gateway that runs.
for (let i = 0; i < 2; i++) for (const phase of Object.values(phases)) await measure(gateway, phase);
const measured = new Map<string, Phase[]>(Object.keys(phases).map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name, phase] of Object.entries(phases)) measured.get(name)?.push(await measure(gateway, phase));
}
await gateway.close();

const date = new Date().toISOString().slice(0, 10);
console.log(`${printMachine(readMachine(), process.version, date)}, medians of ${rounds} rounds\n`);
console.log("| beside a query every 5 ms | late, p99 ms | late, worst ms | slowest answer ms | thread busy |");
console.log("| --- | --- | --- | --- | --- |");
for (const [name, all] of measured) {
  const of = (read: (phase: Phase) => number): number => median(all.map(read));
  const row = [of(({ p99Ms }) => p99Ms), of(({ worstMs }) => worstMs), of(({ slowestAnswerMs }) => slowestAnswerMs)];
  console.log(
    `| ${name} | ${row.map((ms) => ms.toFixed(1)).join(" | ")} | ${(100 * of(({ busy }) => busy)).toFixed(0)} % |`,
  );
}
