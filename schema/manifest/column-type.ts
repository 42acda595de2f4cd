/**
 * Column types of a manifest: `string`, `decimal(12,2)`, `array<string>`, `struct<street:string,zip:string>` …
 * `readColumnType` and `printColumnType` are inverse: printing a read type gives its canonical spelling.
 */
export type ColumnType =
  | { readonly kind: ScalarKind }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "array"; readonly items: ColumnType }
  | { readonly kind: "map"; readonly keys: ColumnType; readonly values: ColumnType }
  | { readonly kind: "struct"; readonly fields: readonly { readonly name: string; readonly type: ColumnType }[] };

export type ScalarKind =
  | "string"
  | "uuid"
  | "integer"
  | "long"
  | "double"
  | "boolean"
  | "date"
  | "time"
  | "timestamp"
  | "json"
  | "binary";
