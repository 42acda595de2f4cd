/**
 * How long a list may be, as `@listSize` tells it (https://ibm.github.io/graphql-specs/cost-spec.html#sec-The-List-Size-Directive):
 * the largest slicing argument, else the assumed size.
 */
import { type FieldNode, type GraphQLField, Kind, type ValueNode } from "graphql";
import { hasVariables, readLiteral } from "./input-cost.ts";
import type { ListSize } from "./read-cost-directives.ts";
import type { CostRun, Term, UnsizedField } from "./terms.ts";

/** One slicing argument, as far as the operation says it. */
interface Slice {
  /** Undefined when it is neither written nor given by its variable. */
  given(run: CostRun): number | undefined;
  readonly default: number | undefined;
}

/** Reports the field to the run when its slicing arguments do not say the size and it requires that they do. */
export function compileLength(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  coordinate: string,
  { assumedSize, slicingArguments, requireOneSlicingArgument }: ListSize,
  fallback: number,
): Term {
  if (slicingArguments.length === 0) return assumedSize ?? fallback;
  const slices = slicingArguments.map((path) => compileSlice(path, node, field));
  const hasDefault = slices.some((slice) => slice.default !== undefined);
  const length = (run: CostRun): number => {
    let largest: number | undefined;
    let given = 0;
    for (const slice of slices) {
      const size = slice.given(run);
      if (size !== undefined) given += 1;
      const counted = size ?? slice.default;
      if (counted !== undefined) largest = Math.max(largest ?? 0, counted);
    }
    // A default stands in for an argument that is left out, and does not count against one that is there.
    if (requireOneSlicingArgument && given !== 1 && !(given === 0 && hasDefault)) {
      run.unsized ??= { coordinate, slicingArguments, given };
    }
    return largest ?? assumedSize ?? fallback;
  };
  const isOpen = (node.arguments ?? []).some(
    ({ name, value }) => slicingArguments.some((path) => path.split(".", 1)[0] === name.value) && hasVariables(value),
  );
  if (isOpen) return length;
  const probe: CostRun & { unsized: UnsizedField | undefined } = { variable: () => undefined, unsized: undefined };
  const constant = length(probe);
  return probe.unsized === undefined ? constant : length;
}

function compileSlice(path: string, node: FieldNode, field: GraphQLField<unknown, unknown>): Slice {
  const [name = "", ...steps] = path.split(".");
  const written = node.arguments?.find((argument) => argument.name.value === name)?.value;
  const argument = field.args.find((candidate) => candidate.name === name);
  return {
    given: compileGiven(written, steps),
    default: sizeOf(descend(argument?.defaultValue, steps)),
  };
}

function compileGiven(written: ValueNode | undefined, steps: readonly string[]): Slice["given"] {
  if (written === undefined) return () => undefined;
  if (written.kind === Kind.VARIABLE && steps.length === 0) {
    const { value } = written.name;
    return (run) => sizeOf(run.variable(value));
  }
  if (hasVariables(written)) return (run) => sizeOf(descend(readLiteral(written, run), steps));
  const constant = sizeOf(descend(readLiteral(written, undefined), steps));
  return () => constant;
}

function descend(value: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>(
    (inner, step) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, step)
        ? (inner as Readonly<Record<string, unknown>>)[step]
        : undefined,
    value,
  );
}

/** A size below zero is the subgraph's to refuse; here it is an empty list. */
function sizeOf(value: unknown): number | undefined {
  const size = typeof value === "string" ? Number(value) : value;
  return typeof size === "number" && !Number.isNaN(size) ? Math.max(0, size) : undefined;
}
