/** Contestants and subgraphs as processes of their own, all on the Node.js that runs the bench. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { basename } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Asked, RequestCounts } from "../engine/subgraph-server.ts";
import { createClient } from "./client.ts";
import { type Contestant, type Deduplication, repositoryRoot } from "./contestants.ts";
import { type ProcessUsage, readMainThreadMs, readProcessUsage } from "./process-usage.ts";

export interface Running extends AsyncDisposable {
  readonly contestant: Contestant;
  readonly url: string;
  /** `node …`, as it was started. */
  readonly command: string;
  usage(): ProcessUsage;
  mainThreadMs(): number;
  /** Tells it that its supergraph's file has changed, where it has to be told. */
  reload(): void;
}

export interface RunningSubgraphs extends AsyncDisposable {
  readonly origin: string;
  /** From now on; requests are counted anew. */
  letRowsChange(rowsChange: boolean): Promise<void>;
  /** From now on; requests are counted anew. */
  set(asked: Asked): Promise<void>;
  usage(): ProcessUsage;
  /** Requests that arrived since this was asked last. */
  counts(): Promise<RequestCounts>;
}

const alive = new Set<ChildProcess>();
// A bench that fails leaves nothing behind.
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/** It is killed when the bench ends, however that comes. */
export function endWithBench(child: ChildProcess): void {
  alive.add(child);
  child.once("exit", () => alive.delete(child));
}

const startTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;

export async function startSubgraphs(): Promise<RunningSubgraphs> {
  const child = fork(new URL("../engine/subgraph-server.ts", import.meta.url), { env: environment() });
  const [port] = (await once(child, "message")) as [number];
  let asked: Asked = { rowsChange: false };
  const ask = async (): Promise<RequestCounts> => {
    child.send(asked);
    // Only engine/subgraph-server.ts writes to this channel.
    return (await once(child, "message"))[0] as RequestCounts;
  };
  const set = async (wanted: Asked): Promise<void> => {
    asked = wanted;
    await ask();
  };
  const { pid } = child;
  if (pid === undefined) throw new Error("The subgraphs have no process");
  return {
    origin: `http://127.0.0.1:${port}`,
    letRowsChange: (rowsChange) => set({ ...asked, rowsChange }),
    set,
    usage: () => readProcessUsage(pid),
    counts: ask,
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}

/** Resolves when it answers `{ __typename }`. Rejects, with what it printed, when it ends before or takes too long. */
export async function startContestant(
  contestant: Contestant,
  supergraph: string,
  deduplicate: Deduplication = "none",
  nodeOptions: readonly string[] = [],
): Promise<Running> {
  const start = { supergraph, port: await findFreePort(), deduplicate };
  const args = [...nodeOptions, ...contestant.args(start)];
  const child = spawn(process.execPath, args, {
    cwd: repositoryRoot,
    env: { ...environment(), ...contestant.env?.(start) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  endWithBench(child);
  const printed = keepLast(child);
  const url = `http://127.0.0.1:${start.port}`;
  await becomesReady(child, url).catch(async (cause: unknown) => {
    child.kill("SIGKILL");
    throw new Error(`${contestant.title} did not start (node ${args.join(" ")}): ${String(cause)}\n${printed()}`);
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${contestant.title} has no process`);
  return {
    contestant,
    url,
    command: `node ${args.join(" ").replace(supergraph, basename(supergraph))}`,
    usage: () => readProcessUsage(pid),
    mainThreadMs: () => readMainThreadMs(pid),
    reload() {
      if (contestant.reload === "SIGHUP") child.kill("SIGHUP");
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Nothing of this shell's settings reaches a contestant; nothing of a contestant reaches the outside. */
function environment(): Record<string, string> {
  const kept = ["PATH", "HOME", "TMPDIR"].map((name) => [name, process.env[name]] as const);
  return {
    ...Object.fromEntries(kept.filter((entry): entry is readonly [string, string] => entry[1] !== undefined)),
    NODE_ENV: "production",
    APOLLO_TELEMETRY_DISABLED: "true",
  };
}

async function becomesReady(child: ChildProcess, url: string): Promise<void> {
  const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`ended with ${code ?? "a signal"}`)));
  ended.catch(() => undefined);
  const client = createClient(url, 1);
  const deadline = performance.now() + startTimeoutMs;
  try {
    for (;;) {
      const answer = await client.ask(JSON.stringify({ query: "{ __typename }" })).catch(() => undefined);
      if (answer?.status === 200) return;
      if (performance.now() > deadline) throw new Error(`no answer within ${startTimeoutMs / 1_000} s`);
      await Promise.race([wait(100), ended]);
    }
  } finally {
    await client.close();
  }
}

function keepLast(child: ChildProcess): () => string {
  let printed = "";
  const keep = (chunk: Buffer): void => {
    printed = (printed + chunk.toString()).slice(-4_000);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  return () => printed;
}

export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an address of this kind.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
