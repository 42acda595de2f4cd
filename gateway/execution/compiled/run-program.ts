/**
 * Runs a program's requests and hangs what subgraphs answer on the run's nodes.
 *
 * A request starts as soon as everything that it waits for has been answered; one answer triggers the next requests
 * without a promise in between. A request without representations is not sent; of one whose answers may be kept, only
 * what is not kept is asked for (`cached-step.ts`).
 *
 * Hot: once per request to a subgraph (bench/engine).
 */
import type { Cancellation } from "#http";
import type { Caller } from "#policies";
import type { GenerationCache, Invalidated, RunKept } from "../../cache/index.ts";
import type { SubgraphClient, SubgraphResponse } from "../../transport/subgraph-client.ts";
import { AnswerExtensions } from "../answer-extensions.ts";
import { acceptAnswer } from "./accept-answer.ts";
import { ask } from "./ask.ts";
import { runCachedStep } from "./cached-step.ts";
import type { Program } from "./program.ts";
import type { Node, RunState } from "./run-state.ts";
import { listNodes, writeContextRequest, writeRequest } from "./step-request.ts";
import type { SubgraphProblem } from "./subgraph-problem.ts";
import type { Recorder } from "./trace.ts";

export interface RunInput {
  readonly clients: ReadonlyMap<string, SubgraphClient>;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  readonly headers: ReadonlyMap<string, string>;
  readonly signal: Cancellation;
  readonly introspection: ReadonlyMap<string, string>;
  /** Where answers of subgraphs are kept, and what is used of it in this run. */
  readonly cache?: RunCache | undefined;
  /** The answer is asked for often: what it is made of is read anew before it ends. */
  readonly isHot?: boolean | undefined;
  readonly recorder?: Recorder | undefined;
  /** The answer of a step that has been asked already. */
  readonly supplied?: ((step: number) => Promise<SubgraphResponse> | undefined) | undefined;
  /** Called with what a mutation has changed, or may have changed. Must not throw. */
  readonly onEffects?: ((effects: readonly Invalidated[]) => void) | undefined;
  /** Called when a step has been accepted and what waited for it has been sent. Must not throw. */
  readonly onStep?: ((step: number, run: RunView) => void) | undefined;
}

export interface RunCache {
  readonly of: GenerationCache;
  readonly kept: RunKept;
}

/** A run as far as it has come. */
export interface RunView {
  readonly state: RunState;
  readonly problems: readonly SubgraphProblem[];
  extensions(): Readonly<Record<string, unknown>>;
}

export interface RunResult {
  readonly state: RunState;
  readonly problems: readonly SubgraphProblem[];
  /** What subgraphs say of their products, merged by product. */
  readonly extensions: Readonly<Record<string, unknown>>;
}

const recorded = { wantsBytes: true };

/** Never rejects: what goes wrong is a problem. */
export function runProgram(program: Program, input: RunInput): Promise<RunResult> {
  const { steps } = program;
  const nodes: Node[][] = [];
  for (const id of program.places.linkById.keys()) nodes[id] = [];
  const counts = program.counted.map(() => 0);
  const state: RunState = { root: {}, nodes, counts, introspection: input.introspection };
  const problems: SubgraphProblem[] = [];
  const extensions = new AnswerExtensions();
  const readExtensions = (): Readonly<Record<string, unknown>> =>
    extensions.read(input.cache && { entries: input.cache.kept.entries, now: input.cache.of.core.now() });
  if (steps.length === 0) return Promise.resolve({ state, problems, extensions: {} });

  return new Promise((resolve, reject) => {
    const waiting = steps.map((step) => step.waitsFor.length);
    let open = steps.length;

    const finish = (index: number): void => {
      open--;
      const isLast = open === 0;
      for (const next of steps[index]?.awaitedBy ?? []) {
        const left = (waiting[next] ?? 0) - 1;
        waiting[next] = left;
        if (left === 0) start(next);
      }
      input.onStep?.(index, { state, problems, extensions: readExtensions });
      if (isLast) resolve({ state, problems, extensions: readExtensions() });
    };

    const start = (index: number): void => {
      const request = steps[index]?.request;
      if (request === undefined) return;
      try {
        for (const group of request.groups) for (const { collect } of group.links) collect?.(state);
        const supplied = input.supplied?.(index);
        if (request.caching !== undefined && input.cache !== undefined && supplied === undefined) {
          const run = { request, index, caching: request.caching, state, problems, extensions };
          const asking = runCachedStep(run, { ...input, cache: input.cache });
          if (asking === undefined) finish(index);
          else asking.then(() => finish(index), reject);
          return;
        }
        const { contextLink } = request;
        const written =
          contextLink === undefined
            ? writeRequest(request, listNodes(request, state), input.variables)
            : writeContextRequest(request, contextLink, state, input.variables);
        if (written === undefined) {
          finish(index);
          return;
        }
        const { text, variables } = written;
        if (input.cache !== undefined) input.cache.kept.isPartial = true;
        input.recorder?.sent(index, text, variables);
        const answer = supplied ?? ask(request.subgraph, text, variables, input, input.recorder && recorded);
        answer
          .then(
            (response) => {
              input.recorder?.answered(index, response);
              if (request.effects !== undefined) input.onEffects?.(request.effects.read(response?.data));
              acceptAnswer(request, written, response, state, problems);
              extensions.add(response?.extensions);
            },
            (cause: unknown) => {
              if (request.effects !== undefined) input.onEffects?.(request.effects.read(undefined));
              problems.push({ kind: "failed", request, cause });
            },
          )
          .then(() => finish(index), reject);
      } catch (cause) {
        problems.push({ kind: "failed", request, cause });
        finish(index);
      }
    };

    steps.forEach((step, index) => {
      if (step.waitsFor.length === 0) start(index);
    });
  });
}
