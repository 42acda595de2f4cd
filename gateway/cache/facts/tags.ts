/**
 * `@cacheTag(format:)` (federation 2.12): names under which entries are invalidated together. Composition keeps it as
 * `@join__directive(graphs:, name: "federation__cacheTag", args:)`.
 *
 * `user-{$key.id}` on a type speaks of its entities, `orders-{$args.region}` on a field of Query of its answers. A value
 * that is null or missing leaves the whole tag out: as an empty text it would be the tag of something else.
 */
import { type ConstDirectiveNode, type DocumentNode, Kind, valueFromASTUntyped } from "graphql";

/** Parts of a tag: text, and paths into the key or the arguments. */
export type TagFormat = readonly (string | readonly string[])[];

/** By `subgraph Type` and `subgraph Query.field`. */
export type TagFormats = ReadonlyMap<string, readonly TagFormat[]>;

export function readTagFormats(supergraph: DocumentNode, nameOfGraph: (value: string) => string): TagFormats {
  const formats = new Map<string, TagFormat[]>();
  const add = (coordinate: string, directives: readonly ConstDirectiveNode[] = []): void => {
    for (const directive of directives) {
      if (directive.name.value !== "join__directive") continue;
      const given = Object.fromEntries(
        (directive.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)]),
      );
      const { graphs, name, args } = given as { graphs?: unknown; name?: unknown; args?: { format?: unknown } };
      if (!/(^|__)cacheTag$/.test(String(name)) || typeof args?.format !== "string") continue;
      for (const graph of [graphs].flat()) {
        const key = `${nameOfGraph(String(graph))} ${coordinate}`;
        formats.set(key, [...(formats.get(key) ?? []), readFormat(args.format)]);
      }
    }
  };
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    add(definition.name.value, definition.directives);
    for (const field of definition.fields ?? []) add(`${definition.name.value}.${field.name.value}`, field.directives);
  }
  return formats;
}

function readFormat(format: string): TagFormat {
  return format.split(/(\{[^}]*\})/).flatMap((part): TagFormat => {
    if (part === "") return [];
    const path = /^\{\$(?:key|args)\.([^}]+)\}$/.exec(part)?.[1];
    return [path === undefined ? part : path.split(".")];
  });
}

/** Undefined when a value is missing, null or no scalar. */
export function printTag(format: TagFormat, values: unknown): string | undefined {
  let text = "";
  for (const part of format) {
    if (typeof part === "string") {
      text += part;
      continue;
    }
    let value: unknown = values;
    for (const name of part) {
      const isHere = typeof value === "object" && value !== null && Object.hasOwn(value, name);
      value = isHere ? (value as Record<string, unknown>)[name] : undefined;
    }
    if (value === undefined || value === null || typeof value === "object") return undefined;
    text += String(value);
  }
  return text;
}
