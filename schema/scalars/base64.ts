import type { GraphQLScalarType } from "graphql";
import { textScalar } from "./text-scalar.ts";

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Bytes as base64 with padding (RFC 4648 section 4). */
export const Base64Scalar: GraphQLScalarType<string, string> = textScalar({
  name: "Base64",
  description: "Bytes as base64 with padding (RFC 4648 section 4).",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc4648#section-4",
  expected: "base64 with padding",
  canonical: (text) => (BASE64.test(text) ? text : undefined),
  fromResult: (value) => (value instanceof Uint8Array ? Buffer.from(value).toString("base64") : undefined),
});
