/**
 * The engine: operation → plan → schedule → program, each made once and kept, and programs run.
 *
 * In: a supergraph and a client for each subgraph. Out: an executor whose answers are JSON text.
 */
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  type VariableDefinitionNode,
} from "graphql";
import { LRUCache } from "lru-cache";
import { gatewayError } from "../../errors.ts";
import { conditionVariables } from "../../plan/conditions.ts";
import type { Plan } from "../../plan/plan.ts";
import { createPlanner, findOperation, type Planner, type PlanOptions } from "../../plan/planner.ts";
import { printPlan as printPlanText } from "../../plan/print-plan.ts";
import { printSchedule as printScheduleText } from "../../plan/print-schedule.ts";
import { schedule } from "../../plan/schedule.ts";
import type { SubgraphClient } from "../../transport/subgraph-client.ts";
import type { ExecutionRequest, ExecutionResult, Executor } from "../executor.ts";
import type { SubgraphMessages } from "../subgraph-errors.ts";
import { toClientErrors } from "./client-errors.ts";
import { completeCarefully } from "./complete.ts";
import { createIntrospection, type Introspection, noIntrospection } from "./introspection.ts";
import { anomaly } from "./leaf-text.ts";
import { compileProgram, type Program } from "./program.ts";
import { runProgram } from "./run-program.ts";
import type { Mask, MaskSlots } from "./run-state.ts";

export interface CompiledExecutorOptions {
  readonly supergraphSdl: string;
  /** By subgraph name. A subgraph without a client answers with an error where it is needed. */
  readonly clients: ReadonlyMap<string, SubgraphClient>;
  /** Whose words about an error reach clients; `hidden` by default. */
  readonly subgraphMessages?: SubgraphMessages | undefined;
  /** Lower-case headers of the client that subgraphs may see; none by default. */
  readonly propagate?: ((headers: ReadonlyMap<string, string>) => ReadonlyMap<string, string>) | undefined;
  /** Which coordinates may be masked or denied; see `ExecuteOptions.masks`. */
  readonly maskSlots?: MaskSlots | undefined;
  /** Operations whose plan and programs are kept; 1,000 by default. */
  readonly maxOperations?: number | undefined;
}

export interface ExecuteOptions {
  /** By slot, as `maskSlots` numbered them; `denied` makes the field null with an error. */
  readonly masks?: readonly (Mask | undefined)[] | undefined;
  /** Which labels of progressive `@override`s are on; off by default. Part of what a plan depends on. */
  readonly overrides?: ReadonlyMap<string, boolean> | undefined;
  /** Completes the answer by the specification's algorithm only; the text is the same, for tests and for doubts. */
  readonly careful?: boolean | undefined;
}

interface TextAnswer {
  /** JSON text of `data`; undefined when nothing was executed (a request error). */
  readonly text: string | undefined;
  readonly errors: readonly GraphQLError[];
  /** What subgraphs say of their products, merged by product. */
  readonly extensions: Readonly<Record<string, unknown>>;
}

export interface CompiledExecutor extends Executor {
  readonly apiSchema: GraphQLSchema;
  readonly overrideLabels: readonly string[];
  /**
   * Guarantees an answer for every valid operation; what goes wrong is in `errors`, as the GraphQL specification says
   * (section 7). The document must be valid against `apiSchema`, and the clients' responses must be the engine's own:
   * it marks their objects. Rejects with `REQUEST_ABORTED` only, when the request's signal ends it.
   */
  executeText(request: ExecutionRequest, options?: ExecuteOptions): Promise<TextAnswer>;
  /** The same as an object, for callers that need one. */
  execute(request: ExecutionRequest, options?: ExecuteOptions): Promise<ExecutionResult>;
  plan(document: DocumentNode, options?: PlanOptions): Plan;
  printPlan(document: DocumentNode, options?: PlanOptions): string;
  printSchedule(document: DocumentNode, options?: PlanOptions): string;
}

/** Takes 0.1 to 0.4 s. Throws when the supergraph is none. */
export function createCompiledExecutor(options: CompiledExecutorOptions): CompiledExecutor {
  return new Engine(options, createPlanner(options.supergraphSdl));
}

const noMasks: readonly (Mask | undefined)[] = [];
const noMaskSlots: MaskSlots = () => undefined;
const noConditions: ReadonlyMap<string, boolean> = new Map();
const noHeaders: ReadonlyMap<string, string> = new Map();
const noExtensions: Readonly<Record<string, unknown>> = Object.freeze({});
/** An operation with more combinations of `@skip` and `@include` than this compiles again and again. */
const maxProgramsPerOperation = 16;

class Engine implements CompiledExecutor {
  readonly apiSchema: GraphQLSchema;
  readonly overrideLabels: readonly string[];
  readonly #planner: Planner;
  readonly #clients: ReadonlyMap<string, SubgraphClient>;
  readonly #subgraphMessages: SubgraphMessages;
  readonly #propagate: (headers: ReadonlyMap<string, string>) => ReadonlyMap<string, string>;
  readonly #maskSlots: MaskSlots;
  readonly #operations: LRUCache<string, CompiledOperation>;

  constructor(options: CompiledExecutorOptions, planner: Planner) {
    this.#planner = planner;
    this.apiSchema = planner.apiSchema;
    this.overrideLabels = planner.overrideLabels;
    this.#clients = options.clients;
    this.#subgraphMessages = options.subgraphMessages ?? "hidden";
    this.#propagate = options.propagate ?? (() => noHeaders);
    this.#maskSlots = options.maskSlots ?? noMaskSlots;
    this.#operations = new LRUCache({ max: options.maxOperations ?? 1000 });
  }

  async executeText(request: ExecutionRequest, options: ExecuteOptions = {}): Promise<TextAnswer> {
    const answer = await this.#answer(request, options);
    if (request.signal.aborted) throw aborted(request.signal.reason);
    return answer;
  }

  async #answer(request: ExecutionRequest, options: ExecuteOptions): Promise<TextAnswer> {
    if (request.signal.aborted) throw aborted(request.signal.reason);
    try {
      const operation = this.#operation(request, options.overrides);
      const { program, introspection } = operation.programFor(request.variables);
      const { state, problems, extensions } = await runProgram(program, {
        clients: this.#clients,
        variables: request.variables,
        caller: request.caller,
        headers: this.#propagate(request.headers),
        signal: request.signal,
        masks: options.masks ?? noMasks,
        introspection: introspection?.answer(request.variables) ?? noIntrospection,
      });
      const errors =
        problems.length === 0
          ? []
          : toClientErrors(problems, state, program.shape, { subgraphMessages: this.#subgraphMessages });
      try {
        if (options.careful === true) throw anomaly;
        return { text: program.write(state), errors, extensions };
      } catch (thrown) {
        if (thrown !== anomaly) throw thrown;
        const reported = errors.map((error) => error.path ?? []);
        const completion = completeCarefully({
          shape: program.shape,
          run: state,
          maskSlots: this.#maskSlots,
          reported,
        });
        return { text: completion.text, errors: [...errors, ...completion.errors], extensions };
      }
    } catch (thrown) {
      return { text: undefined, errors: [toRequestError(thrown)], extensions: noExtensions };
    }
  }

  async execute(request: ExecutionRequest, options: ExecuteOptions = {}): Promise<ExecutionResult> {
    const { text, errors, extensions } = await this.executeText(request, options);
    return { data: text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>), errors, extensions };
  }

  plan(document: DocumentNode, options?: PlanOptions): Plan {
    return this.#planner.plan(document, options).plan;
  }

  printPlan(document: DocumentNode, options?: PlanOptions): string {
    return printPlanText(this.plan(document, options));
  }

  printSchedule(document: DocumentNode, options?: PlanOptions): string {
    return printScheduleText(schedule(this.plan(document, options)));
  }

  #operation(request: ExecutionRequest, overrides: ReadonlyMap<string, boolean> | undefined): CompiledOperation {
    const labels = overrides === undefined ? "" : this.overrideLabels.filter((label) => overrides.get(label)).join(",");
    const key = `${request.operationName ?? ""}\n${labels}\n${request.query}`;
    const known = this.#operations.get(key);
    if (known !== undefined) return known;
    const operation = new CompiledOperation(this.#planner, request, overrides, this.#maskSlots);
    this.#operations.set(key, operation);
    return operation;
  }
}

interface CompiledProgram {
  readonly program: Program;
  readonly introspection: Introspection | undefined;
}

/** One operation: a plan and its program for each combination of its conditions that has been asked for. */
class CompiledOperation {
  readonly #planner: Planner;
  readonly #document: DocumentNode;
  readonly #operationName: string | undefined;
  readonly #overrides: ReadonlyMap<string, boolean> | undefined;
  readonly #maskSlots: MaskSlots;
  readonly #conditions: readonly VariableDefinitionNode[];
  readonly #programs = new LRUCache<string, CompiledProgram>({ max: maxProgramsPerOperation });

  constructor(
    planner: Planner,
    request: ExecutionRequest,
    overrides: ReadonlyMap<string, boolean> | undefined,
    maskSlots: MaskSlots,
  ) {
    this.#planner = planner;
    this.#document = request.document;
    this.#operationName = request.operationName;
    this.#overrides = overrides;
    this.#maskSlots = maskSlots;
    const names = conditionVariables(request.document);
    this.#conditions = (findOperation(request.document, request.operationName).variableDefinitions ?? []).filter(
      ({ variable }) => names.includes(variable.name.value),
    );
  }

  /** Throws a GraphQLError when a condition's variable has no Boolean value, and what the planner throws. */
  programFor(variables: Readonly<Record<string, unknown>>): CompiledProgram {
    const conditions = this.#decide(variables);
    const key = [...conditions.values()].map((value) => (value ? "1" : "0")).join("");
    const known = this.#programs.get(key);
    if (known !== undefined) return known;
    const { apiSchema, supergraphSchema } = this.#planner;
    const operationName = this.#operationName;
    const planned = this.#planner.plan(this.#document, { operationName, conditions, overrides: this.#overrides });
    const program = compileProgram({ apiSchema, supergraphSchema, planned, maskSlots: this.#maskSlots });
    const introspection = createIntrospection(apiSchema, planned.document, planned.operation, program.shape);
    const compiled = { program, introspection };
    this.#programs.set(key, compiled);
    return compiled;
  }

  #decide(variables: Readonly<Record<string, unknown>>): ReadonlyMap<string, boolean> {
    if (this.#conditions.length === 0) return noConditions;
    const { coerced, errors } = getVariableValues(this.#planner.apiSchema, this.#conditions, { ...variables });
    if (errors?.[0] !== undefined) throw errors[0];
    return new Map(
      this.#conditions.map(({ variable }) => [variable.name.value, coerced?.[variable.name.value] === true]),
    );
  }
}

function aborted(cause: unknown): Error {
  return gatewayError("REQUEST_ABORTED", "The request was aborted before its answer was ready.", { cause });
}

/** Faults of the planner and of ours have a cause for the log and no words for the client. */
function toRequestError(thrown: unknown): GraphQLError {
  if (thrown instanceof GraphQLError) return thrown;
  return new GraphQLError("The operation could not be planned.", {
    extensions: { code: "INTERNAL_SERVER_ERROR" },
    originalError: thrown instanceof Error ? thrown : new Error(String(thrown)),
  });
}
