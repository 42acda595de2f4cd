/**
 * Runs a program some of whose answer comes later (`@defer`).
 *
 *   steps of the beginning done ─▶ beginning written, sites of fragments known
 *   steps of a fragment done, sites known ─▶ fragment written at each site, sites of fragments in it known
 *
 * The requests are those of any run, each as early as it can be: a part of the answer does not wait for more than it
 * needs. What is ready at the same time goes out together. Everything is completed carefully, since the sites are found by it.
 */

import { randomUUID } from "node:crypto";
import { GraphQLError } from "graphql";
import type { Cancellation } from "#http";
import type { Logger } from "../../observability/logger.ts";
import type { ExecutionResult, LaterFragment } from "../executor.ts";
import { type CompletionInput, createCompleter, type DeferredSite } from "./complete.ts";
import { toSegments } from "./error-list.ts";
import { PayloadQueue } from "./payload-queue.ts";
import type { Deferral, Program } from "./program.ts";
import { reportProblems } from "./report-problems.ts";
import { type RunInput, type RunView, runProgram } from "./run-program.ts";

export interface DeferredRunOptions
  extends Pick<CompletionInput, "supergraphSchema" | "subgraphMessages" | "maxPathsPerCause"> {
  readonly logger: Logger;
}

/** Resolves when the beginning of the answer is there. Rejects only when it cannot be written, which is a fault of ours. */
export async function runDeferred(
  program: Program,
  deferral: Deferral,
  input: RunInput,
  options: DeferredRunOptions,
): Promise<ExecutionResult> {
  const answer = new DeferredAnswer(program, deferral, input.signal, options);
  const ended = runProgram(program, { ...input, onStep: (step, run) => answer.advance(step, run) })
    .then((result) => {
      if (result.problems.length > 0) reportProblems(options.logger, result.problems);
      answer.end({ ...result, extensions: () => result.extensions });
    })
    .catch((error: unknown) => answer.fail(error))
    .then(() => answer.hasLaterErrors);
  const { result, isAll } = await answer.beginning;
  // What nobody waits for any more may still be asked for, so the run's end matters even then.
  return isAll ? result : { ...result, deferred: { payloads: answer.payloads, ended } };
}

interface Beginning {
  readonly result: ExecutionResult;
  /** Nothing comes later. */
  readonly isAll: boolean;
}

class DeferredAnswer {
  readonly payloads = new PayloadQueue();
  hasLaterErrors = false;
  readonly #program: Program;
  readonly #deferral: Deferral;
  readonly #signal: Cancellation;
  readonly #options: DeferredRunOptions;
  readonly #beginning = Promise.withResolvers<Beginning>();
  readonly #done = new Set<number>();
  /** By id of the fragment: where the answer has it, and where it has not been written yet. */
  readonly #open = new Map<number, DeferredSite[]>();
  readonly #told = new Set<string>();
  #toldExtensions = "";
  #begun = false;

  constructor(program: Program, deferral: Deferral, signal: Cancellation, options: DeferredRunOptions) {
    this.#program = program;
    this.#deferral = deferral;
    this.#signal = signal;
    this.#options = options;
  }

  get beginning(): Promise<Beginning> {
    return this.#beginning.promise;
  }

  /** Never throws. */
  advance(step: number, run: RunView): void {
    this.#done.add(step);
    this.#write(run);
  }

  /** The run is over: whatever has not been written is written now. */
  end(run: RunView): void {
    this.#program.steps.forEach((_, step) => void this.#done.add(step));
    this.#write(run);
    this.payloads.end();
  }

  #write(run: RunView): void {
    try {
      if (!this.#begun) this.#begin(run);
      else this.#continue(run);
    } catch (error) {
      this.fail(error);
    }
  }

  #begin(run: RunView): void {
    const { beginning } = this.#deferral;
    if (!this.#hasDone(beginning)) return;
    this.#begun = true;
    const { text, errors, sites } = this.#completer(beginning, run).beginning();
    this.#addSites(sites);
    for (const error of errors) this.#told.add(placeOf(error));
    const extensions = run.extensions();
    this.#toldExtensions = JSON.stringify(extensions);
    this.#beginning.resolve({ result: { text, errors, extensions }, isAll: sites.length === 0 });
    this.#continue(run);
  }

  #continue(run: RunView): void {
    // Who has gone away is told nothing more.
    if (this.#signal.aborted) this.#open.clear();
    const fragments: LaterFragment[] = [];
    for (let id = this.#nextReady(); id !== undefined; id = this.#nextReady()) {
      const sites = this.#open.get(id) ?? [];
      this.#open.delete(id);
      const steps = new Set([...this.#deferral.beginning, ...(this.#deferral.fragments.get(id) ?? [])]);
      const completer = this.#completer(steps, run);
      for (const site of sites) {
        const { text, errors, sites: inside } = completer.later(site);
        this.#addSites(inside);
        // A null that nothing else explains keeps its error even if the client knows it already.
        const news = text === "null" ? errors : errors.filter((error) => !this.#told.has(placeOf(error)));
        for (const error of errors) this.#told.add(placeOf(error));
        this.hasLaterErrors ||= errors.length > 0;
        fragments.push({ text, errors: news, path: toSegments(site.path), label: site.fragment.label });
      }
    }
    const hasNext = this.#open.size > 0;
    if (fragments.length > 0) this.payloads.push({ fragments, extensions: this.#newExtensions(run), hasNext });
    if (!hasNext) this.payloads.end();
  }

  #nextReady(): number | undefined {
    for (const id of this.#open.keys()) {
      if (this.#hasDone(this.#deferral.fragments.get(id) ?? new Set())) return id;
    }
    return undefined;
  }

  #hasDone(steps: ReadonlySet<number>): boolean {
    return [...steps].every((step) => this.#done.has(step));
  }

  #addSites(sites: readonly DeferredSite[]): void {
    for (const site of sites) {
      const { id } = site.fragment;
      const open = this.#open.get(id);
      if (open === undefined) this.#open.set(id, [site]);
      else open.push(site);
    }
  }

  /** With the problems of these steps: others have nothing to do with what is written now. */
  #completer(steps: ReadonlySet<number>, { state, problems }: RunView): ReturnType<typeof createCompleter> {
    const requests = new Set([...steps].map((step) => this.#program.steps[step]?.request));
    return createCompleter({
      ...this.#options,
      program: this.#program,
      run: state,
      problems: problems.filter(({ request }) => requests.has(request)),
    });
  }

  #newExtensions(run: RunView): Readonly<Record<string, unknown>> {
    const extensions = run.extensions();
    const text = JSON.stringify(extensions);
    if (text === this.#toldExtensions) return {};
    this.#toldExtensions = text;
    return extensions;
  }

  /** A fault of ours: the client gets nulls for what it still waits for, and an id that finds the cause in the log. */
  fail(error: unknown): void {
    this.#begun = true;
    // Whoever waits for the beginning says so in the log; once it is there, this does nothing.
    this.#beginning.reject(error);
    const errorId = randomUUID();
    if (this.#open.size > 0)
      this.#options.logger.error({ errorId, err: error }, "deferred fragments cannot be written");
    const fragments = [...this.#open.values()].flat().map((site): LaterFragment => {
      const path = toSegments(site.path);
      const extensions = { code: "INTERNAL_SERVER_ERROR", errorId };
      const shown = new GraphQLError("Something went wrong in the gateway", { path, extensions });
      return { text: "null", errors: [shown], path, label: site.fragment.label };
    });
    this.#open.clear();
    this.hasLaterErrors = true;
    if (fragments.length > 0) this.payloads.push({ fragments, extensions: {}, hasNext: false });
    this.payloads.end();
  }
}

function placeOf({ message, path }: GraphQLError): string {
  return JSON.stringify([message, path]);
}
