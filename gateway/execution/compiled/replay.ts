/**
 * Replay: an operation whose subgraphs all answer what they answered before is neither parsed nor written again. What is
 * kept of their answers (`gateway/cache`) stands for an answer, as long as it is the same and may be used.
 *
 * A run is a function of the program, the client's variables and the subgraphs' answers: equal answers lead to equal
 * further requests, and at the end to an equal text. So of a run without errors the **trace** is kept: each request and
 * the bytes that answered it, and the result. The next run asks every subgraph again, as always, with the requests of the
 * trace; as long as each answer has the same bytes, it follows the trace, and at its end the result is the trace's. At the
 * first answer that differs the program runs as usual, with all that has been asked for already.
 *
 * Who asks makes no difference: the program is made for what policies decided, and nothing is taken from a trace that the
 * subgraphs have not just answered to this caller too. A request is sent only after everything that it was made from has
 * been answered with the same bytes.
 *
 * Only what is asked a second time is kept, within a budget of bytes, the least recently used goes first. Where the
 * answers change every time, keeping them is given up for longer and longer.
 */
import { LRUCache } from "lru-cache";
import { RunKept } from "../../cache/index.ts";
import type { SubgraphResponse } from "../../transport/subgraph-client.ts";
import { AnswerExtensions } from "../answer-extensions.ts";
import type { ExecutionResult } from "../executor.ts";
import { ask } from "./ask.ts";
import type { StepCaching } from "./cached-step.ts";
import type { Program } from "./program.ts";
import type { RunInput } from "./run-program.ts";
import { type KeptExchange, rememberedAnswer, type Trace } from "./trace.ts";

export type Replay =
  | { readonly kind: "same"; readonly result: ExecutionResult }
  /** What has been asked already, by step; the program need not ask it again. */
  | { readonly kind: "changed"; supplied(step: number): Promise<SubgraphResponse> | undefined };

const maxKeyLength = 4_000;
const maxHabits = 10_000;
const maxDoublings = 8;

/** What is known of the runs under one key. */
interface Habit {
  /** Runs in a row whose answers were not those of the trace. */
  changes: number;
  /** Runs that are neither followed nor recorded. */
  pause: number;
}

export type Beginning =
  | { readonly kind: "plain" }
  | { readonly kind: "record" }
  | { readonly kind: "follow"; readonly trace: Trace };

const plain: Beginning = { kind: "plain" };
const record: Beginning = { kind: "record" };

export class ReplayMemory {
  readonly #traces: LRUCache<string, Trace>;
  readonly #habits = new LRUCache<string, Habit>({ max: maxHabits });
  readonly #idByProgram = new WeakMap<Program, number>();
  #nextId = 0;

  constructor(maxBytes: number) {
    this.#traces = new LRUCache({ maxSize: maxBytes, maxEntrySize: Math.ceil(maxBytes / 4), sizeCalculation: sizeOf });
  }

  /**
   * Undefined for what is never replayed: mutations, what asks nobody, and variables too long to look up. Masks depend on
   * keys: what was written with those of another generation is not replayed.
   */
  keyOf(program: Program, variables: Readonly<Record<string, unknown>>, keyGeneration = 0): string | undefined {
    if (!program.replayable) return undefined;
    let id = this.#idByProgram.get(program);
    if (id === undefined) {
      id = this.#nextId++;
      this.#idByProgram.set(program, id);
    }
    const key = `${id} ${keyGeneration} ${JSON.stringify(variables)}`;
    return key.length > maxKeyLength ? undefined : key;
  }

  /** How the run under this key should go. */
  begin(key: string): Beginning {
    const habit = this.#habits.get(key);
    if (habit === undefined) {
      this.#habits.set(key, { changes: 0, pause: 0 });
      return plain;
    }
    if (habit.pause > 0) {
      habit.pause--;
      return plain;
    }
    const trace = this.#traces.get(key);
    return trace === undefined ? record : { kind: "follow", trace };
  }

  /** The answers were those of the trace. */
  same(key: string): void {
    const habit = this.#habits.get(key);
    if (habit !== undefined) habit.changes = 0;
  }

  /** They were not. Whether to record the run anew: what changes every time is left alone for longer and longer. */
  changed(key: string): boolean {
    const habit = this.#habits.get(key);
    if (habit === undefined) return false;
    habit.changes = Math.min(habit.changes + 1, maxDoublings);
    if (habit.changes < 2) return true;
    habit.pause = 2 ** habit.changes;
    this.#traces.delete(key);
    return false;
  }

  keep(key: string, trace: Trace): void {
    this.#traces.set(key, trace);
  }
}

function sizeOf({ exchanges, result }: Trace): number {
  const bytes = exchanges.map((exchange) =>
    exchange?.kind === "asked"
      ? exchange.bytes.byteLength + exchange.variables.length
      : 8 * (exchange?.entries.length ?? 0),
  );
  // The text of the answer is kept as characters, and by the server as bytes.
  return bytes.reduce((sum, each) => sum + each, 1) + 3 * (result.text?.length ?? 0);
}

/** Asks what the trace asked. Never rejects: a request that fails is a change. */
export function replay({ steps }: Program, trace: Trace, input: RunInput): Promise<Replay> {
  return new Promise((resolve) => {
    const sent: (Promise<SubgraphResponse> | undefined)[] = [];
    const waiting = steps.map((step) => step.waitsFor.length);
    let open = steps.length;
    let changed = false;

    const change = (): void => {
      changed = true;
      const supplied = (step: number): Promise<SubgraphResponse> | undefined =>
        sent[step]?.then((response) => (response.unchanged ? rememberedAnswer(trace, step) : response));
      resolve({ kind: "changed", supplied });
    };

    const finish = (index: number): void => {
      open--;
      if (open === 0) resolve({ kind: "same", result: resultOf(trace, input) });
      for (const next of steps[index]?.awaitedBy ?? []) {
        const left = (waiting[next] ?? 0) - 1;
        waiting[next] = left;
        if (left === 0 && !changed) start(next);
      }
    };

    const start = (index: number): void => {
      const exchange = trace.exchanges[index];
      const request = steps[index]?.request;
      const subgraph = request?.subgraph ?? "";
      if (exchange === undefined) {
        finish(index);
        return;
      }
      if (exchange.kind === "kept") {
        if (isStillKept(exchange, request?.caching, input)) finish(index);
        else change();
        return;
      }
      const { text, variables, bytes, cacheControl } = exchange;
      // What differs is recorded anew.
      const answer = ask(subgraph, text, variables, input, { remembered: bytes, wantsBytes: true });
      sent[index] = answer;
      // An answer that may be kept now, or for another time, has to be looked at.
      answer.then((now) => (now.unchanged && now.cacheControl === cacheControl ? finish(index) : change()), change);
    };

    steps.forEach((step, index) => {
      if (step.waitsFor.length === 0 && !changed) start(index);
    });
  });
}

/** Whether a run with these keys would find just these entries, and none of them is to be read anew. */
function isStillKept(
  { prefixes, entries }: KeptExchange,
  caching: StepCaching | undefined,
  { cache, ...run }: RunInput,
): boolean {
  if (cache === undefined || caching === undefined) return false;
  const lookup = cache.of.lookUp(caching.shelves, run, cache.kept);
  return lookup.prefixes.every((prefix, group) => prefix === prefixes[group]) && lookup.findsStill(entries);
}

/** The trace's result, with what is told of ages now. */
function resultOf({ result, exchanges, kept }: Trace, { cache }: RunInput): ExecutionResult {
  if (kept === undefined || cache === undefined) return result;
  const { core } = cache.of;
  for (const [subgraph, count] of kept.countBySubgraph)
    core.metrics.cacheLookups.inc({ subgraph, result: "memory" }, count);
  const extensions = new AnswerExtensions();
  let isWhole = true;
  for (const exchange of exchanges) {
    if (exchange?.kind !== "asked") continue;
    isWhole = false;
    extensions.add(exchange.extensions);
  }
  const used = RunKept.of(kept.entries, !isWhole);
  return { ...result, extensions: extensions.read({ entries: kept.entries, now: core.now() }), kept: used };
}
