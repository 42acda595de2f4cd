/** A column with `enum:` as a GraphQL enum. */
import type { Field } from "#schema";

export interface ColumnEnum {
  readonly name: string;
  readonly values: readonly { readonly name: string; readonly raw: string }[];
}

const reserved = new Set(["true", "false", "null"]);

/**
 * The enum of a column, or undefined when its values do not become distinct GraphQL names, in which case the column stays
 * a String. Personal data stay a String too: a mask could not be written as one of the values.
 */
export function columnEnum(name: string, field: Field): ColumnEnum | undefined {
  if (field.enum === undefined || field.enum.length === 0) return undefined;
  if (field.type.kind !== "string" || field.pii !== undefined) return undefined;
  const values = field.enum.map((raw) => ({ name: enumValueName(raw), raw }));
  const names = new Set(values.map((value) => value.name));
  if (names.size !== values.length || names.has(undefined)) return undefined;
  return {
    name,
    values: values.flatMap((value) => (value.name === undefined ? [] : [{ ...value, name: value.name }])),
  };
}

/** `Second Class` → `SECOND_CLASS`; undefined when letters would be lost. */
function enumValueName(raw: string): string | undefined {
  const name = raw
    .trim()
    .replaceAll(/[\s./&+-]+/g, "_")
    .toUpperCase();
  if (!/^[A-Z_][A-Z0-9_]*$/.test(name) || name.startsWith("__") || reserved.has(name.toLowerCase())) return undefined;
  return name;
}
