/**
 * The supergraph's file changes again and again while the gateway is asked as fast as it answers. One field comes and goes,
 * so that it is seen from outside when the new graph serves; the load never asks for it.
 */
import { rename, writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { createClient } from "./client.ts";
import type { Contestant, ContestantName } from "./contestants.ts";
import { expectSame } from "./expectation.ts";
import { startContestant } from "./running.ts";
import type { Supergraphs } from "./supergraphs.ts";
import { workloads } from "./workloads.ts";

export interface Reload {
  readonly name: ContestantName;
  /** Files that were written. */
  readonly reloads: number;
  /** Files that were served; the first that is not ends the measurement. */
  readonly served: number;
  readonly requests: number;
  /** Requests without an answer, or with a wrong one. */
  readonly lost: number;
  readonly firstLoss: string | undefined;
}

const probe = JSON.stringify({ query: "{ me { birthday } }" });
const servedTimeoutMs = 15_000;
const between = { probesMs: 50, reloadsMs: 300 } as const;

export async function measureReload(
  contestant: Contestant,
  supergraphs: Supergraphs,
  options: { readonly reloads: number; readonly concurrency: number },
): Promise<Reload> {
  const file = supergraphs.write("changing", supergraphs.whole);
  await using running = await startContestant(contestant, file);
  const client = createClient(running.url, options.concurrency);
  const probing = createClient(running.url, 1);
  const { body } = workloads.deep;
  const check = expectSame(contestant.title, await client.ask(body));
  const counted = { served: 0, requests: 0, lost: 0, firstLoss: undefined as string | undefined };
  let over = false;
  const ask = async (): Promise<void> => {
    while (!over) {
      counted.requests++;
      try {
        check(await client.ask(body));
      } catch (error) {
        counted.lost++;
        counted.firstLoss ??= error instanceof Error ? error.message : String(error);
      }
    }
  };
  const load = Array.from({ length: options.concurrency }, ask);
  try {
    for (let reload = 1; reload <= options.reloads; reload++) {
      await wait(between.reloadsMs);
      const withField = reload % 2 === 0;
      await replace(file, withField ? supergraphs.whole : supergraphs.withoutBirthday);
      running.reload();
      if (!(await isServed(withField))) break;
      counted.served++;
    }
    await wait(between.reloadsMs);
  } finally {
    over = true;
    await Promise.all(load);
    await Promise.all([client.close(), probing.close()]);
  }
  return { name: contestant.name, reloads: options.reloads, ...counted };

  async function isServed(withField: boolean): Promise<boolean> {
    const deadline = performance.now() + servedTimeoutMs;
    while (performance.now() < deadline) {
      // A probe may be lost like any other request; it is asked again.
      const answer = await probing.ask(probe).catch(() => undefined);
      if (answer !== undefined && answer.status < 500 && answer.bytes.includes('"birthday":"') === withField)
        return true;
      await wait(between.probesMs);
    }
    return false;
  }

  /** For who is told, at once, so that nobody reads half a file; who watches loses sight of a file that is replaced. */
  async function replace(file: string, text: string): Promise<void> {
    if (contestant.reload === "watches") return await writeFile(file, text);
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }
}
