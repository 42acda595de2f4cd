/**
 * The engine: operation → plan → schedule → program, each made once and kept, and programs run.
 *
 * In: planning of a supergraph and a client for each subgraph. Out: an executor whose answers are JSON text.
 */
import { randomUUID } from "node:crypto";
import { type DocumentNode, GraphQLError } from "graphql";
import { type MaskSetup, noMaskSetup } from "#policies";
import { ClientError } from "#schema";
import { type GenerationCache, RunKept } from "../../cache/index.ts";
import { gatewayError } from "../../errors.ts";
import { type Logger, silentLogger } from "../../observability/logger.ts";
import { type ActiveLabels, createLabelChoice } from "../../plan/override-labels.ts";
import type { Fetch } from "../../plan/plan.ts";
import type { Planning } from "../../plan/planning.ts";
import type { SubgraphClient } from "../../transport/subgraph-client.ts";
import { turnOfOthers } from "../../turn-of-others.ts";
import type { ExecutionRequest, ExecutionResult } from "../executor.ts";
import type { FetchesRequest, LoadedExecutor, OperationUse, WarmRequest } from "../loaded-executor.ts";
import type { SubgraphMessages } from "../subgraph-errors.ts";
import { CompiledOperation, type CompiledProgram } from "./compiled-operation.ts";
import { completeCarefully } from "./complete.ts";
import { noIntrospection } from "./introspection.ts";
import { anomaly } from "./leaf-text.ts";
import type { Program } from "./program.ts";
import { ReplayMemory, replay } from "./replay.ts";
import { reportProblems } from "./report-problems.ts";
import { type DeferredRunOptions, runDeferred } from "./run-deferred.ts";
import { type RunInput, runProgram } from "./run-program.ts";
import type { RunState } from "./run-state.ts";
import { createRecorder } from "./trace.ts";

export interface CompiledExecutorOptions {
  readonly planning: Planning;
  /** By subgraph name. A subgraph without a client answers with an error where it is needed. */
  readonly clients: ReadonlyMap<string, SubgraphClient>;
  /** Whose words about an error reach clients; `hidden` by default. */
  readonly subgraphMessages?: SubgraphMessages | undefined;
  /** Lower-case headers of the client that subgraphs may see; none by default. */
  readonly propagate?: ((headers: ReadonlyMap<string, string>) => ReadonlyMap<string, string>) | undefined;
  /** Which labels of progressive `@override`s are on for a request; percentages only by default. */
  readonly chooseLabels?: (() => ActiveLabels) | undefined;
  readonly logger?: Logger | undefined;
  /** Errors for one cause, however many fields it costs; 50 by default. The last one says how many more there are. */
  readonly maxPathsPerCause?: number | undefined;
  /** How much is kept of earlier runs, see `replay.ts`; 0, the default, for nothing. */
  readonly replayBytes?: number | undefined;
  /** Keys, vault and functions of the masks; without them masks that need a key redact. */
  readonly masks?: MaskSetup | undefined;
  /**
   * How answers are completed; the text is the same, so all but the default are for tests and for doubts. `by-use`: the first
   * of an operation by the specification's algorithm, all others by code of their own. `by-code`: the first one too.
   * `carefully`: all by the algorithm.
   */
  readonly completion?: "by-use" | "by-code" | "carefully" | undefined;
}

export type CompiledExecutor = Omit<LoadedExecutor, "apiSchema" | "supergraphSchema" | "close">;

const noHeaders: ReadonlyMap<string, string> = new Map();
const noErrors: readonly GraphQLError[] = Object.freeze([]);
const noExtensions: Readonly<Record<string, unknown>> = Object.freeze({});

/**
 * Guarantees an answer for every valid operation; what goes wrong is in `errors`, as the GraphQL specification says
 * (section 7). Documents must be valid against the planning's `apiSchema`; programs are kept as long as their document
 * object is. The clients' responses must be the engine's own: it marks their objects. Rejects with a `ClientError` only:
 * `REQUEST_ABORTED` when the request's signal ends it, and what keeps it from being planned now.
 */
export function createCompiledExecutor(options: CompiledExecutorOptions): CompiledExecutor {
  return new Engine(options);
}

class Engine implements CompiledExecutor {
  readonly #planning: Planning;
  readonly #clients: ReadonlyMap<string, SubgraphClient>;
  readonly #completion: DeferredRunOptions;
  readonly #propagate: (headers: ReadonlyMap<string, string>) => ReadonlyMap<string, string>;
  readonly #chooseLabels: () => ActiveLabels;
  readonly #logger: Logger;
  readonly #replayMemory: ReplayMemory | undefined;
  readonly #masks: MaskSetup;
  readonly #completing: "by-use" | "by-code" | "carefully";
  /** Programs whose own writers are worth making. */
  readonly #known = new WeakSet<Program>();
  readonly #operations = new WeakMap<DocumentNode, Map<string | undefined, CompiledOperation>>();
  #cache: GenerationCache | undefined;

  constructor(options: CompiledExecutorOptions) {
    this.#planning = options.planning;
    this.#clients = options.clients;
    this.#propagate = options.propagate ?? (() => noHeaders);
    this.#chooseLabels = options.chooseLabels ?? createLabelChoice(options.planning.overrideLabels);
    this.#logger = options.logger ?? silentLogger;
    this.#completion = {
      supergraphSchema: options.planning.supergraphSchema,
      subgraphMessages: options.subgraphMessages ?? "hidden",
      maxPathsPerCause: options.maxPathsPerCause ?? 50,
      logger: this.#logger,
    };
    this.#replayMemory = options.replayBytes ? new ReplayMemory(options.replayBytes) : undefined;
    this.#masks = options.masks ?? noMaskSetup;
    this.#completing = options.completion ?? "by-use";
  }

  keepIn(cache: GenerationCache): void {
    this.#cache = cache;
  }

  async execute(request: ExecutionRequest): Promise<ExecutionResult> {
    if (request.signal.aborted) throw aborted(request.signal.reason);
    let compiled: CompiledProgram;
    try {
      const { variables, decisions, caller, counted, incremental } = request;
      const labels = this.#chooseLabels();
      const made = this.#operation(request).programFor({ variables, decisions, caller, labels, counted, incremental });
      // What is there already is not waited for.
      compiled = made instanceof Promise ? await made : made;
      compiled.uses.add(performance.now());
    } catch (thrown) {
      return this.#fail(thrown);
    }
    const answer = await this.#run(compiled, request);
    if (request.signal.aborted) throw aborted(request.signal.reason);
    return answer;
  }

  async #run({ program, introspection }: CompiledProgram, request: ExecutionRequest): Promise<ExecutionResult> {
    try {
      const input: RunInput = {
        clients: this.#clients,
        variables: request.variables,
        caller: request.caller,
        headers: this.#propagate(request.headers),
        signal: request.signal,
        introspection: introspection?.answer(request.variables) ?? noIntrospection,
        cache: program.isCached && this.#cache ? { of: this.#cache, kept: new RunKept() } : undefined,
        isHot: request.isHot,
        onEffects: request.onEffects,
      };
      if (program.deferral !== undefined) return await runDeferred(program, program.deferral, input, this.#completion);
      const memory = this.#replayMemory;
      const key = memory?.keyOf(program, request.variables, this.#masks.keys?.generation);
      return memory === undefined || key === undefined
        ? await this.#complete(program, input)
        : await this.#remember(program, input, memory, key);
    } catch (thrown) {
      return this.#fail(thrown);
    }
  }

  /** As `replay.ts` says. */
  async #remember(program: Program, input: RunInput, memory: ReplayMemory, key: string): Promise<ExecutionResult> {
    const beginning = memory.begin(key);
    if (beginning.kind === "plain") return this.#complete(program, input);
    const replayed = beginning.kind === "follow" ? await replay(program, beginning.trace, input) : undefined;
    if (replayed?.kind === "same") {
      memory.same(key);
      return replayed.result;
    }
    const supplied = replayed?.supplied;
    if (replayed !== undefined && !memory.changed(key)) return this.#complete(program, { ...input, supplied });
    const recorder = createRecorder(program.steps.length);
    const result = await this.#complete(program, { ...input, recorder, supplied });
    const trace = recorder.trace(result);
    if (trace === undefined) return result;
    memory.keep(key, trace);
    return trace.result;
  }

  async #complete(program: Program, input: RunInput): Promise<ExecutionResult> {
    const { state, problems, extensions } = await runProgram(program, input);
    if (problems.length > 0) reportProblems(this.#logger, problems);
    const isPlain = problems.length > 0 || !this.#hasCode(program);
    const text = isPlain ? undefined : writeOrNothing(program, state);
    const kept = input.cache?.kept;
    if (text !== undefined) return { text, errors: noErrors, extensions, kept, ...countsOf(program, state) };
    // What broke off has counted too.
    state.counts.fill(0);
    const { text: completed, errors } = completeCarefully({ ...this.#completion, program, run: state, problems });
    return { text: completed, errors, extensions, kept, ...countsOf(program, state) };
  }

  /**
   * Code for an answer costs more than the answer, and many operations come once: the first answer is completed by the
   * algorithm, so that a new operation holds up nobody else for long.
   */
  #hasCode(program: Program): boolean {
    if (this.#completing !== "by-use") return this.#completing === "by-code";
    if (this.#known.has(program)) return true;
    this.#known.add(program);
    return false;
  }

  /** A request error. Faults of the planner and of ours have a cause for the log and no words for the client. */
  #fail(thrown: unknown): ExecutionResult {
    if (thrown instanceof ClientError) throw thrown;
    let error = thrown;
    if (!(error instanceof GraphQLError)) {
      const errorId = randomUUID();
      this.#logger.error({ errorId, err: thrown }, "an operation could not be planned or run");
      const extensions = { code: "INTERNAL_SERVER_ERROR", errorId };
      error = new GraphQLError("The operation could not be run.", { extensions });
    }
    return { text: undefined, errors: [error as GraphQLError], extensions: noExtensions };
  }

  usesOf(document: DocumentNode): readonly OperationUse[] {
    const now = performance.now();
    return [...(this.#operations.get(document)?.values() ?? [])].flatMap((operation) => operation.uses(now));
  }

  fetchesOf(request: FetchesRequest): Promise<readonly Fetch[]> {
    return this.#operation(request).fetches(request.variables, this.#chooseLabels());
  }

  async warm(request: WarmRequest): Promise<void> {
    const { program } = await this.#operation(request).programFor(request, request.count);
    this.#known.add(program);
    await turnOfOthers();
    program.prepare();
  }

  #operation(request: Pick<ExecutionRequest, "query" | "document" | "operationName">): CompiledOperation {
    let byName = this.#operations.get(request.document);
    if (byName === undefined) {
      byName = new Map();
      this.#operations.set(request.document, byName);
    }
    let operation = byName.get(request.operationName);
    if (operation === undefined) {
      operation = new CompiledOperation(this.#planning, { masks: this.#masks, cache: this.#cache }, request);
      byName.set(request.operationName, operation);
    }
    return operation;
  }
}

function countsOf({ counted }: Program, { counts }: RunState): Pick<ExecutionResult, "rows"> {
  if (counted.length === 0) return {};
  return { rows: new Map(counted.map((coordinate, index) => [coordinate, counts[index] ?? 0])) };
}

/** Undefined when the answer has to be completed carefully. */
function writeOrNothing(program: Program, state: RunState): string | undefined {
  try {
    return program.write(state);
  } catch (thrown) {
    if (thrown !== anomaly) throw thrown;
    return undefined;
  }
}

function aborted(cause: unknown): Error {
  return gatewayError("REQUEST_ABORTED", "The request was aborted before its answer was ready.", { cause });
}
