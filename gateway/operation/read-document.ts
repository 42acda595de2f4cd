/**
 * A client's text → a document that fits the API schema.
 * In: text. Out: a checked document, or the request errors to answer with. Next: `prepare-operation.ts`.
 */
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { DeferRule } from "../plan/defer.ts";
import { PurposeRule } from "../plan/purpose.ts";
import { checkLimits, type OperationLimits } from "./limits.ts";
import { type OperationRejected, rejectWith } from "./operation-rejected.ts";
import { OverlappingFieldsRule } from "./overlapping-fields.ts";

export type ReadDocument = { readonly kind: "document"; readonly document: DocumentNode } | OperationRejected;

export interface ReadDocumentOptions {
  readonly limits: OperationLimits;
  /** Whether clients may ask for the schema. When they may not, messages name no fields they did not name. */
  readonly introspection: boolean;
}

const maxReportedErrors = 20;

/** Of the specification; one of graphql-js' takes too long for what the limits allow. */
const specRules = specifiedRules.map((rule) =>
  rule === OverlappingFieldsCanBeMergedRule ? OverlappingFieldsRule : rule,
);

/** Codes `MAX_…_LIMIT`, `GRAPHQL_PARSE_FAILED`, `GRAPHQL_VALIDATION_FAILED`. */
export function readDocument(text: string, schema: GraphQLSchema, options: ReadDocumentOptions): ReadDocument {
  const { limits, introspection } = options;
  const tooLong = checkBytes(text, limits.maxBytes);
  if (tooLong !== undefined) return tooLong;
  try {
    const document = parse(text, { maxTokens: limits.maxTokens });
    return checkLimits(document, limits) ?? validateDocument(document, schema, introspection);
  } catch (error) {
    if (error instanceof GraphQLError) return rejectWith("GRAPHQL_PARSE_FAILED", [error]);
    // Parser and validation are recursive: nesting beyond the stack is the text's fault, whatever the limits allow.
    if (error instanceof RangeError)
      return rejectWith("GRAPHQL_PARSE_FAILED", [{ message: "The operation nests too deep" }]);
    throw error;
  }
}

/** Code `MAX_BYTES_LIMIT`. A code unit is at most three bytes of UTF-8, so most texts need not be measured. */
export function checkBytes(text: string, maxBytes: number): OperationRejected | undefined {
  if (text.length * 3 <= maxBytes) return undefined;
  if (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes) return undefined;
  const message = `The operation's text is longer than the ${maxBytes} bytes that are allowed`;
  return rejectWith("MAX_BYTES_LIMIT", [{ message }]);
}

function validateDocument(document: DocumentNode, schema: GraphQLSchema, introspection: boolean): ReadDocument {
  const rules = [...specRules, DeferRule, PurposeRule, ...(introspection ? [] : [NoSchemaIntrospectionCustomRule])];
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
