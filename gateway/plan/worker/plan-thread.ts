/**
 * One planning worker from its start to its end. Asked one question at a time; whoever waits for an answer when it ends is
 * told so. An idle one keeps no process alive.
 */
import { Worker } from "node:worker_threads";
import type { EncodedPlan } from "../encoded-plan.ts";
import { fromPlainError, type PlannerFacts, type PlanQuestion, type PlanWorkerMessage } from "./messages.ts";

export interface PlanThread {
  readonly facts: PlannerFacts;
  readonly hasEnded: boolean;
  /** Rejects with what the planner threw, and with `PlanThreadEnded`. Not before the last question is answered. */
  ask(question: PlanQuestion): Promise<EncodedPlan>;
  end(): Promise<void>;
}

/** The worker ended before it answered: by itself, or because it was told to. */
export class PlanThreadEnded extends Error {
  constructor(cause: unknown) {
    const isFull = cause instanceof Error && "code" in cause && cause.code === "ERR_WORKER_OUT_OF_MEMORY";
    super(isFull ? "The planning worker needs more memory than it may have" : "The planning worker ended by itself", {
      cause,
    });
    this.name = "PlanThreadEnded";
  }
}

interface PlanThreadOptions {
  /** Of its heap; a planning that needs more ends it. */
  readonly maxMemoryMb: number;
  /** What runs in it; for tests. */
  readonly file?: URL | undefined;
}

// Runs as .ts from a clone and as .js when it was built.
const workerFile = new URL(`./plan-worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** Resolves when the planner is built. Rejects when the text is no supergraph; nothing is left running then. */
export async function startPlanThread(supergraphSdl: string, options: PlanThreadOptions): Promise<PlanThread> {
  const worker = new Worker(options.file ?? workerFile, {
    name: "plan",
    workerData: supergraphSdl,
    // What was asked of the main program (to read its code from a text, to load instrumentation) is not for this one.
    execArgv: [],
    // Plans are short-lived garbage: a small young generation saves 20 MB and costs no time that can be measured.
    resourceLimits: { maxOldGenerationSizeMb: options.maxMemoryMb, maxYoungGenerationSizeMb: 8 },
  });
  const started = Promise.withResolvers<PlannerFacts>();
  let asked: { readonly text: string; readonly answer: PromiseWithResolvers<EncodedPlan> } | undefined;
  let hasEnded = false;

  const finish = (settle: (question: NonNullable<typeof asked>) => void): void => {
    const question = asked;
    asked = undefined;
    worker.unref();
    if (question !== undefined) settle(question);
  };
  const lose = (cause: unknown): void => {
    hasEnded = true;
    started.reject(new PlanThreadEnded(cause));
    finish(({ answer }) => answer.reject(new PlanThreadEnded(cause)));
  };
  worker.on("message", (message: PlanWorkerMessage) => {
    switch (message.kind) {
      case "ready":
        return started.resolve(message.facts);
      case "unusable":
        return started.reject(fromPlainError(message.error, supergraphSdl));
      case "planned":
        return finish(({ answer }) => answer.resolve(message.plan));
      case "failed":
        return finish(({ answer, text }) => answer.reject(fromPlainError(message.error, text)));
    }
  });
  worker.once("error", lose);
  worker.once("exit", (code) => lose(new Error(`It ended with code ${code}`)));

  try {
    const facts = await started.promise;
    worker.unref();
    return {
      facts,
      get hasEnded() {
        return hasEnded;
      },
      ask(question) {
        const answer = Promise.withResolvers<EncodedPlan>();
        if (hasEnded) throw new PlanThreadEnded(undefined);
        asked = { text: question.text, answer };
        worker.ref();
        worker.postMessage(question);
        return answer.promise;
      },
      async end() {
        await worker.terminate();
      },
    };
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}
