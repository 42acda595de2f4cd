import { readFileSync } from "node:fs";
import { parse, visit } from "graphql";

/** Identity of the mesh's specification, without its version. */
export const MESH_SPEC = "https://specs.datamesh.io/mesh";

/** What subgraphs link. Composition wants the same major version in all of them. */
export const MESH_SPEC_URL: string = `${MESH_SPEC}/v1.0`;

/** SDL of all directives, as every subgraph that uses one has to hold it (`schema/directives.graphql`). */
export const meshDirectiveDefinitions: string = readFileSync(new URL("../directives.graphql", import.meta.url), "utf8");

/** Names without the `@`. */
export const MESH_DIRECTIVES = [
  "dataProduct",
  "pii",
  "subject",
  "classified",
  "purpose",
  "derived",
  "columnsOf",
  "computed",
  "since",
  "sunset",
] as const;

export type MeshDirectiveName = (typeof MESH_DIRECTIVES)[number];

/**
 * `extend schema @link(…) @composeDirective(…) …` for the directives that a subgraph uses, all of them by default. The
 * subgraph must also link the federation specification from v2.1 on and import `@composeDirective`.
 */
export function meshSchemaExtension(used: Iterable<MeshDirectiveName> = MESH_DIRECTIVES): string {
  const wanted = new Set<string>(used);
  const names = MESH_DIRECTIVES.filter((name) => wanted.has(name)).map((name) => `"@${name}"`);
  const composed = names.map((name) => `  @composeDirective(name: ${name})`);
  return [`extend schema`, `  @link(url: "${MESH_SPEC_URL}", import: [${names.join(", ")}])`, ...composed].join("\n");
}

/** The mesh directives that an SDL names anywhere, for `meshSchemaExtension`. */
export function usedMeshDirectives(sdl: string): readonly MeshDirectiveName[] {
  const used = new Set<string>();
  visit(parse(sdl, { noLocation: true }), { Directive: ({ name }) => void used.add(name.value) });
  return MESH_DIRECTIVES.filter((name) => used.has(name));
}
