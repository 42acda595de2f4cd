/** `datamesh dead-letters`: events that a group of consumers did not manage, and what becomes of them. */
import { changesTopic, type DeadLetter, type DeadLetters, type EventBus, openEventBus } from "#events";
import { type MeshConfig, readConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";
import { createLogger } from "../terminal/create-logger.ts";

export interface DeadLettersOptions {
  readonly config?: string;
  readonly group: string;
}

export interface ListOptions extends DeadLettersOptions {
  readonly limit: number;
  readonly json: boolean;
}

export interface SettleOptions extends DeadLettersOptions {
  readonly all: boolean;
}

const settledAtOnce = 500;

/** Throws EVENTS_IN_PROCESS, BUS_UNAVAILABLE, BUS_ADDRESS_INVALID. */
export async function listDeadLetters({ limit, json, ...options }: ListOptions): Promise<void> {
  const letters = await withDeadLetters(options, (dead) => dead.list(limit));
  if (json) console.log(JSON.stringify(letters, undefined, 2));
  else if (letters.length === 0) console.log(`the group ${options.group} has no dead letters`);
  else for (const letter of letters) console.log(printLetter(letter));
}

/** Hands them to their group again. Throws what `listDeadLetters` throws, OPTION_INVALID. */
export async function replayDeadLetters(ids: readonly string[], options: SettleOptions): Promise<void> {
  const count = await settle(ids, options, (dead, some) => dead.replay(some));
  console.log(`handed to ${options.group} again: ${count}`);
}

/** Forgets them. Throws what `listDeadLetters` throws, OPTION_INVALID. */
export async function discardDeadLetters(ids: readonly string[], options: SettleOptions): Promise<void> {
  const count = await settle(ids, options, (dead, some) => dead.discard(some));
  console.log(`forgotten: ${count}`);
}

async function settle(
  ids: readonly string[],
  { all, ...options }: SettleOptions,
  action: (dead: DeadLetters, ids: readonly string[]) => Promise<number>,
): Promise<number> {
  if (all === ids.length > 0) {
    throw commandError(
      "OPTION_INVALID",
      "name the dead letters by their ids, as `dead-letters list` prints them, or --all",
    );
  }
  return withDeadLetters(options, async (dead) => {
    // Those that are there now: what is replayed may die again.
    const asked = all ? (await dead.list(Number.MAX_SAFE_INTEGER)).map(({ id }) => id) : ids;
    let count = 0;
    for (let first = 0; first < asked.length; first += settledAtOnce) {
      count += await action(dead, asked.slice(first, first + settledAtOnce));
    }
    return count;
  });
}

async function withDeadLetters<T>(
  { config: file, group }: DeadLettersOptions,
  use: (dead: DeadLetters) => Promise<T>,
): Promise<T> {
  const bus = await openServerBus(await readConfig(file));
  try {
    return await use(bus.deadLetters(changesTopic, group));
  } finally {
    await bus.close();
  }
}

function openServerBus({ events: { url, ...options }, file }: MeshConfig): Promise<EventBus> {
  if (url === undefined) {
    throw commandError(
      "EVENTS_IN_PROCESS",
      `the event bus of ${file} begins and ends with each process, and so do its dead letters; what a gateway keeps is ended with \`datamesh cache purge\``,
    );
  }
  return openEventBus(url, options, { logger: createLogger("error") });
}

function printLetter({ id, event, attempts, diedAt, reason }: DeadLetter): string {
  return `${id}  ${diedAt}  ${event.type}  ${event.subject ?? event.source}  ${reason} after ${attempts} attempts`;
}
