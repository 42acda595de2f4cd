/**
 * A measure for a fault of the planner: where it collects the variables of an argument it goes into every list twice, so
 * that lists within lists take twice the time at each level, and twenty levels of `{ and: [{ and: [… ] }] }` a second.
 */
import { isVariable, VariableCollector } from "@apollo/federation-internals";

/** Lets the planner look at each value once. It holds for all planners of the process; calling it again changes nothing. */
export function collectVariablesOnce(): void {
  VariableCollector.prototype.collectInArguments = collectInArguments;
}

function collectInArguments(this: VariableCollector, args: Readonly<Record<string, unknown>>): void {
  const values = Object.values(args);
  for (let value = values.pop(); values.length > 0 || value !== undefined; value = values.pop()) {
    if (isVariable(value)) this.add(value);
    else if (typeof value === "object" && value !== null) values.push(...Object.values(value));
  }
}
