/**
 * The engine: operation → plan → schedule → program, each made once and kept, and programs run.
 *
 * In: a supergraph and a client for each subgraph. Out: an executor whose answers are JSON text.
 */
import { type DocumentNode, GraphQLError, type GraphQLSchema, getVariableValues, Kind } from "graphql";
import { LRUCache } from "lru-cache";
import { type BooleanCondition, fetchesOf, type Plan, type PlanNode, type Selection } from "../../plan/plan.ts";
import { createPlanner, type PlannedOperation, type Planner } from "../../plan/planner.ts";
import { printPlan as printPlanText } from "../../plan/print-plan.ts";
import { printSchedule as printScheduleText } from "../../plan/print-schedule.ts";
import { readConditions } from "../../plan/read-selections.ts";
import { schedule } from "../../plan/schedule.ts";
import type { SubgraphClient } from "../../transport/subgraph-client.ts";
import type { ExecutionRequest, ExecutionResult, Executor } from "../executor.ts";
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
  /** Whether clients may see the messages and extensions of a subgraph's errors; hidden by default. */
  readonly showSubgraphErrors?: ((subgraph: string) => boolean) | undefined;
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
}

export interface TextAnswer {
  /** JSON text of `data`; undefined when nothing was executed (a request error). */
  readonly text: string | undefined;
  readonly errors: readonly GraphQLError[];
  /** Of every subgraph that answered with extensions, by its name. */
  readonly extensions: Readonly<Record<string, unknown>>;
}

export interface CompiledExecutor extends Executor {
  readonly apiSchema: GraphQLSchema;
  readonly overrideLabels: readonly string[];
  /**
   * Guarantees an answer for every valid operation; what goes wrong is in `errors`, as the GraphQL specification says
   * (section 7). The document must be valid against `apiSchema`. Never rejects.
   */
  executeText(request: ExecutionRequest, options?: ExecuteOptions): Promise<TextAnswer>;
  /** The same as an object, for callers that need one. */
  execute(request: ExecutionRequest, options?: ExecuteOptions): Promise<ExecutionResult>;
  plan(document: DocumentNode, operationName?: string): Plan;
  printPlan(document: DocumentNode, operationName?: string): string;
  /** For these values of the variables in `@skip` and `@include`; false by default. */
  printSchedule(document: DocumentNode, operationName?: string, values?: ReadonlyMap<string, boolean>): string;
}

/** Takes 0.1 to 0.4 s. Throws when the supergraph is none. */
export function createCompiledExecutor(options: CompiledExecutorOptions): CompiledExecutor {
  return new Engine(options, createPlanner(options.supergraphSdl));
}

const noMasks: readonly (Mask | undefined)[] = [];
const noMaskSlots: MaskSlots = () => undefined;
const noExtensions: Readonly<Record<string, unknown>> = Object.freeze({});
/** An operation with more combinations of `@skip` and `@include` than this compiles again and again. */
const maxProgramsPerOperation = 16;

class Engine implements CompiledExecutor {
  readonly apiSchema: GraphQLSchema;
  readonly overrideLabels: readonly string[];
  readonly #planner: Planner;
  readonly #clients: ReadonlyMap<string, SubgraphClient>;
  readonly #showSubgraphErrors: (subgraph: string) => boolean;
  readonly #maskSlots: MaskSlots;
  readonly #operations: LRUCache<string, CompiledOperation>;

  constructor(options: CompiledExecutorOptions, planner: Planner) {
    this.#planner = planner;
    this.apiSchema = planner.apiSchema;
    this.overrideLabels = planner.overrideLabels;
    this.#clients = options.clients;
    this.#showSubgraphErrors = options.showSubgraphErrors ?? (() => false);
    this.#maskSlots = options.maskSlots ?? noMaskSlots;
    this.#operations = new LRUCache({ max: options.maxOperations ?? 1000 });
  }

  async executeText(request: ExecutionRequest, options: ExecuteOptions = {}): Promise<TextAnswer> {
    try {
      const operation = this.#operation(request, options.overrides);
      const { program, introspection } = operation.programFor(request.variables);
      const { state, problems, extensions } = await runProgram(program, {
        clients: this.#clients,
        variables: request.variables,
        caller: request.caller,
        headers: request.headers,
        signal: request.signal,
        masks: options.masks ?? noMasks,
        introspection: introspection?.answer(request.variables) ?? noIntrospection,
      });
      const errors =
        problems.length === 0
          ? []
          : toClientErrors(problems, state, program.shape, { showSubgraphErrors: this.#showSubgraphErrors });
      try {
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

  plan(document: DocumentNode, operationName?: string): Plan {
    return this.#planner.plan(document, { operationName }).plan;
  }

  printPlan(document: DocumentNode, operationName?: string): string {
    return printPlanText(this.plan(document, operationName));
  }

  printSchedule(document: DocumentNode, operationName?: string, values?: ReadonlyMap<string, boolean>): string {
    return printScheduleText(schedule(this.plan(document, operationName), values ?? new Map()));
  }

  #operation(request: ExecutionRequest, overrides: ReadonlyMap<string, boolean> | undefined): CompiledOperation {
    const labels = overrides === undefined ? "" : this.overrideLabels.filter((label) => overrides.get(label)).join(",");
    const key = `${request.operationName ?? ""}\n${labels}\n${request.query}`;
    const known = this.#operations.get(key);
    if (known !== undefined) return known;
    const planned = this.#planner.plan(request.document, { operationName: request.operationName, overrides });
    const operation = new CompiledOperation(this.#planner, request.document, planned, this.#maskSlots);
    this.#operations.set(key, operation);
    return operation;
  }
}

interface CompiledProgram {
  readonly program: Program;
  readonly introspection: Introspection | undefined;
}

/** One operation's plan, and a program for each combination of its Boolean variables that has been asked for. */
class CompiledOperation {
  readonly #planner: Planner;
  readonly #document: DocumentNode;
  readonly #planned: PlannedOperation;
  readonly #maskSlots: MaskSlots;
  readonly #conditions: readonly string[];
  readonly #programs = new LRUCache<string, CompiledProgram>({ max: maxProgramsPerOperation });

  constructor(planner: Planner, document: DocumentNode, planned: PlannedOperation, maskSlots: MaskSlots) {
    this.#planner = planner;
    this.#document = document;
    this.#planned = planned;
    this.#maskSlots = maskSlots;
    this.#conditions = collectConditions(document, planned.plan);
  }

  /** Throws a GraphQLError when a condition's variable has no Boolean value. */
  programFor(variables: Readonly<Record<string, unknown>>): CompiledProgram {
    const values = this.#conditionValues(variables);
    const key = this.#conditions.map((name) => (values.get(name) ? "1" : "0")).join("");
    const known = this.#programs.get(key);
    if (known !== undefined) return known;
    const program = compileProgram({
      apiSchema: this.#planner.apiSchema,
      supergraphSchema: this.#planner.supergraphSchema,
      document: this.#document,
      planned: this.#planned,
      values,
      maskSlots: this.#maskSlots,
    });
    const { operation } = this.#planned;
    const introspection = createIntrospection(this.#planner.apiSchema, this.#document, operation, program.shape);
    const compiled = { program, introspection };
    this.#programs.set(key, compiled);
    return compiled;
  }

  #conditionValues(variables: Readonly<Record<string, unknown>>): ReadonlyMap<string, boolean> {
    if (this.#conditions.length === 0) return new Map();
    const definitions = (this.#planned.operation.variableDefinitions ?? []).filter((definition) =>
      this.#conditions.includes(definition.variable.name.value),
    );
    const { coerced, errors } = getVariableValues(this.#planner.apiSchema, definitions, { ...variables });
    if (errors?.[0] !== undefined) throw errors[0];
    return new Map(this.#conditions.map((name) => [name, coerced?.[name] === true]));
  }
}

/** The Boolean variables on which the answer's shape or the plan depends. */
function collectConditions(document: DocumentNode, plan: Plan): readonly string[] {
  const names = new Set<string>();
  const add = (conditions: readonly BooleanCondition[] | undefined): void => {
    for (const condition of conditions ?? []) names.add(condition.variable);
  };
  const walkDocument = (node: unknown): void => {
    if (Array.isArray(node)) for (const item of node) walkDocument(item);
    else if (typeof node === "object" && node !== null && "kind" in node) {
      if ("directives" in node && node.kind !== Kind.VARIABLE_DEFINITION) add(readConditions(node.directives as never));
      for (const child of Object.values(node)) if (typeof child === "object") walkDocument(child);
    }
  };
  walkDocument(document.definitions);
  const walkPlan = (node: PlanNode | undefined): void => {
    if (node?.kind === "condition") {
      names.add(node.variable);
      walkPlan(node.then);
      walkPlan(node.otherwise);
    } else if (node !== undefined && node.kind !== "fetch") for (const child of node.nodes) walkPlan(child);
  };
  walkPlan(plan.root);
  const walkSelections = (selections: readonly Selection[]): void => {
    for (const selection of selections) {
      add(selection.conditions);
      if (selection.selections) walkSelections(selection.selections);
    }
  };
  for (const fetch of fetchesOf(plan.root)) walkSelections(fetch.selections);
  return [...names].sort();
}

/** Faults of the planner and of ours have a cause for the log and no words for the client. */
function toRequestError(thrown: unknown): GraphQLError {
  if (thrown instanceof GraphQLError) return thrown;
  return new GraphQLError("The operation could not be planned.", {
    extensions: { code: "INTERNAL_SERVER_ERROR" },
    originalError: thrown instanceof Error ? thrown : new Error(String(thrown)),
  });
}
