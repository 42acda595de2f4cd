/**
 * A client's text → a document that fits the API schema.
 * In: text. Out: a checked document, or the request errors to answer with. Next: `prepare-operation.ts`.
 */
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { checkLimits, type OperationLimits } from "./limits.ts";
import { type OperationRejected, rejectWith } from "./operation-rejected.ts";

export type ReadDocument = { readonly kind: "document"; readonly document: DocumentNode } | OperationRejected;

export interface ReadDocumentOptions {
  readonly limits: OperationLimits;
  /** Whether clients may ask for the schema. When they may not, messages name no fields they did not name. */
  readonly introspection: boolean;
}

const maxReportedErrors = 20;

/** Codes `GRAPHQL_PARSE_FAILED`, `MAX_…_LIMIT`, `GRAPHQL_VALIDATION_FAILED`. */
export function readDocument(text: string, schema: GraphQLSchema, options: ReadDocumentOptions): ReadDocument {
  const parsed = parseDocument(text, options.limits.maxTokens);
  if (parsed.kind === "rejected") return parsed;
  const beyond = checkLimits(parsed.document, options.limits);
  if (beyond !== undefined) return beyond;
  return validateDocument(parsed.document, schema, options.introspection);
}

function parseDocument(text: string, maxTokens: number): ReadDocument {
  try {
    return { kind: "document", document: parse(text, { maxTokens }) };
  } catch (error) {
    if (error instanceof GraphQLError) return rejectWith("GRAPHQL_PARSE_FAILED", [error]);
    // The parser is recursive: nesting beyond the stack is the text's fault, whatever maxTokens allows.
    if (error instanceof RangeError)
      return rejectWith("GRAPHQL_PARSE_FAILED", [{ message: "The operation nests too deep" }]);
    throw error;
  }
}

function validateDocument(document: DocumentNode, schema: GraphQLSchema, introspection: boolean): ReadDocument {
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const errors = validate(schema, document, rules, { maxErrors: maxReportedErrors });
  if (errors.length === 0) return { kind: "document", document };
  if (introspection) return rejectWith("GRAPHQL_VALIDATION_FAILED", errors);
  return rejectWith(
    "GRAPHQL_VALIDATION_FAILED",
    errors.map((error) => {
      const message = error.message.replace(/ Did you mean .*$/s, "");
      const isIntrospection = error.message.startsWith("GraphQL introspection has been disabled");
      return new GraphQLError(isIntrospection ? "Introspection is switched off" : message, {
        ...(error.nodes === undefined ? {} : { nodes: error.nodes }),
        extensions: isIntrospection ? { validationErrorCode: "INTROSPECTION_DISABLED" } : {},
      });
    }),
  );
}
