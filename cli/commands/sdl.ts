import { readConfig } from "../config/read-config.ts";
import { composableSubgraph } from "../mesh/composable-subgraphs.ts";
import { loadMesh } from "../mesh/load-mesh.ts";
import { requireProduct } from "../mesh/require-product.ts";

export interface SdlOptions {
  readonly config?: string;
}

/** Prints the subgraph schema that is generated for a product, with what its folder adds. */
export async function sdl(name: string, { config: file }: SdlOptions): Promise<void> {
  const config = await readConfig(file);
  const loaded = await loadMesh(config);
  const product = requireProduct(loaded, name, config);
  process.stdout.write(`${(await composableSubgraph(product, loaded.mesh)).sdl.trimEnd()}\n`);
}
