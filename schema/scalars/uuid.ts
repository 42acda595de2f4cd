import type { GraphQLScalarType } from "graphql";
import { textScalar } from "./text-scalar.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** UUID in lower case with hyphens (RFC 9562 section 4). */
export const UuidScalar: GraphQLScalarType<string, string> = textScalar({
  name: "UUID",
  description: "UUID, `2f1e0b9c-5a0e-4c59-9a53-0f1d7a3c8b42` (RFC 9562).",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc9562",
  expected: "a UUID with hyphens",
  canonical: (text) => (UUID.test(text) ? text.toLowerCase() : undefined),
});
