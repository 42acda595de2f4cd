/**
 * Sampled rows of a table → columns that hold personal data and do not say so. What is told is the column, the category
 * and a share: never a value, nor the shape of one.
 */
import type { ColumnType, Field } from "#schema";
import type { DetectedColumn } from "./detector.ts";
import { detectors } from "./detectors.ts";

export interface Detected {
  readonly column: string;
  readonly category: string;
  /** In words: `e-mail addresses`. */
  readonly title: string;
  /** Of the values that are not empty. */
  readonly share: number;
  readonly values: number;
}

export interface DetectionOptions {
  readonly output: string;
  /** Those that may hold something undeclared. */
  readonly fields: readonly Pick<Field, "name" | "type">[];
  /** A column is reported when at least this share of its values looks like it; 0 to 1. */
  readonly minShare: number;
  /** Fewer values than this prove nothing. */
  readonly minValues: number;
}

/** Guarantees at most one category for a column: the one that most of its values look like. */
export function detectPersonalData(
  rows: readonly Readonly<Record<string, unknown>>[],
  { output, fields, minShare, minValues }: DetectionOptions,
): readonly Detected[] {
  return fields.flatMap((field) => {
    const values = rows.flatMap((row) => textsOf(row[field.name])).filter((text) => text.trim() !== "");
    if (values.length < minValues) return [];
    const column: DetectedColumn = { name: field.name, output, isDate: isDate(field.type) };
    let found: Detected | undefined;
    for (const { category, title, test } of detectors) {
      const matches = test(column);
      if (matches === undefined) continue;
      const share = values.filter((value) => matches(value.trim())).length / values.length;
      if (share < minShare || (found !== undefined && found.share >= share)) continue;
      found = { column: field.name, category, title, share, values: values.length };
    }
    return found ?? [];
  });
}

function isDate({ kind }: ColumnType): boolean {
  return kind === "date" || kind === "timestamp" || kind === "time";
}

/** A value as people read it; of nested ones each leaf. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number" || typeof value === "bigint") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
