import type { DocumentPath } from "../document/path.ts";
import type { Places } from "../document/places.ts";
import type { Place } from "../finding.ts";
import type { DataProduct } from "./model.ts";

// Beside the model and not in it: a model stays plain data that can be compared, copied and printed.
const placesByProduct = new WeakMap<DataProduct, Places>();

/** Remembers where a manifest's parts are written, for as long as the product lives. */
export function rememberPlaces(product: DataProduct, places: Places): void {
  placesByProduct.set(product, places);
}

/**
 * Where the part of the manifest is written: `placeOf(product, ["spec", "outputs", 0, "name"])`. For a product that was
 * not made by `readManifest`, only the file is known.
 */
export function placeOf(product: DataProduct, path: DocumentPath): Place {
  return placesByProduct.get(product)?.valueAt(path) ?? { file: product.file };
}
