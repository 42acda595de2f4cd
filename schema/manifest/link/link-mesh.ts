/**
 * Products → mesh. In: manifests without errors of their own. Out: names, relations and inputs, and what does not fit
 * together. Next: the platform makes a product of each; its subgraph's names are the ones fixed here.
 *
 *   know (one product per name) → inputs → names → references → relations
 *
 * An error costs the smallest part that it breaks: a reference its relation, a name or an input its product (and the
 * products that read it). Everything else is linked. The result does not depend on the order of the products.
 */
import type { Finding } from "../../finding.ts";
import type { LinkedProduct, MeshModel } from "../mesh-model.ts";
import type { DataProduct } from "../model.ts";
import { knowProducts } from "./know-products.ts";
import { nameRelations } from "./name-relations.ts";
import { nameTables } from "./name-tables.ts";
import { ingestionOrder, resolveInputs, takeOutReaders } from "./resolve-inputs.ts";
import { resolveReferences } from "./resolve-references.ts";

/** Links what can be linked and says what cannot, with file and line. Never throws. */
export function linkMesh(products: readonly DataProduct[]): {
  readonly mesh: MeshModel;
  readonly findings: readonly Finding[];
} {
  const linking = knowProducts(products);
  const inputs = resolveInputs(linking);
  const tablesByProduct = nameTables(linking);
  takeOutReaders(inputs, linking);
  const relations = nameRelations(resolveReferences(tablesByProduct, linking), linking);
  const linked = [...linking.linked].flatMap((name): readonly [string, LinkedProduct][] => {
    const manifest = linking.known.get(name);
    if (manifest === undefined) return [];
    const tables = (tablesByProduct.get(name) ?? []).map((table) => {
      const own = relations.filter(
        (relation) => relation.manyProduct === name && relation.manyTable === table.output.name,
      );
      return { ...table, toOne: own, referencedBy: own };
    });
    return [[name, { manifest, tables, productInputs: inputs.get(name) ?? [] }]];
  });
  const mesh: MeshModel = { products: new Map(linked), ingestionOrder: ingestionOrder(inputs, linking) };
  return { mesh, findings: linking.findings };
}
