import type { Finding } from "../../finding.ts";
import type { DataProduct } from "../model.ts";
import { placeOf } from "../places-of.ts";
import type { Linking } from "./linking.ts";

/**
 * Products by name. Of two with one name, the one whose file comes first in the alphabet stays, whatever the order they
 * were given in. Finding: `duplicate-product`.
 */
export function knowProducts(products: readonly DataProduct[]): Linking {
  const known = new Map<string, DataProduct>();
  const findings: Finding[] = [];
  const byNameAndFile = products.toSorted(
    (left, right) => compare(left.metadata.name, right.metadata.name) || compare(left.file, right.file),
  );
  for (const product of byNameAndFile) {
    const { name } = product.metadata;
    const first = known.get(name);
    if (first === undefined) {
      known.set(name, product);
      continue;
    }
    findings.push({
      level: "error",
      code: "duplicate-product",
      message: `There is another product \`${name}\` in ${first.file}. Give this one a name of its own; it is left out until then.`,
      place: placeOf(product, ["metadata", "name"]),
      path: "metadata.name",
    });
  }
  return { known, linked: new Set(known.keys()), findings };
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
