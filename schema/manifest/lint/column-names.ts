import { didYouMean } from "../../names/suggest.ts";
import { report } from "../canonical/reading.ts";
import type { DataProduct, TableOutput } from "../model.ts";
import type { LintRule } from "./lint-manifest.ts";

/**
 * `unknown-column` (an error): checks, objectives and governance that name a column no table has. A check of a column
 * that is not there would never fail, and an erasure by it would erase nothing.
 */
export const columnsExist: LintRule = (product, document, reading) => {
  const tables = tablesOf(product);
  const require = (written: string | undefined, path: readonly (string | number)[], among = tables): void => {
    if (written === undefined || written === "*" || among.length === 0) return;
    const names = among.flatMap((table) =>
      table.fields.flatMap((field) => [field.name, `${table.name}.${field.name}`]),
    );
    if (names.includes(written)) return;
    const where = among.length === 1 ? `The table \`${among[0]?.name}\` has` : "No table of the product has";
    const message = `${where} ${among.length === 1 ? "no" : "a"} column \`${written}\`.${didYouMean(written, names)}`;
    report(reading, "error", "unknown-column", path, message);
  };

  const { governance, quality } = document.spec;
  require(governance?.subjectKey, ["spec", "governance", "subjectKey"]);
  require(governance?.retention?.field, ["spec", "governance", "retention", "field"]);
  require(quality?.sla?.freshness?.on, ["spec", "quality", "sla", "freshness", "on"]);
  product.quality.checks.forEach(({ type, parameters }, index) => {
    const path = ["spec", "quality", "checks", index, type];
    const { on, column, columns } = parameters;
    const among = typeof on === "string" ? tables.filter((table) => table.name === on) : tables;
    if (typeof on === "string" && among.length === 0) {
      const message = `The product has no table \`${on}\`.${didYouMean(
        on,
        tables.map((table) => table.name),
      )}`;
      report(reading, "error", "unknown-output", [...path, "on"], message);
      return;
    }
    if (typeof column === "string") require(column, [...path, "column"], among);
    if (Array.isArray(columns)) {
      // In the short form the list stands where the long form has its map; the nearest place is then the list's.
      columns.forEach((name: unknown, position) => {
        const long = [...path, "columns", position];
        const short = [...path, position];
        if (typeof name === "string") require(name, reading.places.has(short) ? short : long, among);
      });
    }
  });
};

function tablesOf(product: DataProduct): readonly TableOutput[] {
  return product.outputs.filter((output) => output.type === "table");
}
