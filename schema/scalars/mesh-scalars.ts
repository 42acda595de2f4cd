import type { GraphQLScalarType } from "graphql";
import type { ColumnType } from "../manifest/column-type.ts";
import { Base64Scalar } from "./base64.ts";
import { BigIntScalar } from "./big-int.ts";
import { DateScalar } from "./date.ts";
import { DateTimeScalar } from "./date-time.ts";
import { DecimalScalar } from "./decimal.ts";
import { JsonScalar } from "./json.ts";
import { TimeScalar } from "./time.ts";
import { UuidScalar } from "./uuid.ts";

/** The mesh's own scalars by GraphQL name. */
export const meshScalars = {
  Decimal: DecimalScalar,
  Date: DateScalar,
  DateTime: DateTimeScalar,
  Time: TimeScalar,
  BigInt: BigIntScalar,
  JSON: JsonScalar,
  UUID: UuidScalar,
  Base64: Base64Scalar,
} as const satisfies Readonly<Record<string, GraphQLScalarType>>;

/**
 * The GraphQL scalar of a column: the mesh's own or a built-in one. An array's is that of its innermost items; a map or a
 * struct is `JSON`, as is an array of them.
 */
export function scalarNameOf(type: ColumnType): string {
  switch (type.kind) {
    case "string":
      return "String";
    case "integer":
      return "Int";
    case "double":
      return "Float";
    case "boolean":
      return "Boolean";
    case "long":
      return "BigInt";
    case "decimal":
      return "Decimal";
    case "date":
      return "Date";
    case "time":
      return "Time";
    case "timestamp":
      return "DateTime";
    case "uuid":
      return "UUID";
    case "binary":
      return "Base64";
    case "json":
    case "map":
    case "struct":
      return "JSON";
    case "array":
      return scalarNameOf(type.items);
  }
}

/** The GraphQL type as printed, nullable: `String`, `[String]` for `array<string>`, `[[Int]]` for arrays of arrays. */
export function graphqlTypeOf(type: ColumnType): string {
  return type.kind === "array" ? `[${graphqlTypeOf(type.items)}]` : scalarNameOf(type);
}
