/**
 * CPU per request of the engine and of @apollo/gateway's executor, over the same subgraph answers.
 *
 * In process, subgraphs cost a look-up and a `JSON.parse` (see clients.ts), so what is measured is planning's result at
 * work: building requests, merging, completing, and the answer as UTF-8 bytes. Over HTTP they stand in a process of their
 * own, and the clients' costs are added: the reference's own data source, undici's dispatch for the engine. Each of the two runs in a process of its own; their rounds
 * are interleaved, so that a busy machine burdens both; the table shows medians of the processes' own CPU time.
 *
 *   npm run -s node -- bench/engine/main.ts [rounds]
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import type { Answer, Command } from "./contestant.ts";
import { type ContestantName, contestants, type WorkloadName, workloadNames } from "./workloads.ts";

const rounds = Number(process.argv[2] ?? 9);
const warmUpRounds = 4;

interface Contestant {
  ask(command: Command): Promise<Answer>;
  stop(): void;
}

function start(contestant: ContestantName, workload: WorkloadName, origin: string | undefined): Contestant {
  const args = origin === undefined ? [contestant, workload] : [contestant, workload, origin];
  const child = fork(new URL("./contestant.ts", import.meta.url), args);
  return {
    async ask(command) {
      child.send(command);
      const [answer] = (await once(child, "message")) as [Answer];
      return answer;
    },
    stop: () => child.disconnect(),
  };
}

async function measure(workload: WorkloadName, transport: "in process" | "HTTP"): Promise<string> {
  const server = transport === "HTTP" ? fork(new URL("./subgraph-server.ts", import.meta.url)) : undefined;
  const origin = server && `http://127.0.0.1:${String((await once(server, "message"))[0])}`;
  const running = contestants.map((name) => ({ contestant: start(name, workload, origin), times: [] as number[] }));
  const checks = await Promise.all(running.map(({ contestant }) => contestant.ask("check")));
  const [first] = checks;
  if (!checks.every(({ text }) => text === first?.text))
    throw new Error(`The answers to ${workload} differ: ${checks.map(({ text }) => text.slice(0, 200)).join(" | ")}`);
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const { contestant, times } of running) {
      const { cpuMs } = await contestant.ask("round");
      if (round >= 0) times.push(cpuMs);
    }
  }
  for (const { contestant } of running) contestant.stop();
  server?.disconnect();
  const [theirs = Number.NaN, ours = Number.NaN] = running.map(({ times }) => median(times));
  const size = ((first?.text.length ?? 0) / 1000).toFixed(1);
  const requests = transport === "HTTP" ? " | " : checks.map((check) => check.requests).join(" | ");
  return `| ${workload}, ${transport} | ${size} | ${requests} | ${theirs.toFixed(3)} | ${ours.toFixed(3)} | ${(theirs / ours).toFixed(1)} |`;
}

function median(values: readonly number[]): number {
  return values.toSorted((x, y) => x - y)[values.length >> 1] ?? Number.NaN;
}

console.log("| workload | KB | requests, @apollo/gateway | engine | CPU ms, @apollo/gateway | engine | ratio |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const transport of ["in process", "HTTP"] as const) {
  for (const workload of workloadNames) console.log(await measure(workload, transport));
}
