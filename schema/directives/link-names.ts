/**
 * Which local names a linked specification's directives have in a schema. `@link(url:, as:, import:)` may rename them:
 *
 *   import: ["@pii"]                             @pii
 *   import: [{ name: "@pii", as: "@personal" }]  @personal
 *   not imported                                 @mesh__pii, or @{as}__pii
 *   the one that is called as the specification  @cost, or @{as}
 *
 * Specification: https://specs.apollo.dev/link/v1.0/#sec-Importing
 */
import { type ConstDirectiveNode, type ConstValueNode, type DocumentNode, Kind, valueFromASTUntyped } from "graphql";
import { MESH_DIRECTIVES, MESH_SPEC, type MeshDirectiveName } from "./definitions.ts";

/** Something that schemas link: `{identity}/{version}`. */
export interface LinkableSpecification<Name extends string> {
  /** Without the version: `https://specs.apollo.dev/cost`. Its last segment is the namespace of what is not imported. */
  readonly identity: string;
  /** Versions that are understood, without anchors: `v1(\.\d+)?`. */
  readonly versions: string;
  /** Names of its directives, without `@`. */
  readonly directives: readonly Name[];
}

/** Local name (without `@`) → the directive it is; empty when the schema does not link the specification. */
export function linkedNames<Name extends string>(
  document: DocumentNode,
  specification: LinkableSpecification<Name>,
): ReadonlyMap<string, Name> {
  const { identity, directives } = specification;
  const ownName = identity.slice(identity.lastIndexOf("/") + 1);
  const names = new Map<string, Name>();
  for (const link of schemaDirectives(document).filter((directive) => isLink(directive, specification))) {
    const namespace = asText(argument(link, "as")) ?? ownName;
    for (const name of directives) names.set(name === ownName ? namespace : `${namespace}__${name}`, name);
    const imports = argument(link, "import");
    for (const element of Array.isArray(imports) ? (imports as readonly unknown[]) : []) {
      const { name, as } = importOf(element);
      const directive = directives.find((candidate) => `@${candidate}` === name);
      if (directive !== undefined) names.set((as ?? directive).replace(/^@/, ""), directive);
    }
  }
  return names;
}

const mesh: LinkableSpecification<MeshDirectiveName> = {
  identity: MESH_SPEC,
  versions: "v1(\\.\\d+)?",
  directives: MESH_DIRECTIVES,
};

/**
 * Those of the mesh's own directives. A schema that links the specification nowhere is read as if it imported everything
 * under its own name, so that a plain SDL with the definitions pasted in is still governed.
 */
export function meshNames(document: DocumentNode): ReadonlyMap<string, MeshDirectiveName> {
  const names = linkedNames(document, mesh);
  return names.size > 0 ? names : new Map(MESH_DIRECTIVES.map((name) => [name, name]));
}

function schemaDirectives(document: DocumentNode): readonly ConstDirectiveNode[] {
  return document.definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? [])
      : [],
  );
}

/** `@link` itself may be renamed, so the argument decides and not the name. */
function isLink(directive: ConstDirectiveNode, { identity, versions }: LinkableSpecification<string>): boolean {
  const url = asText(argument(directive, "url"));
  return url?.startsWith(`${identity}/`) === true && new RegExp(`^${versions}/?$`).test(url.slice(identity.length + 1));
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
