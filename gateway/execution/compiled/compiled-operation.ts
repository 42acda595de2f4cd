/**
 * One operation of the client with its plans and programs, one for each combination of what they depend on that has been
 * asked for: a plan depends on the conditions, the override labels and the fields that are hidden, a program on the masks
 * besides. What is being made is made once, however many ask for it meanwhile; how often it is used is counted, so that
 * the next supergraph's executor can make it in advance.
 */
import { type DocumentNode, getVariableValues, type VariableDefinitionNode, visit } from "graphql";
import { LRUCache } from "lru-cache";
import type { Caller } from "#policies";
import { conditionVariables } from "../../plan/conditions.ts";
import { decideDefer, deferVariables } from "../../plan/defer.ts";
import { findOperation } from "../../plan/find-operation.ts";
import type { ActiveLabels } from "../../plan/override-labels.ts";
import { type Fetch, fetchesOf } from "../../plan/plan.ts";
import type { PlannedOperation } from "../../plan/planner.ts";
import type { Planning } from "../../plan/planning.ts";
import { DecayingCount } from "../../usage/decaying-count.ts";
import type { Decisions, ExecutionRequest } from "../executor.ts";
import type { OperationUse } from "../loaded-executor.ts";
import { createIntrospection, type Introspection } from "./introspection.ts";
import { compileProgram, type Program, type ProgramInput } from "./program.ts";

export interface CompiledProgram {
  readonly program: Program;
  readonly introspection: Introspection | undefined;
  readonly uses: DecayingCount;
}

/** What a program depends on besides its operation, and for whom it is made. */
export interface ProgramWish {
  /** Those of the conditions count. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly decisions: Decisions | undefined;
  readonly labels: ActiveLabels;
  /** The same for all who ask. */
  readonly counted?: readonly string[] | undefined;
  /** The first one who asked for it. */
  readonly caller: Caller;
  /** Whether what is deferred may come later. */
  readonly incremental?: boolean | undefined;
}

/** What all programs of an executor are made with. */
type ProgramParts = Pick<ProgramInput, "masks" | "cache">;

type Programs = LRUCache<string, CompiledProgram>;
type Conditions = readonly (readonly [name: string, value: boolean])[];

/** What has been decided by variables. */
interface Variant {
  /** Names what the plan depends on. */
  readonly variant: string;
  readonly conditions: Conditions;
  /** Of `@defer`; undefined when everything comes at once. */
  readonly deferred: Conditions | undefined;
  /** Names what the program depends on, decisions aside. */
  readonly program: string;
}

const noDecisions: Decisions = new Map();
/** An operation with more variants than this plans and compiles again and again. */
const maxVariants = 16;
/** Variants with other decisions have programs of their own, as long as somebody holds the decisions. */
const maxUses = 64;
const halfLifeMs = 3_600_000;

export class CompiledOperation {
  readonly #planning: Planning;
  readonly #parts: ProgramParts;
  readonly #query: string;
  readonly #document: DocumentNode;
  readonly #operationName: string | undefined;
  readonly #conditions: readonly VariableDefinitionNode[];
  /** The variables of `@defer`; undefined when nothing is deferred. */
  readonly #deferConditions: readonly VariableDefinitionNode[] | undefined;
  readonly #plans = new LRUCache<string, Promise<PlannedOperation>>({ max: maxVariants });
  readonly #programs = new WeakMap<Decisions, Programs>();
  readonly #allowed: Programs = new LRUCache({ max: maxVariants });
  readonly #making = new Map<string, Promise<CompiledProgram>>();
  readonly #uses = new LRUCache<string, Omit<OperationUse, "count"> & { readonly uses: DecayingCount }>({
    max: maxUses,
  });

  constructor(
    planning: Planning,
    parts: ProgramParts,
    request: Pick<ExecutionRequest, "query" | "document" | "operationName">,
  ) {
    this.#planning = planning;
    this.#parts = parts;
    this.#query = request.query;
    this.#document = request.document;
    this.#operationName = request.operationName;
    const { variableDefinitions = [] } = findOperation(request.document, request.operationName);
    const definitionsOf = (names: readonly string[]): readonly VariableDefinitionNode[] =>
      variableDefinitions.filter(({ variable }) => names.includes(variable.name.value));
    this.#conditions = definitionsOf(conditionVariables(request.document));
    const deferNames = deferVariables(request.document);
    this.#deferConditions = deferNames && definitionsOf(deferNames);
  }

  /**
   * At once when it has been made before. Throws or rejects with a GraphQLError when a condition's variable has no Boolean
   * value, and with what the planner throws. Whoever runs the program counts it.
   */
  programFor(wish: ProgramWish, countBefore = 0): CompiledProgram | Promise<CompiledProgram> {
    const conditions = this.#decide(this.#conditions, wish.variables);
    const variant = `${printConditions(conditions)}${wish.labels.join(",")}`;
    const deferred =
      this.#deferConditions && wish.incremental === true
        ? this.#decide(this.#deferConditions, wish.variables)
        : undefined;
    const program = deferred === undefined ? variant : `${variant} defer ${printConditions(deferred)}`;
    const known = this.#programsFor(wish.decisions).get(program);
    return known ?? this.#makeOnce({ variant, conditions, deferred, program }, wish, countBefore);
  }

  /** What its plan asks subgraphs for, where nothing is hidden. Rejects as `programFor` does. */
  async fetches(variables: Readonly<Record<string, unknown>>, labels: ActiveLabels): Promise<readonly Fetch[]> {
    const conditions = this.#decide(this.#conditions, variables);
    const variant = `${printConditions(conditions)}${labels.join(",")}`;
    return fetchesOf((await this.#plan(variant, conditions, labels, new Set())).plan.root);
  }

  /** How it has been used, as far as that is remembered. */
  uses(now: number): readonly OperationUse[] {
    return [...this.#uses.values()].map(({ uses, ...use }) => ({ ...use, count: uses.read(now) }));
  }

  async #makeOnce(variant: Variant, wish: ProgramWish, countBefore: number): Promise<CompiledProgram> {
    const { decisions = noDecisions } = wish;
    const decided = JSON.stringify([...decisions]);
    const key = `${variant.program} ${decided}`;
    let making = this.#making.get(key);
    if (making === undefined) {
      // Whether parts of its answer come later makes no difference to what is planned, so to what is made in advance.
      const uses = this.#usesOf(`${variant.variant} ${decided}`, variant.conditions, wish, countBefore);
      making = this.#make(variant, decisions, wish, uses);
      this.#making.set(key, making);
      const forget = (): void => void this.#making.delete(key);
      making.then(forget, forget);
    }
    const made = await making;
    this.#programsFor(decisions).set(variant.program, made);
    return made;
  }

  async #make(
    { variant, conditions, deferred }: Variant,
    decisions: Decisions,
    { labels, counted = [] }: Pick<ProgramWish, "labels" | "counted">,
    uses: DecayingCount,
  ): Promise<CompiledProgram> {
    const { apiSchema, supergraphSchema } = this.#planning;
    const plannedTogether = await this.#plan(variant, conditions, labels, hiddenBy(decisions));
    const planned = this.#deferConditions ? deferIn(plannedTogether, deferred, this.#operationName) : plannedTogether;
    const program = await compileProgram({
      apiSchema,
      supergraphSchema,
      planned,
      decisions,
      counted,
      ...this.#parts,
    });
    const { document, operation } = planned;
    return { program, introspection: createIntrospection(apiSchema, document, operation, program.shape), uses };
  }

  #plan(
    variant: string,
    conditions: Conditions,
    labels: ActiveLabels,
    hidden: ReadonlySet<string>,
  ): Promise<PlannedOperation> {
    const key = `${variant} ${[...hidden].join(",")}`;
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const planning = this.#planning.plan(this.#query, this.#document, {
      operationName: this.#operationName,
      conditions: new Map(conditions),
      overrides: new Map(labels.map((label) => [label, true])),
      hidden,
    });
    this.#plans.set(key, planning);
    // What failed may succeed next time: a worker that was restarted, a time-out under load.
    planning.catch(() => this.#plans.delete(key));
    return planning;
  }

  #usesOf(key: string, conditions: Conditions, { labels, caller }: ProgramWish, countBefore: number): DecayingCount {
    const known = this.#uses.get(key);
    if (known !== undefined) return known.uses;
    const uses = new DecayingCount(halfLifeMs, countBefore, performance.now());
    const variables = Object.fromEntries(conditions);
    this.#uses.set(key, { operationName: this.#operationName, variables, labels, caller, uses });
    return uses;
  }

  #programsFor(decisions: Decisions | undefined): Programs {
    if (decisions === undefined || decisions === noDecisions) return this.#allowed;
    let programs = this.#programs.get(decisions);
    if (programs === undefined) {
      programs = new LRUCache({ max: maxVariants });
      this.#programs.set(decisions, programs);
    }
    return programs;
  }

  #decide(definitions: readonly VariableDefinitionNode[], variables: Readonly<Record<string, unknown>>): Conditions {
    if (definitions.length === 0) return [];
    const { coerced, errors } = getVariableValues(this.#planning.apiSchema, definitions, { ...variables });
    if (errors?.[0] !== undefined) throw errors[0];
    return definitions.map(({ variable }) => [variable.name.value, coerced?.[variable.name.value] === true]);
  }
}

function printConditions(conditions: Conditions): string {
  return conditions.map(([, value]) => (value ? "1" : "0")).join("");
}

/** The same plan for an answer of which fragments come later. Introspection is answered as a whole. */
function deferIn(
  planned: PlannedOperation,
  deferred: Conditions | undefined,
  operationName: string | undefined,
): PlannedOperation {
  const values = deferred === undefined || asksForSchema(planned.document) ? undefined : new Map(deferred);
  const document = decideDefer(planned.document, values);
  return { ...planned, document, operation: findOperation(document, operationName) };
}

function asksForSchema(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field({ name }) {
      if (name.value === "__schema" || name.value === "__type") found = true;
    },
  });
  return found;
}

/** The coordinates that nobody is asked for, sorted. */
function hiddenBy(decisions: Decisions): ReadonlySet<string> {
  const hidden: string[] = [];
  for (const [coordinate, { effect }] of decisions) if (effect === "deny" || effect === "null") hidden.push(coordinate);
  return new Set(hidden.sort());
}
