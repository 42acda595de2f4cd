/** The two schemas of a supergraph, for whoever runs plans; the planner has its own. Both trust what the planner checked. */
import { buildASTSchema, type DocumentNode, type GraphQLSchema, parse } from "graphql";

/** What clients may ask for, from the definitions that the planner printed. */
export function buildApiSchema(apiSdl: string): GraphQLSchema {
  return buildASTSchema(parse(apiSdl, { noLocation: true }), { assumeValid: true, assumeValidSDL: true });
}

/** With everything inaccessible and every subgraph's types; knows which object is of which abstract type. */
export function buildSupergraphSchema(supergraph: DocumentNode): GraphQLSchema {
  return buildASTSchema(supergraph, { assumeValid: true, assumeValidSDL: true });
}
