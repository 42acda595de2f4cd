import { type DocumentNode, Kind } from "graphql";

/** By object type, the interfaces that it implements; inaccessible ones too. */
export function readInterfaces(document: DocumentNode): ReadonlyMap<string, readonly string[]> {
  const interfaces = new Map<string, string[]>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION) continue;
    const known = interfaces.get(definition.name.value) ?? [];
    known.push(...(definition.interfaces ?? []).map(({ name }) => name.value));
    interfaces.set(definition.name.value, known);
  }
  return interfaces;
}
