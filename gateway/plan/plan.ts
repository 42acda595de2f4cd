/**
 * What has to be fetched for one operation, from whom, and in which order: our own model, so that the planner behind it
 * can be changed. Plain frozen data without prototypes or text positions: it can be stored and compared.
 */

export interface Plan {
  readonly kind: "plan";
  readonly operation: OperationKind;
  /** The client's name of the operation, part of the names that subgraphs see. */
  readonly name: string | undefined;
  /** Undefined when no subgraph is needed: `{ __typename }`, introspection. */
  readonly root: PlanNode | undefined;
}

type OperationKind = "query" | "mutation" | "subscription";

export type PlanNode = Fetch | Sequence | Parallel;

interface Sequence {
  readonly kind: "sequence";
  readonly nodes: readonly PlanNode[];
}

interface Parallel {
  readonly kind: "parallel";
  readonly nodes: readonly PlanNode[];
}

/** One GraphQL operation at one subgraph. */
export interface Fetch {
  readonly kind: "fetch";
  /** Unique in the plan, in the order of reading. */
  readonly id: number;
  readonly subgraph: string;
  readonly operation: OperationKind;
  readonly operationName: string | undefined;
  /** Where its answer belongs: response names, `@` for "each element". Empty for the root. */
  readonly path: readonly string[];
  /** What a representation holds; undefined when the fetch starts at a root type. */
  readonly requires: readonly Requirement[] | undefined;
  /** Of the root type, or of the entities. */
  readonly selections: readonly Selection[];
  /** The client's variables that the selections use. */
  readonly variables: readonly VariableDefinition[];
  /** Directives of the operation itself, printed. */
  readonly directives: string;
  /** Values written into each representation before it is sent. */
  readonly inputRewrites: readonly ValueSetter[];
  /** Keys of the answer that stand for another response name. */
  readonly outputRewrites: readonly KeyRenamer[];
  /** Values of the answer so far that become variables (`@fromContext`), one set for each representation. */
  readonly contextRewrites: readonly KeyRenamer[];
}

export interface VariableDefinition {
  readonly name: string;
  /** As printed: `[ID!]!`. */
  readonly type: string;
  /** As printed, undefined when there is none. */
  readonly defaultValue: string | undefined;
}

export type Selection = FieldSelection | FragmentSelection;

export interface FieldSelection {
  readonly kind: "field";
  /** The response name in the subgraph's answer. */
  readonly key: string;
  readonly name: string;
  /** As printed with its parentheses, empty without arguments. */
  readonly args: string;
  /** As printed. */
  readonly directives: string;
  /** Undefined for leaves. */
  readonly selections: readonly Selection[] | undefined;
}

interface FragmentSelection {
  readonly kind: "fragment";
  readonly on: string | undefined;
  readonly directives: string;
  readonly selections: readonly Selection[];
}

export type Requirement = RequiredField | RequiredFragment;

export interface RequiredField {
  readonly kind: "field";
  /** The key in the representation. */
  readonly name: string;
  /** The response name it is read from. */
  readonly from: string;
  readonly selections: readonly Requirement[] | undefined;
}

interface RequiredFragment {
  readonly kind: "fragment";
  readonly on: string;
  readonly selections: readonly Requirement[];
}

/** Path segments are response names, or `... on T` for a type condition. */
export interface ValueSetter {
  readonly path: readonly string[];
  readonly value: unknown;
}

export interface KeyRenamer {
  readonly path: readonly string[];
  readonly to: string;
}

/** The fetches of a plan as they stand in it. */
export function fetchesOf(node: PlanNode | undefined): Fetch[] {
  if (node === undefined) return [];
  switch (node.kind) {
    case "fetch":
      return [node];
    case "sequence":
    case "parallel":
      return node.nodes.flatMap(fetchesOf);
  }
}

/** The same plan with every fetch replaced by `change`; an empty list drops it, several run in parallel. */
export function mapFetches(node: PlanNode, change: (fetch: Fetch) => readonly PlanNode[]): PlanNode | undefined {
  switch (node.kind) {
    case "fetch": {
      const nodes = change(node);
      return nodes.length > 1 ? { kind: "parallel", nodes } : nodes[0];
    }
    case "sequence":
    case "parallel": {
      const nodes = node.nodes.flatMap((child) => mapFetches(child, change) ?? []);
      return nodes.length > 1 ? { ...node, nodes } : nodes[0];
    }
  }
}

/** Freezes a tree of plain data in place. */
export function freezeDeep<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) freezeDeep(child);
  }
  return value;
}
