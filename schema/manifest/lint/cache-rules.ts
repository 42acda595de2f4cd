import { printDuration } from "../../units/duration.ts";
import { report } from "../canonical/reading.ts";
import type { LintRule } from "./lint-manifest.ts";

/** `cache-beyond-freshness`: what is promised to be fresh is not kept for longer, so the longer time is never reached. */
export const cacheWithinFreshness: LintRule = (product, _document, reading) => {
  const objectiveMs = product.quality.sla.freshness?.maxAgeMs;
  if (objectiveMs === undefined) return;
  product.outputs.forEach((output, index) => {
    if (output.type !== "table" || output.cache === undefined) return;
    const { maxAgeSeconds, staleWhileRevalidateSeconds = 0, staleIfErrorSeconds = 0 } = output.cache;
    const maxAgeMs = maxAgeSeconds * 1000;
    const windowMs = Math.max(staleWhileRevalidateSeconds, staleIfErrorSeconds) * 1000;
    const path = ["spec", "outputs", index, "cache"];
    const place = reading.places.has([...path, "maxAge"]) ? [...path, "maxAge"] : path;
    const objective = printDuration(objectiveMs);
    if (maxAgeMs > objectiveMs) {
      const message = `Answers from \`${output.name}\` are to be kept for ${printDuration(maxAgeMs)}, and the product promises that its data are no older than ${objective} (\`quality.sla.freshness\`). The shorter one, ${objective}, holds.`;
      report(reading, "warning", "cache-beyond-freshness", place, message);
    } else if (maxAgeMs + windowMs > objectiveMs) {
      const message = `What is kept of \`${output.name}\` is to be used for up to ${printDuration(maxAgeMs + windowMs)} when it is stale, and the product promises that its data are no older than ${objective} (\`quality.sla.freshness\`). The window ends there.`;
      report(reading, "warning", "cache-beyond-freshness", path, message);
    }
  });
};

/** `cache-of-some-tables`: the shortest lifetime holds for an answer as a whole, and a table that says none has none. */
export const tablesKeptTogether: LintRule = (product, _document, reading) => {
  const kept = product.outputs.filter((output) => output.type === "table" && output.cache !== undefined);
  if (kept.length === 0) return;
  product.outputs.forEach((output, index) => {
    if (output.type !== "table" || output.cache !== undefined) return;
    const names = kept.map(({ name }) => `\`${name}\``).join(", ");
    const message = `The table \`${output.name}\` has no \`cache\`: what is asked of it together with ${names} is not kept. Say there, too, how long its rows may be kept.`;
    report(reading, "info", "cache-of-some-tables", ["spec", "outputs", index], message);
  });
};
