import { type OperationRejected, rejectWith } from "../operation-rejected.ts";
import type { CostEstimate } from "./compile-cost.ts";
import type { UnsizedField } from "./terms.ts";

/** Codes `COST_ESTIMATED_TOO_EXPENSIVE`, `COST_INVALID_SLICING_ARGUMENTS`; undefined when it may run. */
export function checkCost({ cost, unsized }: CostEstimate, maxCost: number | undefined): OperationRejected | undefined {
  if (unsized !== undefined) {
    const message = printUnsized(unsized);
    return rejectWith("COST_INVALID_SLICING_ARGUMENTS", [{ message, extensions: { coordinate: unsized.coordinate } }]);
  }
  if (maxCost === undefined || cost <= maxCost) return undefined;
  const message = `The operation may cost ${printCost(cost)}, at most ${printCost(maxCost)} is allowed: ask for fewer rows or fields at once`;
  return rejectWith("COST_ESTIMATED_TOO_EXPENSIVE", [
    { message, extensions: { "cost.estimated": Math.min(cost, Number.MAX_VALUE), "cost.max": maxCost } },
  ]);
}

export function printUnsized({ coordinate, slicingArguments, given }: UnsizedField): string {
  const names = slicingArguments.map((name) => `\`${name}\``).join(", ");
  const found = given === 0 ? "has none" : `has ${given}`;
  return `${coordinate} must be asked with exactly one of the arguments ${names}, and here it ${found}`;
}

/** For people: `1,234`; a cost beyond all reason is said to be that. */
export function printCost(cost: number): string {
  const most = 1e15;
  return cost > most ? `more than ${most.toLocaleString("en")}` : cost.toLocaleString("en");
}
