/** The types of a document with their fields, extensions joined. */
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  type TypeNode,
} from "graphql";

interface IndexedType {
  readonly name: string;
  readonly directives: readonly ConstDirectiveNode[];
  /** Of object and interface types; empty for others. */
  readonly fields: ReadonlyMap<string, FieldDefinitionNode>;
  readonly interfaces: ReadonlySet<string>;
  /** Of a union. */
  readonly members: ReadonlySet<string>;
}

export type TypeIndex = ReadonlyMap<string, IndexedType>;

interface OpenType extends IndexedType {
  readonly directives: ConstDirectiveNode[];
  readonly fields: Map<string, FieldDefinitionNode>;
  readonly interfaces: Set<string>;
  readonly members: Set<string>;
}

export function indexTypes(document: DocumentNode): TypeIndex {
  const types = new Map<string, OpenType>();
  for (const node of document.definitions) {
    if (!isTypeDefinitionNode(node) && !isTypeExtensionNode(node)) continue;
    const name = node.name.value;
    const type: OpenType = types.get(name) ?? {
      name,
      directives: [],
      fields: new Map(),
      interfaces: new Set(),
      members: new Set(),
    };
    types.set(name, type);
    type.directives.push(...(node.directives ?? []));
    if ("interfaces" in node) {
      for (const { name: implemented } of node.interfaces ?? []) type.interfaces.add(implemented.value);
      for (const field of node.fields ?? []) type.fields.set(field.name.value, field);
    }
    if ("types" in node) for (const { name: member } of node.types ?? []) type.members.add(member.value);
  }
  return types;
}

/** The type itself, the interfaces that it implements, and what may stand where it is declared. */
export function relatedTypes(types: TypeIndex, name: string): readonly string[] {
  const type = types.get(name);
  const below = [...types.values()].filter(({ interfaces }) => interfaces.has(name)).map((each) => each.name);
  return [name, ...(type?.interfaces ?? []), ...(type?.members ?? []), ...below];
}

/** The named type inside lists and non-nulls. */
export function namedType(type: TypeNode): string {
  return type.kind === "NamedType" ? type.name.value : namedType(type.type);
}
