/** Which columns may be compared, added up and cut to calendar units. */
import type { ColumnType } from "#schema";

/** Types whose values have an order that both engines agree on. */
export function isComparable(type: ColumnType): boolean {
  switch (type.kind) {
    case "string":
    case "uuid":
    case "integer":
    case "long":
    case "double":
    case "decimal":
    case "boolean":
    case "date":
    case "time":
    case "timestamp":
      return true;
    case "json":
    case "binary":
    case "array":
    case "map":
    case "struct":
      return false;
  }
}

/** Types that can be added up. */
export function isNumeric(type: ColumnType): boolean {
  return type.kind === "integer" || type.kind === "long" || type.kind === "double" || type.kind === "decimal";
}

/** Types with a calendar part that can be cut to a month, a year, … */
export function isCalendar(type: ColumnType): boolean {
  return type.kind === "date" || type.kind === "timestamp";
}

/** What `min` and `max` are offered for. */
export function isMeasure(type: ColumnType): boolean {
  return isNumeric(type) || isCalendar(type);
}
