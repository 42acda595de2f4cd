import { type DocumentNode, Kind, type TypeNode } from "graphql";

/**
 * The types of an extension's own that a value of the named type can be made of, that one included. Tables are not among
 * them: their rows are loaded by the platform.
 */
export function ownTypesBehind(document: DocumentNode, typeName: string): readonly string[] {
  const found = new Set<string>();
  const open = [typeName];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const node of document.definitions) {
      if (!("name" in node) || node.name?.value !== name || found.has(name)) continue;
      if (node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION) {
        found.add(name);
        open.push(...(node.fields ?? []).map(({ type }) => namedType(type)));
        if (node.kind === Kind.INTERFACE_TYPE_DEFINITION) open.push(...implementers(document, name));
      } else if (node.kind === Kind.UNION_TYPE_DEFINITION) {
        found.add(name);
        open.push(...(node.types ?? []).map((member) => member.name.value));
      }
    }
  }
  return [...found];
}

function implementers(document: DocumentNode, name: string): readonly string[] {
  return document.definitions.flatMap((node) =>
    node.kind === Kind.OBJECT_TYPE_DEFINITION && node.interfaces?.some((one) => one.name.value === name) === true
      ? [node.name.value]
      : [],
  );
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
