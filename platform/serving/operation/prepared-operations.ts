/** Operations by text: parsed, validated and asked how long their answers may be kept, once. */
import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, validate } from "graphql";
import { LRUCache } from "lru-cache";
import { type LifetimeByName, type LifetimeFacts, lifetimesOf } from "../lifetime/operation-lifetime.ts";

export type PreparedOperation =
  | { readonly kind: "ready"; readonly document: DocumentNode; readonly lifetimes: LifetimeByName }
  | { readonly kind: "refused"; readonly errors: readonly GraphQLError[] };

const maxOperations = 1_000;
/** Characters of query text over all remembered operations. */
const maxTotalCharacters = 5_000_000;
/** Tokens that one operation may have; parsing stops there. */
const maxTokens = 20_000;

/** Bounded by number and by size; refused operations are remembered too, they cost as much to refuse again. */
export function createPreparedOperations(
  schema: GraphQLSchema,
  lifetimes: LifetimeFacts,
): (query: string) => PreparedOperation {
  const prepared = new LRUCache<string, PreparedOperation>({
    max: maxOperations,
    maxSize: maxTotalCharacters,
    sizeCalculation: (_, query) => query.length + 1,
  });
  return (query) => {
    let operation = prepared.get(query);
    if (operation === undefined) {
      operation = prepareOperation(schema, query, lifetimes);
      prepared.set(query, operation);
    }
    return operation;
  };
}

function prepareOperation(schema: GraphQLSchema, query: string, lifetimes: LifetimeFacts): PreparedOperation {
  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens });
  } catch (error) {
    if (error instanceof GraphQLError) return { kind: "refused", errors: [withCode(error, "GRAPHQL_PARSE_FAILED")] };
    throw error;
  }
  const errors = validate(schema, document);
  if (errors.length === 0) return { kind: "ready", document, lifetimes: lifetimesOf(document, lifetimes) };
  return { kind: "refused", errors: errors.map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED")) };
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes = null, source = null, positions = null } = error;
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
