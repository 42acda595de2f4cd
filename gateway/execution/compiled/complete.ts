/**
 * Value completion as the GraphQL specification says (sections 6.4.3 and 6.4.4), with paths and errors.
 *
 * The careful twin of the generated writers: it runs when something went wrong at a subgraph or when a writer meets an
 * anomaly, and its text for an answer without either is the same (test/differential).
 *
 * Every null that should not be has an error, as if one server had resolved everything: at the client's path of each
 * field that a failed fetch should have delivered, at each place that a subgraph's own error belongs to, at a null where
 * none is allowed. A null that propagates has no second error. What is missing only because an error deeper in the same
 * subgraph's answer took it along (**collateral**) has that error too, unless a propagating null takes it along as well.
 *
 * A fragment that comes later (`@defer`) is completed by itself, at each object of which the answer has it: its **sites**
 * are found while what is around them is written, and a null that propagates in it ends at the fragment.
 */
import type { GraphQLError, GraphQLSchema } from "graphql";
import { denialError } from "#policies";
import type { SubgraphMessages } from "../subgraph-errors.ts";
import type { DeferredFragment, FieldShape, ObjectShape, TypeShape } from "./answer-shape.ts";
import { attributeProblems } from "./attribute-problems.ts";
import { ErrorList, type Path } from "./error-list.ts";
import { createExplainer, type Enclosed } from "./explain-missing.ts";
import { type Cause, unfit } from "./failure.ts";
import { leafWriterFor } from "./leaf-text.ts";
import { createErrorPlacer, descend, type ErrorTrees, noTrees, type ObjectErrors } from "./place-errors.ts";
import type { Program } from "./program.ts";
import { holderOf, readFieldOf } from "./read-objects.ts";
import type { JsonObject, RunState } from "./run-state.ts";
import type { SubgraphProblem } from "./subgraph-problem.ts";

export interface CompletionInput {
  readonly program: Program;
  readonly run: RunState;
  readonly problems: readonly SubgraphProblem[];
  readonly supergraphSchema: GraphQLSchema;
  readonly subgraphMessages: SubgraphMessages;
  readonly maxPathsPerCause: number;
}

export interface Completion {
  /** JSON text of `data`. */
  readonly text: string;
  readonly errors: readonly GraphQLError[];
  /** Where fragments come later. */
  readonly sites: readonly DeferredSite[];
}

/** An object of the answer, and a fragment of which it has the fields later. */
export interface DeferredSite {
  readonly fragment: DeferredFragment;
  readonly at: Enclosed;
  readonly path: Path | undefined;
}

export interface Completer {
  /** What the answer begins with: all of it, if nothing is deferred. */
  beginning(): Completion;
  later(site: DeferredSite): Completion;
}

/** `undefined` is a null that propagates: the value had to be there, and there is an error that says why it is not. */
type Text = string | undefined;

type Nullable = Exclude<TypeShape, { kind: "non-null" }>;

/** An object whose fields are being written. */
interface Scope extends ObjectErrors {
  readonly at: Enclosed;
  readonly type: string;
  readonly path: Path | undefined;
  /** What the loss of one of its entities costs, here and below. */
  readonly collateral: { readonly cause: Cause; readonly path: Path }[];
  readonly above: Scope | undefined;
}

/** What an object lies in: another one, the keys that lead from there, and its scope unless it has been written before. */
interface Around {
  readonly at: Enclosed | undefined;
  readonly keys: Path | undefined;
  readonly scope: Scope | undefined;
}

const nothingAround: Around = { at: undefined, keys: undefined, scope: undefined };

/** A field, or an item of its list, whose value is being written. */
interface Position {
  readonly coordinate: string;
  readonly scope: Scope;
  readonly path: Path;
  /** From the object around it. */
  readonly keys: Path;
  readonly trees: ErrorTrees;
}

/** The whole answer of a program that defers nothing. */
export function completeCarefully(input: CompletionInput): Completion {
  return createCompleter(input).beginning();
}

/** For the problems that there are now: what comes later may have further ones. */
export function createCompleter(input: CompletionInput): Completer {
  const { run, program } = input;
  let errors = new ErrorList(input.maxPathsPerCause);
  let sites: DeferredSite[] = [];
  const attribution = attributeProblems(input.problems, run, input.subgraphMessages);
  const explainer = createExplainer(run, program.places, input.supergraphSchema, attribution);
  const placer = createErrorPlacer(attribution, explainer, program.deferral?.selected, addError);
  const leafWriters = new Map<TypeShape, ReturnType<typeof leafWriterFor>>();
  const causes = new Map<string, Cause>();
  /** What has been counted, by the program's `counted`. */
  const counted: Set<JsonObject>[] = [];

  function addError(cause: Cause, path: Path | undefined): void {
    errors.add(cause, path);
  }

  function report(message: string, path: Path | undefined): void {
    const cause = causes.get(message) ?? unfit(message, undefined);
    causes.set(message, cause);
    errors.add(cause, path);
  }

  function object(
    shape: ObjectShape,
    base: JsonObject,
    path: Path | undefined,
    around: Around,
    inherited: ErrorTrees,
  ): Text {
    const at: Enclosed = { place: shape.place, object: base, above: around.at, keys: around.keys };
    const typename = readFieldOf(run, shape.place, base, "__typename");
    let fields: readonly FieldShape[] | undefined;
    let type = shape.type;
    if (!shape.abstract) [fields] = shape.cases.values();
    else if (typeof typename === "string" && shape.cases.has(typename)) {
      fields = shape.cases.get(typename);
      type = typename;
    } else if (typename === shape.type || typename === undefined || typename === null) fields = shape.asInterface;
    if (fields === undefined) {
      // An inaccessible type is none of the client's business, so it is not named.
      if (typename !== shape.type && typeof typename === "string") {
        report(`The object is of no type that "${shape.type}" can be.`, path);
      } else reportUnknownType(at, shape.type, path);
      return undefined;
    }
    const { scope: above } = around;
    const scope: Scope = { ...placer.place(at, fields, path, inherited), at, type, path, collateral: [], above };
    let text = "";
    for (const field of fields) {
      const value = fieldText(field, scope);
      if (value === undefined) return undefined;
      text += `${text === "" ? "" : ","}${JSON.stringify(field.responseName)}:${value}`;
    }
    for (const { cause, path: fieldPath } of scope.collateral) errors.add(cause, fieldPath);
    for (const fragment of shape.deferred.get(type) ?? []) sites.push({ fragment, at, path });
    return `{${text}}`;
  }

  function fieldText(field: FieldShape, scope: Scope): Text {
    const path: Path = { segment: field.responseName, above: scope.path };
    switch (field.value.kind) {
      case "typename":
        return JSON.stringify(scope.type);
      case "introspection":
        return run.introspection.get(field.responseName) ?? "null";
      case "hidden": {
        const { decision, nonNull } = field.value;
        if (decision.effect === "deny") {
          const denial = denialError(field.coordinate, decision);
          const cause = causes.get(denial.message) ?? { message: denial.message, extensions: denial.extensions };
          causes.set(denial.message, cause);
          errors.add(cause, path);
        }
        return nonNull ? undefined : "null";
      }
      case "value": {
        const { type, mask } = field.value;
        const { at } = scope;
        const keys: Path = { segment: field.key, above: undefined };
        const position = { coordinate: field.coordinate, scope, path, keys, trees: descend(scope.trees, field.key) };
        const value = readFieldOf(run, at.place, at.object, field.key);
        if (value !== null && value !== undefined) count(field, at);
        if (value === undefined) return missingText(type, field.key, position);
        const shown = mask === undefined || value === null ? value : mask(value);
        return valueText(type, shown, position, scope.placed.has(field.key));
      }
    }
  }

  function count({ coordinate, key }: FieldShape, { place, object: base }: Enclosed): void {
    const counter = program.counted.indexOf(coordinate);
    if (counter < 0) return;
    const holders = counted[counter] ?? new Set();
    counted[counter] = holders.add(holderOf(run, place, base, key));
    run.counts[counter] = holders.size;
  }

  function missingText(type: TypeShape, key: string, position: Position): Text {
    const { path, trees, coordinate, scope } = position;
    if (trees.length > 0 || scope.placed.has(key)) return valueText(type, null, position, true);
    const missing = explainer.explain(scope.at, scope.type, key, coordinate);
    // It may be an error about what the client did not ask for: then it stands nowhere else.
    const lost = missing?.lost && errors.has(missing.cause) ? scopeOf(missing.lost, scope) : undefined;
    if (missing !== undefined && lost !== undefined) lost.collateral.push({ cause: missing.cause, path });
    else if (missing !== undefined) errors.add(missing.cause, path);
    return valueText(type, null, position, missing !== undefined);
  }

  /** `isExplained`: if the value is null, an error says why already. */
  function valueText(type: TypeShape, value: unknown, position: Position, isExplained = false): Text {
    const { path, trees, coordinate } = position;
    if (value === null || value === undefined) {
      for (const tree of trees) placer.placeNull(tree, type, path);
      if (type.kind !== "non-null") return "null";
      if (!isExplained && trees.length === 0) report(`Cannot return null for non-nullable field ${coordinate}.`, path);
      return undefined;
    }
    for (const tree of trees) for (const cause of tree.causes) errors.add(cause, path);
    const sitesBefore = sites.length;
    const present = presentText(type.kind === "non-null" ? (type.of as Nullable) : type, value, position);
    // Of what is null in the answer, nothing comes later.
    if (present === undefined) sites.length = sitesBefore;
    return present ?? (type.kind === "non-null" ? undefined : "null");
  }

  function presentText(type: Nullable, value: unknown, { coordinate, scope, path, keys, trees }: Position): Text {
    switch (type.kind) {
      case "leaf": {
        const write = leafWriters.get(type) ?? leafWriterFor(type.type, type.values);
        leafWriters.set(type, write);
        const text = write(value);
        if (text === undefined) report(`A subgraph answered no "${type.type}" for ${coordinate}.`, path);
        return text;
      }
      case "list": {
        if (!Array.isArray(value)) {
          report(`A subgraph answered no list for ${coordinate}.`, path);
          return undefined;
        }
        let text = "";
        for (let index = 0; index < value.length; index++) {
          const below: Path = { segment: index, above: path };
          const itemKeys: Path = { segment: index, above: keys };
          const position = { coordinate, scope, path: below, keys: itemKeys, trees: descend(trees, index) };
          const item = valueText(type.of, value[index], position);
          if (item === undefined) return undefined;
          text += index === 0 ? item : `,${item}`;
        }
        return `[${text}]`;
      }
      case "object":
        if (typeof value !== "object" || Array.isArray(value)) {
          report(`A subgraph answered no object for ${coordinate}.`, path);
          return undefined;
        }
        return object(type, value as JsonObject, path, { at: scope.at, keys, scope }, trees);
    }
  }

  /** Nobody can say of which type an object is: because of a failure, or because nobody knows. */
  function reportUnknownType(at: Enclosed, type: string, path: Path | undefined): void {
    const missing = explainer.explain(at, type, "__typename", `${type}.__typename`);
    if (missing?.failed) errors.add(missing.cause, path);
    else report(`Nobody knows of which type this "${type}" is.`, path);
  }

  function complete(write: () => Text): Completion {
    errors = new ErrorList(input.maxPathsPerCause);
    sites = [];
    const text = write();
    return { text: text ?? "null", errors: errors.read(), sites: text === undefined ? [] : sites };
  }

  return {
    beginning: () =>
      complete(() => {
        const text = object(program.shape, run.root, undefined, nothingAround, noTrees);
        for (const cause of attribution.unplaced) errors.add(cause, undefined);
        return text;
      }),
    later: ({ fragment, at, path }) =>
      complete(() => {
        const around: Around = { at: at.above, keys: at.keys, scope: undefined };
        return object(fragment.shape, at.object, path, around, placer.inherited(at));
      }),
  };
}

function scopeOf(at: Enclosed, from: Scope): Scope | undefined {
  let scope: Scope | undefined = from;
  while (scope !== undefined && scope.at !== at) scope = scope.above;
  return scope;
}
