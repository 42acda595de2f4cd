import { didYouMean, type LinkedProduct } from "#schema";
import type { MeshConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";
import { FindingsError } from "../terminal/print-failure.ts";
import type { LoadedMesh } from "./load-mesh.ts";

/** The product of that name; throws its findings when its manifest is faulty, PRODUCT_UNKNOWN when there is none. */
export function requireProduct({ mesh, broken }: LoadedMesh, name: string, config: MeshConfig): LinkedProduct {
  const product = mesh.products.get(name);
  if (product !== undefined) return product;
  const findings = broken.get(name);
  if (findings !== undefined) throw new FindingsError(`the product "${name}" cannot be used`, findings);
  const names = [...mesh.products.keys()].sort();
  throw commandError(
    "PRODUCT_UNKNOWN",
    `${config.file} names no product "${name}".${didYouMean(name, names)} There are: ${names.join(", ") || "none"}.`,
  );
}
