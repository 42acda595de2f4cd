/**
 * Which local names the mesh's directives have in a schema. `@link(url:, as:, import:)` may rename them:
 *
 *   import: ["@pii"]                             @pii
 *   import: [{ name: "@pii", as: "@personal" }]  @personal
 *   not imported                                 @mesh__pii, or @{as}__pii
 *
 * Specification: https://specs.apollo.dev/link/v1.0/#sec-Importing
 */
import { type ConstDirectiveNode, type ConstValueNode, type DocumentNode, Kind, valueFromASTUntyped } from "graphql";
import { MESH_DIRECTIVES, MESH_SPEC, type MeshDirectiveName } from "./definitions.ts";

/**
 * Local name (without `@`) → the directive it is. A schema that links the specification nowhere is read as if it imported
 * everything under its own name, so that a plain SDL with the definitions pasted in is still governed.
 */
export function linkedNames(document: DocumentNode): ReadonlyMap<string, MeshDirectiveName> {
  const links = schemaDirectives(document).filter((directive) => isMeshLink(directive));
  const names = new Map<string, MeshDirectiveName>();
  if (links.length === 0) {
    for (const name of MESH_DIRECTIVES) names.set(name, name);
    return names;
  }
  for (const link of links) {
    const namespace = asText(argument(link, "as")) ?? "mesh";
    for (const name of MESH_DIRECTIVES) names.set(`${namespace}__${name}`, name);
    const imports = argument(link, "import");
    for (const element of Array.isArray(imports) ? (imports as readonly unknown[]) : []) {
      const { name, as } = importOf(element);
      const directive = MESH_DIRECTIVES.find((candidate) => `@${candidate}` === name);
      if (directive !== undefined) names.set((as ?? directive).replace(/^@/, ""), directive);
    }
  }
  return names;
}

function schemaDirectives(document: DocumentNode): readonly ConstDirectiveNode[] {
  return document.definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? [])
      : [],
  );
}

/** `@link` itself may be renamed, so the argument decides and not the name; any 1.x of the specification is ours. */
function isMeshLink(directive: ConstDirectiveNode): boolean {
  const url = asText(argument(directive, "url"));
  return url !== undefined && new RegExp(`^${MESH_SPEC.replaceAll(".", "\\.")}/v1(\\.\\d+)?/?$`).test(url);
}

function argument(directive: ConstDirectiveNode, name: string): unknown {
  const value: ConstValueNode | undefined = directive.arguments?.find(
    (candidate) => candidate.name.value === name,
  )?.value;
  return value === undefined ? undefined : valueFromASTUntyped(value);
}

function importOf(element: unknown): { readonly name: string | undefined; readonly as: string | undefined } {
  if (typeof element === "string") return { name: element, as: undefined };
  const map = (typeof element === "object" && element !== null ? element : {}) as { name?: unknown; as?: unknown };
  return { name: asText(map.name), as: asText(map.as) };
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
