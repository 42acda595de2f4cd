import { readFileSync } from "node:fs";
import { Kind, parse, print } from "graphql";
import { MESH_SPEC_URL } from "#schema";
import { code, type Page, page } from "./page.ts";

const file = new URL("../../schema/directives.graphql", import.meta.url);

/** The directives that subgraphs say and the supergraph keeps. */
export function directivesPage(): Page {
  const definitions = parse(readFileSync(file, "utf8")).definitions.filter(
    (definition) => definition.kind === Kind.DIRECTIVE_DEFINITION,
  );
  return page("directives.md", "Directives of the mesh", "`schema/directives.graphql`", [
    `Specification: ${code(MESH_SPEC_URL)}. Generated subgraphs link it, repeat the definitions and compose them into the ` +
      "supergraph, so that the supergraph alone says whose everything is, what is personal and what is going away. A " +
      "product writes them itself only in its `schema.graphql`; everything else comes from the manifest. All are " +
      "repeatable, because several subgraphs may speak about one field.",
    ...definitions.flatMap(({ name, description, ...definition }) => [
      `## @${name.value}`,
      description?.value ?? "",
      ["```graphql", print({ ...definition, name }), "```"].join("\n"),
    ]),
  ]);
}
