import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  parse,
  visit,
} from "graphql";
import type { ServedProduct } from "../model/served-table.ts";
import { productDirective } from "../sdl/governance-directives.ts";
import { directive } from "../sdl/text.ts";
import type { Extension } from "./read-extension.ts";

/**
 * The extension with what the generated SDL says of its own types and fields: `@dataProduct` on object types and on root
 * fields; `@derived` on fields that are made from columns, so that policies about a column reach them; `@computed` on fields
 * that may be made from anything, so that whoever keeps their values knows that any change of the data may change them.
 */
export function markExtension(product: ServedProduct, { document, fields }: Extension): DocumentNode {
  const mark = directiveNode(productDirective(product));
  const madeFrom = new Map(
    fields.map(({ typeName, fieldName, requires = [], isComputed }) => {
      const from = requires.map(({ name }) => name);
      const derived = from.length === 0 ? [] : [directiveNode(directive("derived", { from }))];
      return [`${typeName}.${fieldName}`, isComputed ? [...derived, directiveNode(directive("computed"))] : derived];
    }),
  );
  const marked = <Node extends ObjectTypeDefinitionNode | ObjectTypeExtensionNode>(node: Node): Node => ({
    ...node,
    fields: (node.fields ?? []).map((field): FieldDefinitionNode => {
      const own = madeFrom.get(`${node.name.value}.${field.name.value}`) ?? [];
      const added = [...(node.name.value === "Query" ? [mark] : []), ...own];
      return added.length === 0 ? field : { ...field, directives: [...(field.directives ?? []), ...added] };
    }),
  });
  return visit(document, {
    ObjectTypeDefinition: (node) => ({ ...marked(node), directives: [...(node.directives ?? []), mark] }),
    ObjectTypeExtension: marked,
  });
}

function directiveNode(text: string): ConstDirectiveNode {
  const [definition] = parse(`scalar S${text}`).definitions;
  if (definition?.kind !== Kind.SCALAR_TYPE_DEFINITION || definition.directives?.[0] === undefined) {
    throw new Error("A directive's text is not a directive.");
  }
  return definition.directives[0];
}
