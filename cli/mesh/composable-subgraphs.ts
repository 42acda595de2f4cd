/** The subgraph of each product as composition needs it, without its storage: nothing is ingested or opened. */
import type { ComposableSubgraph } from "#gateway";
import { createSubgraph, loadExtension, type Snapshots } from "#platform";
import { ClientError, type Finding, type LinkedProduct, type MeshModel } from "#schema";

/** Every product whose subgraph can be built, and why the others' cannot. */
export async function composableSubgraphs(
  mesh: MeshModel,
  remote: Readonly<Record<string, { readonly url: string }>> = {},
): Promise<{ readonly subgraphs: readonly ComposableSubgraph[]; readonly findings: readonly Finding[] }> {
  const subgraphs: ComposableSubgraph[] = [];
  const findings: Finding[] = [];
  for (const product of mesh.products.values()) {
    try {
      subgraphs.push(await composableSubgraph(product, mesh, remote[product.manifest.metadata.name]?.url));
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      findings.push({
        level: "error",
        code: error.code.toLowerCase().replaceAll("_", "-"),
        message: error.message,
        place: { file: product.manifest.file },
      });
    }
  }
  return { subgraphs, findings };
}

/** Raises SUBGRAPH_INVALID and PRODUCT_EXTENSION_INVALID as `createSubgraph` does. */
export async function composableSubgraph(
  product: LinkedProduct,
  mesh: MeshModel,
  url = "",
): Promise<ComposableSubgraph> {
  const extension = await loadExtension(product.manifest);
  const { name, sdl } = createSubgraph({ product, mesh, snapshots: noSnapshots, extension });
  return { name, sdl, url };
}

const noSnapshots: Snapshots = {
  snapshot: () => Promise.reject(new Error("the subgraph was built for its schema only and has no storage")),
};
