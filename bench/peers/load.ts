/** Two kinds of load: as fast as the answers come, and at a rate that no answer changes. */
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "./client.ts";
import type { Check } from "./expectation.ts";

export interface Asking {
  readonly client: Client;
  readonly body: string;
  readonly check: Check;
  readonly seconds: number;
}

export interface Load {
  readonly requests: number;
  readonly elapsedMs: number;
  /** Of every request, ascending. */
  readonly latenciesMs: readonly number[];
}

/** So many requests are always under way. Rejects when an answer is not the expected one. */
export async function askInTurn(asking: Asking & { readonly concurrency: number }): Promise<Load> {
  const { client, body, check, seconds, concurrency } = asking;
  const latenciesMs: number[] = [];
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  const ask = async (): Promise<void> => {
    do {
      const sent = performance.now();
      const answer = await client.ask(body);
      latenciesMs.push(performance.now() - sent);
      check(answer);
    } while (performance.now() < end);
  };
  await Promise.all(Array.from({ length: concurrency }, ask));
  return summarise(latenciesMs, begin);
}

/**
 * A request every so often, whether those before it are answered or not. A latency counts from the moment at which the
 * request was due, so that an answer that holds up the next ones is not overlooked.
 */
export async function askAtRate(
  asking: Asking & { readonly perSecond: number; readonly onAnswer?: (dueMs: number, latencyMs: number) => void },
): Promise<Load> {
  const { client, body, check, seconds, perSecond, onAnswer } = asking;
  const latenciesMs: number[] = [];
  const underWay = new Set<Promise<void>>();
  const failure = Promise.withResolvers<never>();
  const begin = performance.now();
  const total = Math.max(1, Math.round(seconds * perSecond));
  const ask = async (due: number): Promise<void> => {
    const answer = await client.ask(body);
    const latency = performance.now() - due;
    latenciesMs.push(latency);
    onAnswer?.(due, latency);
    check(answer);
  };
  const askAll = async (): Promise<void> => {
    for (let number = 0; number < total; number++) {
      const due = begin + (number / perSecond) * 1_000;
      while (performance.now() < due) await wait(Math.max(0, Math.floor(due - performance.now())));
      const asked = ask(due)
        .catch(failure.reject)
        .finally(() => underWay.delete(asked));
      underWay.add(asked);
    }
    await Promise.all(underWay);
  };
  await Promise.race([askAll(), failure.promise]);
  return summarise(latenciesMs, begin);
}

function summarise(latenciesMs: number[], begin: number): Load {
  return {
    requests: latenciesMs.length,
    elapsedMs: performance.now() - begin,
    latenciesMs: latenciesMs.sort((left, right) => left - right),
  };
}
