/**
 * datamesh with Redis beside other gateways with theirs: the same answers again and again, and callers with authorizations
 * of their own who begin with nothing kept.
 * In: installed peers. Out: CPU, latency and what subgraphs were still asked.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildPackage } from "../../../tools/build.ts";
import { contestants, type Contestant as Peer, repositoryRoot, versionsOf } from "../../peers/contestants.ts";
import { type Check, expectSame } from "../../peers/expectation.ts";
import { installPeers } from "../../peers/install-peers.ts";
import { type Running, type RunningSubgraphs, startContestant, startSubgraphs } from "../../peers/running.ts";
import { createSupergraphs } from "../../peers/supergraphs.ts";
import { type WorkloadName, workloads } from "../../peers/workloads.ts";
import { drawCpu } from "../draw-cpu.ts";
import { atMost, noSubgraphRequests, printBytes, ratio, toTable } from "../figures-table.ts";
import { askKept } from "../gateway-contestant.ts";
import { cacheControl } from "../gateway-variants.ts";
import { askOnce, assertSameData } from "../kept-answer.ts";
import type { PartOptions, PartReport, Table } from "../part.ts";
import { type RunningRedis, startRedis } from "../redis.ts";
import { countAll } from "../subgraph-requests.ts";
import { type Contestant, type Figures, takeTurns } from "../take-turns.ts";
import {
  apolloKeeping,
  type DatameshConfig,
  datameshKeeping,
  hiveKeeping,
  titles,
  writeDatameshConfig,
} from "./caching-contestants.ts";
import { type Callers, createCallers } from "./callers.ts";
import { mix, mixedBodies, timesEach } from "./mix.ts";

const asked = ["small", "deep", "wide"] as const satisfies readonly WorkloadName[];
const callerCount = 50;

/** Whose versions the report tells. */
const packages = [
  ...["@graphql-hive/gateway", "@graphql-hive/router-query-planner", "@graphql-mesh/plugin-response-cache"],
  ...["@apollo/server", "@apollo/gateway", "@apollo/server-plugin-response-cache", "@keyv/redis"],
] as const;

type Headers = Readonly<Record<string, string>>;

/** A gateway that runs, and how it is asked. */
interface Entrant {
  readonly title: string;
  readonly running: Running;
  /** By caller. */
  readonly callers: readonly Headers[];
  readonly redis: RunningRedis | undefined;
  /** Ends all that it keeps. */
  readonly empty?: () => Promise<void>;
}

interface Bench {
  readonly options: PartOptions;
  readonly supergraph: string;
  readonly subgraphs: RunningSubgraphs;
  readonly callers: Callers;
  readonly onProgress: (line: string) => void;
}

/** Rejects with CannotCompare where the peers cannot be installed. */
export async function measurePeers(options: PartOptions, onProgress: (line: string) => void): Promise<PartReport> {
  installPeers({ contestants: ["apollo-server", "hive"] }, onProgress);
  await buildPackage(fileURLToPath(new URL("../../../dist/", import.meta.url)));
  await using subgraphs = await startSubgraphs();
  using supergraphs = createSupergraphs(subgraphs.origin);
  const supergraph = supergraphs.write("supergraph", supergraphs.whole);
  await subgraphs.set({ rowsChange: false, cacheControl });
  const bench: Bench = { options, supergraph, subgraphs, callers: createCallers(callerCount), onProgress };
  const hot = await measureHot(bench);
  const mixed = await measureMix(bench);
  return {
    title: "datamesh with Redis beside other gateways with theirs",
    how: describe(bench, hot.commands),
    tables: [...hot.measured.map(hotTable), ...mixTables(mixed)],
    goals: hot.measured.flatMap(({ name, figures }) => [
      ...[titles.hive.kept, titles.apollo.kept].map((peer) =>
        atMost(
          `CPU, ${name}: times ${peer}`,
          ratio(figures, titles.datamesh.kept, peer, (each) => each.cpuMsPerRequest),
          1,
        ),
      ),
      noSubgraphRequests(name, figures, titles.datamesh.kept),
    ]),
    drawings: [
      {
        name: "cache-peers",
        alt: "CPU per request of gateways with their caches and without",
        draw: (footer) =>
          drawCpu(
            "The same answers from what is kept (less is better)",
            [
              ...hot.measured.map(({ name, figures }) => ({ title: `CPU time per request, ms: ${name}`, figures })),
              { title: `CPU time per request, ms: ${callerCount} callers, from nothing kept`, figures: mixed },
            ],
            { ours: titles.datamesh.kept, base: titles.datamesh.kept },
            footer,
          ),
      },
    ],
  };
}

interface Hot {
  readonly name: WorkloadName;
  readonly bytes: number;
  readonly figures: readonly Figures[];
}

async function measureHot(
  bench: Bench,
): Promise<{ readonly measured: readonly Hot[]; readonly commands: readonly string[] }> {
  await using stack = new AsyncDisposableStack();
  const entrants = [...(await startKeeping(bench, stack)), ...(await startUncached(bench, stack))];
  const measured: Hot[] = [];
  for (const name of asked) {
    bench.onProgress(`${name}: ${bench.options.rounds} rounds`);
    const { body } = workloads[name];
    const expected = await askOnce(urlOf(entrants, titles.datamesh.uncached), body);
    const taking: Contestant[] = [];
    for (const entrant of entrants) {
      const { title, running, redis } = entrant;
      const answer = await (redis === undefined
        ? askOnce(running.url, body)
        : askKept(title, running.url, body, bench.subgraphs));
      assertSameData(title, answer, expected);
      taking.push(toContestant(entrant, [{ body, check: expectSame(title, answer) }]));
    }
    const figures = await takeTurns(taking, () => countAll(bench.subgraphs), bench.options);
    assertAllKept(entrants, figures);
    measured.push({ name, bytes: expected.bytes.length, figures });
  }
  return { measured, commands: entrants.map(({ running }) => running.command) };
}

async function measureMix(bench: Bench): Promise<readonly Figures[]> {
  await using stack = new AsyncDisposableStack();
  const entrants = [
    ...(await startKeeping(bench, stack)),
    ...(await startSharing(bench, stack)),
    ...(await startUncached(bench, stack)),
  ];
  const requests = mix(callerCount);
  bench.onProgress(`${requests.length} requests of ${callerCount} callers: ${bench.options.rounds} rounds`);
  const taking: Contestant[] = [];
  for (const entrant of entrants) {
    const { title, running, callers, empty } = entrant;
    const checks: Check[] = [];
    for (const body of mixedBodies) {
      const answer = await askOnce(running.url, body, callers[0]);
      assertSameData(title, answer, await askOnce(urlOf(entrants, titles.datamesh.uncached), body));
      checks.push(expectSame(title, answer));
    }
    const questions = requests.flatMap(({ caller, body }) => {
      const [text, headers, check] = [mixedBodies[body], callers[caller], checks[body]];
      return text === undefined || headers === undefined || check === undefined ? [] : [{ body: text, headers, check }];
    });
    taking.push({ ...toContestant(entrant, questions), ...(empty && { prepare: empty }) });
  }
  // Awaited here: those who are asked end with this function.
  return await takeTurns(taking, () => countAll(bench.subgraphs), { ...bench.options, once: true });
}

function toContestant({ title, running, redis }: Entrant, questions: Contestant["questions"]): Contestant {
  return {
    name: title,
    url: running.url,
    questions,
    cpuMs: () => running.usage().cpuMs,
    ...(redis && { othersCpuMs: redis.cpuMs }),
  };
}

/** As they are for callers whose answers may differ. */
async function startKeeping(bench: Bench, stack: AsyncDisposableStack): Promise<readonly Entrant[]> {
  const ours = stack.use(await startRedis());
  const config = stack.use(writeDatameshConfig(ours.url, bench.callers));
  const datamesh = await start(bench, stack, datameshKeeping(config));
  return [
    {
      title: titles.datamesh.kept,
      running: datamesh,
      callers: bench.callers.withKeys,
      redis: ours,
      empty: () => purge(config),
    },
    await startPeer(bench, stack, titles.hive.kept, (url) => hiveKeeping(url, "apart")),
    await startPeer(bench, stack, titles.apollo.kept, (url) => apolloKeeping(url, "apart")),
  ];
}

/** As they may be where everybody's answers are the same. */
async function startSharing(bench: Bench, stack: AsyncDisposableStack): Promise<readonly Entrant[]> {
  return [
    await startPeer(bench, stack, `${titles.hive.kept}, shared`, (url) => hiveKeeping(url, "shared")),
    await startPeer(bench, stack, `${titles.apollo.kept}, shared`, (url) => apolloKeeping(url, "shared")),
  ];
}

async function startUncached(bench: Bench, stack: AsyncDisposableStack): Promise<readonly Entrant[]> {
  const entrants: Entrant[] = [];
  for (const [title, contestant] of [
    [titles.datamesh.uncached, contestants.datamesh],
    [titles.hive.uncached, contestants.hive],
    [titles.apollo.uncached, contestants["apollo-server"]],
  ] as const) {
    const running = await start(bench, stack, contestant);
    entrants.push({ title, running, callers: bench.callers.withTokens, redis: undefined });
  }
  return entrants;
}

async function startPeer(
  bench: Bench,
  stack: AsyncDisposableStack,
  title: string,
  define: (redisUrl: string) => Peer,
): Promise<Entrant> {
  const redis = stack.use(await startRedis());
  const running = await start(bench, stack, define(redis.url));
  return { title, running, callers: bench.callers.withTokens, redis, empty: redis.flush };
}

async function start({ supergraph, onProgress }: Bench, stack: AsyncDisposableStack, peer: Peer): Promise<Running> {
  onProgress(`starting ${peer.title}`);
  return stack.use(await startContestant(peer, supergraph));
}

async function purge({ file }: DatameshConfig): Promise<void> {
  const args = ["dist/cli/main.js", "cache", "purge", "--all", "--config", file];
  await promisify(execFile)(process.execPath, args, { cwd: repositoryRoot });
}

function urlOf(entrants: readonly Entrant[], title: string): string {
  const found = entrants.find((entrant) => entrant.title === title);
  if (found === undefined) throw new Error(`${title} does not run`);
  return found.running.url;
}

/** Whoever keeps something must have asked nobody: otherwise its figures are of something else. */
function assertAllKept(entrants: readonly Entrant[], figures: readonly Figures[]): void {
  for (const { title, redis } of entrants) {
    const requests = figures.find(({ name }) => name === title)?.subgraphRequests ?? Number.NaN;
    if (redis !== undefined && requests !== 0) {
      throw new Error(`${title} does not keep its answers: ${requests} subgraph requests each`);
    }
  }
}

function hotTable({ name, bytes, figures }: Hot): Table {
  const title = `${name}: ${workloads[name].what}, answer ${printBytes(bytes)}`;
  return toTable(title, figures, titles.datamesh.kept);
}

function mixTables(figures: readonly Figures[]): readonly Table[] {
  const total = callerCount * mixedBodies.length * timesEach;
  const requestsOf = (title: string): number =>
    figures.find(({ name }) => name === title)?.subgraphRequests ?? Number.NaN;
  const rows = Object.values(titles).flatMap(({ kept, uncached }) =>
    figures
      .filter(({ name }) => name.startsWith(kept))
      .map(({ name, subgraphRequests }) => [
        name,
        `${(100 * (1 - subgraphRequests / requestsOf(uncached))).toFixed(1)} %`,
      ]),
  );
  return [
    toTable(
      `${total} requests of ${callerCount} callers, ${mixedBodies.length} queries ${timesEach} times each, from nothing kept`,
      figures,
      titles.datamesh.kept,
    ),
    { title: "of the subgraph requests without a cache, spared in these", columns: ["", "spared"], rows },
  ];
}

function describe({ options }: Bench, commands: readonly string[]): readonly string[] {
  const { rounds, seconds, concurrency } = options;
  const versions = Object.entries(versionsOf(packages));
  return [
    `Medians of ${rounds} rounds of ${seconds} s, ${concurrency} requests under way; nobody shares requests in flight.`,
    `Subgraphs say ${cacheControl}, which all three go by. Each gateway has a redis-server of its own.`,
    "datamesh: a configuration that names Redis and the callers' API keys, all else by default.",
    "Hive Gateway: bench/peers/hosts/hive-cache.config.js. Apollo Server: bench/peers/hosts/apollo-server-cache.js.",
    "Both look up whole answers in Redis, and keep them for each Authorization, which is the only safe way where callers'",
    'answers may differ; "shared" is the other way. Nobody masks anything here, so that all callers get the same data.',
    "Hot answers datamesh has in its process, too; its Redis is what other processes find them in.",
    "Before each round of callers, datamesh's cache is purged and the others' Redis flushed.",
    versions.map(([name, version]) => `${name} ${version}`).join(", "),
    ...commands.map((command) => command.replace(/\/\S*\/(?=datamesh\.yaml)/, "")),
  ];
}
