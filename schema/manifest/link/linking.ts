import type { DocumentPath } from "../../document/path.ts";
import { printPath } from "../../document/path.ts";
import type { Finding } from "../../finding.ts";
import type { DataProduct } from "../model.ts";
import { placeOf } from "../places-of.ts";

/** What the steps of linking share. A step looks at products that are still in, and takes out those it cannot link. */
export interface Linking {
  /** All products by name, those that were taken out included: a reference to them is not a reference to nothing. */
  readonly known: ReadonlyMap<string, DataProduct>;
  /** Names of products that stay, in alphabetical order. */
  readonly linked: Set<string>;
  readonly findings: Finding[];
}

/** The products that are still in. */
export function linkedProducts({ known, linked }: Linking): readonly DataProduct[] {
  return [...linked].flatMap((name) => known.get(name) ?? []);
}

/** Adds a finding at a part of a product's manifest. */
export function reportAt(
  linking: Linking,
  product: DataProduct,
  level: Finding["level"],
  code: string,
  path: DocumentPath,
  message: string,
): void {
  linking.findings.push({ level, code, message, place: placeOf(product, path), path: printPath(path) });
}

/** Path of an output, or of a column of it, in the manifest. */
export function outputPath(product: DataProduct, output: string, column?: string): DocumentPath {
  const index = product.outputs.findIndex((candidate) => candidate.name === output);
  const found = product.outputs[index];
  if (column === undefined || found?.type !== "table") return ["spec", "outputs", index];
  return ["spec", "outputs", index, "schema", found.fields.findIndex((field) => field.name === column)];
}
