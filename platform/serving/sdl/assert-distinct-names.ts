import { type DocumentNode, isTypeDefinitionNode } from "graphql";
import { servingError } from "../errors.ts";

/**
 * No type is generated twice, and no field within one. Names come from tables and columns that a product chose, so that
 * a table `order_edges` beside `orders` can meet the generated `OrderEdge`. Raises `SUBGRAPH_INVALID`.
 */
export function assertDistinctNames(product: string, generated: DocumentNode): void {
  const types = new Set<string>();
  for (const node of generated.definitions) {
    if (!isTypeDefinitionNode(node)) continue;
    const typeName = node.name.value;
    if (types.has(typeName)) {
      throw servingError(
        "SUBGRAPH_INVALID",
        `${product}: two types would be called ${typeName}. Rename the output or the column that it comes from.`,
      );
    }
    types.add(typeName);
    const members = new Set<string>();
    for (const { name } of "fields" in node ? (node.fields ?? []) : []) {
      if (members.has(name.value)) {
        throw servingError(
          "SUBGRAPH_INVALID",
          `${product}: ${typeName}.${name.value} would exist twice. Rename the output, column or reference that it comes from.`,
        );
      }
      members.add(name.value);
    }
  }
}
