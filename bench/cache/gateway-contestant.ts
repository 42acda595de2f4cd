/** A gateway of the bench, as somebody who takes turns. */
import { setTimeout as wait } from "node:timers/promises";
import { type Check, expectSame } from "../peers/expectation.ts";
import type { RunningSubgraphs } from "../peers/running.ts";
import type { BenchServer } from "../server.ts";
import { type AnswerWithHeaders, askOnce } from "./kept-answer.ts";
import { countAll } from "./subgraph-requests.ts";
import type { Contestant } from "./take-turns.ts";

/** Expects what `first` says, each time. */
export function toContestant(
  name: string,
  server: Pick<BenchServer, "url" | "usage">,
  body: string,
  first: AnswerWithHeaders,
): Contestant {
  const check: Check = expectSame(name, first);
  return { name, url: server.url, questions: [{ body, check }], cpuMs: async () => (await server.usage()).cpuMs };
}

/** What is kept may be written in the background. */
const attempts = 10;
const pauseMs = 50;

/** An answer that cost no subgraph request. Throws when none comes, though it was asked before. */
export async function askKept(
  who: string,
  url: string,
  body: string,
  subgraphs: Pick<RunningSubgraphs, "counts">,
): Promise<AnswerWithHeaders> {
  let requests = Number.NaN;
  for (let attempt = 0; attempt < attempts; attempt++) {
    await askOnce(url, body);
    await wait(pauseMs);
    await countAll(subgraphs);
    const answer = await askOnce(url, body);
    requests = await countAll(subgraphs);
    if (requests === 0) return answer;
  }
  throw new Error(`${who} answered again and again with ${requests} subgraph requests`);
}
