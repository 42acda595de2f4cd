import { didYouMean, type Finding } from "#schema";
import type { MeshConfig } from "../config/read-config.ts";
import type { LoadedMesh } from "./load-mesh.ts";

/** Of products that the configuration speaks of and that are not in the mesh: what it says of them has no effect. */
export function unknownProducts(
  { file, gateway }: Pick<MeshConfig, "file" | "gateway">,
  { mesh, broken }: Pick<LoadedMesh, "mesh" | "broken">,
): readonly Finding[] {
  const known = [...mesh.products.keys(), ...broken.keys(), ...Object.keys(gateway.remote)];
  const unknown = Object.keys(gateway.cache.products).filter((name) => !known.includes(name));
  return unknown.map((name) => ({
    level: "warning",
    code: "unknown-product",
    message: `The mesh has no product \`${name}\`, so the mode has no effect.${didYouMean(name, known)}`,
    place: { file },
    path: `spec.gateway.cache.products.${name}`,
  }));
}
