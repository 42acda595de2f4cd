import { type ConstDirectiveNode, type DocumentNode, Kind, type ObjectTypeExtensionNode, parse, visit } from "graphql";
import type { ServedProduct } from "../model/served-table.ts";
import { productDirective } from "../sdl/governance-directives.ts";

/** The extension with `@dataProduct` where the generated SDL has it: on object types of its own and on root fields. */
export function markExtension(product: ServedProduct, document: DocumentNode): DocumentNode {
  const mark = directiveNode(productDirective(product));
  return visit(document, {
    ObjectTypeDefinition: (node) => ({ ...node, directives: [...(node.directives ?? []), mark] }),
    ObjectTypeExtension: (node): ObjectTypeExtensionNode | undefined =>
      node.name.value === "Query"
        ? {
            ...node,
            fields: (node.fields ?? []).map((field) => ({ ...field, directives: [...(field.directives ?? []), mark] })),
          }
        : undefined,
  });
}

function directiveNode(text: string): ConstDirectiveNode {
  const [definition] = parse(`scalar S${text}`).definitions;
  if (definition?.kind !== Kind.SCALAR_TYPE_DEFINITION || definition.directives?.[0] === undefined) {
    throw new Error("A directive's text is not a directive.");
  }
  return definition.directives[0];
}
