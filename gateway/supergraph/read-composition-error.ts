/**
 * Apollo's composition errors → `CompositionError`. Apollo names subgraphs in three ways: a `[name] ` prefix, the
 * `subgraph` of an AST node, and quoted names in the sentence; only names of composed products are taken.
 */
import type { GraphQLError } from "graphql";
import type { CompositionError } from "./composition-error.ts";

const advice: Readonly<Record<string, string>> = {
  INVALID_FIELD_SHARING:
    "One product owns a field: take it out of the others, or mark it @shareable wherever all of them really answer the same",
  FIELD_TYPE_MISMATCH: "Give the field one type in all of them, or let one product own it",
  FIELD_ARGUMENT_TYPE_MISMATCH: "Give the argument one type in all of them",
  INPUT_FIELD_TYPE_MISMATCH: "Give the input field one type in all of them",
  TYPE_KIND_MISMATCH: "One name is one kind of type in the whole mesh: rename one of them",
  SATISFIABILITY_ERROR: "Let both products declare a @key on fields that both can give",
  KEY_INVALID_FIELDS: "A @key names fields of its own type",
  KEY_FIELDS_SELECT_INVALID_TYPE: "A @key names fields that are no lists, interfaces or unions",
  KEY_FIELDS_HAS_ARGS: "A @key names fields without arguments",
  REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH: "Declare the argument in all of them, or make it optional",
  REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH: "Declare the input field in all of them, or make it optional",
  EMPTY_MERGED_ENUM_TYPE: "Declare at least one common value in all of them",
  ENUM_VALUE_MISMATCH: "An enum that is both input and output has the same values in all of them",
  NO_QUERIES: "At least one product needs a root field",
};

/** Errors about the same thing at several places stay one error with several places. */
export function readCompositionError(error: GraphQLError, products: readonly string[]): CompositionError {
  const code = typeof error.extensions.code === "string" ? error.extensions.code : "COMPOSITION_ERROR";
  const prefix = /^\[([^\]]+)\] /.exec(error.message);
  const reason = prefix === null ? error.message : error.message.slice(prefix[0].length);
  const places = (error.nodes ?? []).flatMap((node) => {
    const product = subgraphOf(node);
    const token = node.loc?.startToken;
    return product === undefined || token === undefined ? [] : [{ product, line: token.line, column: token.column }];
  });
  const named = new Set([...(prefix === null ? [] : [prefix[1] ?? ""]), ...places.map(({ product }) => product)]);
  for (const product of products) if (reason.includes(`"${product}"`)) named.add(product);
  return {
    code,
    products: products.filter((product) => named.has(product)).sort(),
    coordinate: coordinateIn(reason, code),
    reason,
    advice: advice[code],
    places,
  };
}

/** Text that graphql's parser refuses. */
export function readSyntaxError(error: GraphQLError, product: string): CompositionError {
  const [location] = error.locations ?? [];
  return {
    code: "SDL_SYNTAX_ERROR",
    products: [product],
    coordinate: undefined,
    reason: error.message,
    advice: undefined,
    places: location === undefined ? [] : [{ product, ...location }],
  };
}

// Composition adds the subgraph's name to the nodes it reports; graphql's type does not know of it.
function subgraphOf(node: object): string | undefined {
  const { subgraph } = node as { readonly subgraph?: unknown };
  return typeof subgraph === "string" ? subgraph : undefined;
}

/** The first quoted `Type.field`, `Type.field(arg:)` or, for the codes that speak of types, `Type`. */
function coordinateIn(reason: string, code: string): string | undefined {
  const field = /"@?([A-Za-z_]\w*\.[A-Za-z_]\w*(?:\([A-Za-z_]\w*:\))?)"/.exec(reason);
  if (field !== null) return field[1];
  if (code === "SATISFIABILITY_ERROR") {
    return /cannot find field "([A-Za-z_]\w*\.[A-Za-z_]\w*)"/.exec(reason)?.[1];
  }
  return /[Tt]ype "([A-Za-z_]\w*)"/.exec(reason)?.[1] ?? /[Tt]ype ([A-Z]\w*)/.exec(reason)?.[1];
}
