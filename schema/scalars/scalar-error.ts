import { type ASTNode, GraphQLError } from "graphql";
import type { SchemaErrorCode } from "../errors.ts";

/**
 * A wrong value at the edge of a scalar. The message says what is expected and never the value: it may be personal, and
 * errors travel to logs and to other people's screens.
 */
export function scalarError(scalar: string, expected: string, node?: ASTNode): GraphQLError {
  return new GraphQLError(`${scalar} must be ${expected}.`, {
    ...(node === undefined ? {} : { nodes: node }),
    extensions: { code: "BAD_USER_INPUT" satisfies SchemaErrorCode },
  });
}
