/** What products tell while they live, as lines for a person. */
import { styleText } from "node:util";
import type { ProductEvent, ProductStatus } from "#platform";

const number = new Intl.NumberFormat("en-US");

/** A line for events that a person wants to see; undefined for the others. `width` aligns the products' names. */
export function progressLine(event: ProductEvent, width: number): string | undefined {
  const name = styleText("bold", event.product.padEnd(width));
  switch (event.kind) {
    case "ingested": {
      const bad = event.quarantined === 0 ? "" : styleText("yellow", `, ${rows(event.quarantined)} to quarantine`);
      return `  ${name}  read ${event.input}: ${rows(event.read)}${bad} ${elapsed(event.elapsedMs)}`;
    }
    case "published": {
      const outputs = [...event.rows].map(([output, count]) => `${output} ${number.format(count)}`).join(", ");
      return `  ${name}  published version ${event.version}: ${outputs} ${elapsed(event.elapsedMs)}`;
    }
    case "unchanged":
      return `  ${name}  unchanged: version ${event.version} is reused ${elapsed(event.elapsedMs)}`;
    case "notice":
      return `  ${name}  ${styleText("yellow", event.message)}`;
    case "handed-on":
      return undefined;
    case "state":
      if (event.state !== "failed") return undefined;
      return `  ${name}  ${styleText("red", `failed: ${event.reason?.message ?? "for an unknown reason"}`)}`;
  }
}

/** `5 of 6 products serve; failed: payments`. */
export function summaryLine(statuses: readonly ProductStatus[]): string {
  const failed = statuses.filter(({ state }) => state === "failed").map(({ product }) => product);
  const serving = statuses.length - failed.length;
  const all = `${serving} of ${statuses.length} products serve`;
  return failed.length === 0 ? all : `${all}; ${styleText("red", `failed: ${failed.join(", ")}`)}`;
}

function rows(count: number): string {
  return count === 1 ? "1 row" : `${number.format(count)} rows`;
}

function elapsed(ms: number): string {
  return styleText("dim", `(${ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`})`);
}
