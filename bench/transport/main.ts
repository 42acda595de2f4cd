/**
 * CPU per subgraph request: the gateway's client beside the ways that undici and Node offer, in rounds that take turns, with
 * ten requests in flight. The subgraph runs in a process of its own, so that only the client's side is measured.
 *
 *   npm run -s node -- bench/transport/main.ts [entities in an answer] [requests per round] [rounds]
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { median } from "../load.ts";
import { type Contestant, createContestants, exampleRequests } from "./contestants.ts";

const [entities = 20, requests = 2_000, rounds = 9] = process.argv.slice(2).map(Number);
const inFlight = 10;
const warmUpRounds = 2;

const server = fork(new URL("./text-server.ts", import.meta.url), [String(entities)]);
const [port] = await once(server, "message");
const contestants = createContestants(`http://127.0.0.1:${port}/graphql`);
const examples = exampleRequests(2 * inFlight);

async function cpuMicrosecondsOf(send: Contestant): Promise<number> {
  const before = process.cpuUsage();
  let left = requests;
  const ask = async (): Promise<void> => {
    while (left > 0) {
      const request = examples[left-- % examples.length];
      if (request !== undefined) await send(request);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, ask));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;
}

const times = new Map<string, number[]>(Object.keys(contestants).map((name) => [name, []]));
for (let round = -warmUpRounds; round < rounds; round++) {
  for (const [name, send] of Object.entries(contestants)) {
    const time = await cpuMicrosecondsOf(send);
    if (round >= 0) times.get(name)?.push(time);
  }
}
server.disconnect();

const [first = Number.NaN] = [...times.values()].map(median);
console.log("| | CPU µs per request | ratio |\n| --- | --- | --- |");
for (const [name, taken] of times) {
  const time = median(taken);
  console.log(`| ${name} | ${time.toFixed(1)} | ${(time / first).toFixed(2)} |`);
}
process.exit();
