/**
 * Whose definition of `@cacheControl` a subgraph has. Subgraphs write it themselves, so a product's `schema.graphql` may
 * hold one, or use the directive as if it were there. As soon as the generated SDL uses it, the generated definition is the
 * one: it is Apollo's, and of two only one may stand.
 */
import { type DocumentNode, type GraphQLSchema, Kind, parse, visit } from "graphql";

/** Whether `schema.graphql` uses the directive and does not define it. What is no GraphQL is told by who reads it whole. */
export function wantsCacheControl(text: string | undefined): boolean {
  if (text?.includes("@cacheControl") !== true) return false;
  let document: DocumentNode;
  try {
    document = parse(text, { noLocation: true });
  } catch {
    return false;
  }
  let isUsed = false;
  visit(document, {
    Directive({ name }) {
      if (name.value === "cacheControl") isUsed = true;
    },
  });
  return isUsed && !document.definitions.some(isDirective);
}

/** The extension without a definition that `generated` has already. */
export function withoutCacheControl(extension: DocumentNode, generated: GraphQLSchema): DocumentNode {
  if (generated.getDirective("cacheControl") === undefined) return extension;
  const definitions = extension.definitions.filter((node) => !isDirective(node) && !isScope(node));
  return { ...extension, definitions };
}

function isDirective(node: DocumentNode["definitions"][number]): boolean {
  return node.kind === Kind.DIRECTIVE_DEFINITION && node.name.value === "cacheControl";
}

function isScope(node: DocumentNode["definitions"][number]): boolean {
  return node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === "CacheControlScope";
}
