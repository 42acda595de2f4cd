/**
 * `@listSize`: how many rows a field may give, for whoever estimates what a query costs before it runs
 * (https://specs.apollo.dev/cost/v0.1). No argument is required, since there is a size without one.
 */
import { aggregateLimits, pageLimits } from "../model/row-limits.ts";
import type { ServedTable } from "../model/served-table.ts";
import { directive } from "./text.ts";

/** Of a field that gives a connection: both of its lists have the page's rows. */
export function pageSizeDirective(table: ServedTable): string {
  return directive("listSize", {
    assumedSize: pageLimits.default,
    slicingArguments: table.key.length === 0 ? ["first"] : ["first", "last"],
    sizedFields: ["edges", "nodes"],
    requireOneSlicingArgument: false,
  });
}

/** Of a field that gives groups. */
export function groupCountDirective(): string {
  return directive("listSize", {
    assumedSize: aggregateLimits.default,
    slicingArguments: ["first"],
    requireOneSlicingArgument: false,
  });
}
