/** Sums that are known but for what a request brings: constants are folded once, the rest are closures. */

/** What an estimate depends on, and what it found wrong on the way. */
export interface CostRun {
  /** The value of a variable, its default when it is not given; undefined when there is neither. */
  variable(name: string): unknown;
  /** The first field whose slicing arguments do not say its size. */
  unsized: UnsizedField | undefined;
}

export interface UnsizedField {
  readonly coordinate: string;
  readonly slicingArguments: readonly string[];
  readonly given: number;
}

export type Term = number | ((run: CostRun) => number);

/** Hot: once per field whose cost depends on the request. */
export function evaluate(term: Term, run: CostRun): number {
  return typeof term === "number" ? term : term(run);
}

export function sumOf(terms: readonly Term[]): Term {
  let constant = 0;
  const open: ((run: CostRun) => number)[] = [];
  for (const term of terms) {
    if (typeof term === "number") constant += term;
    else open.push(term);
  }
  const [only, second] = open;
  if (only === undefined) return constant;
  if (second === undefined) return constant === 0 ? only : (run) => constant + only(run);
  return (run) => {
    let sum = constant;
    for (const term of open) sum += term(run);
    return sum;
  };
}

export function largestOf(terms: readonly Term[]): Term {
  const [first, ...others] = [...new Set(terms)];
  if (first === undefined) return 0;
  if (others.length === 0) return first;
  if (terms.every((term) => typeof term === "number")) return Math.max(...terms);
  return (run) => Math.max(evaluate(first, run), ...others.map((term) => evaluate(term, run)));
}
