/**
 * `governance.retention` on the rows of one output: older ones are deleted, moved to the archive, or anonymised: personal
 * columns become null, or a neutral value where there must be one. A column of the key stays, as rows of others may refer to
 * it: who wants that gone deletes.
 *
 * It is part of every publish, so what a source still has does not come back, and of a job (`retain`) for what grows old
 * between two.
 */
import type { ColumnType, Field, LinkedProduct, TableOutput } from "#schema";
import { quoteName, quoteText } from "../storage/layout.ts";
import type { Draft } from "../storage/port.ts";
import { textOf } from "../storage/values.ts";
import type { Archive, ArchivedRow } from "./archive.ts";

export interface RetentionReport {
  readonly output: string;
  readonly action: "delete" | "anonymise" | "archive";
  /** Rows that were deleted, anonymised or archived. */
  readonly affected: number;
  /** Rows beyond their time that are still there as they were, because of a legal hold, or without a key ring to archive them with. */
  readonly overdue: number;
}

/** Empty for an output without the field on which age is measured. */
export async function applyRetention(
  draft: Draft,
  { manifest }: LinkedProduct,
  output: TableOutput,
  table: string,
  now: Date,
  archive: Pick<Archive, "add"> | undefined,
): Promise<readonly RetentionReport[]> {
  const { retention } = manifest.governance;
  const field = output.fields.find(({ name }) => name === retention?.field);
  if (retention === undefined || field === undefined) return [];
  const expired = expiredCondition(field, new Date(now.getTime() - retention.periodMs));
  if (expired === undefined) return [];
  const { action } = retention;
  const personal = output.fields.filter(({ pii, subject, key }) => (pii !== undefined || subject) && key === undefined);
  const isHeld = retention.legalHold === true || (action === "archive" && archive === undefined);
  const condition =
    action === "anonymise"
      ? `${expired} and (${personal.map((it) => `${quoteName(it.name)} is distinct from ${neutral(it, draft)}`).join(" or ") || "false"})`
      : expired;
  if (isHeld) {
    const [row] = await draft.query(`select cast(count(*) as integer) as overdue from ${table} where ${condition}`);
    return [{ output: output.name, action, affected: 0, overdue: Number(row?.overdue ?? 0) }];
  }
  if (action === "archive")
    await archive?.add(output.name, await rowsOf(draft, output, table, condition), identityOf(output), now);
  const affected =
    action === "anonymise"
      ? personal.length === 0
        ? 0
        : await draft.execute(
            `update ${table} set ${personal.map((it) => `${quoteName(it.name)} = ${neutral(it, draft)}`).join(", ")} where ${condition}`,
          )
      : await draft.execute(`delete from ${table} where ${condition}`);
  return [{ output: output.name, action, affected, overdue: 0 }];
}

async function rowsOf(
  draft: Draft,
  output: TableOutput,
  table: string,
  condition: string,
): Promise<readonly ArchivedRow[]> {
  const rows = await draft.query(
    `select ${output.fields.map(({ name }) => quoteName(name)).join(", ")} from ${table} where ${condition}`,
    [],
    new Map(output.fields.map(({ name, type }) => [name, type])),
  );
  return rows.map((row) => Object.fromEntries(output.fields.map(({ name, type }) => [name, textOf(row[name], type)])));
}

/** Sealed values differ from one publish to the next, so they tell no rows apart. */
function identityOf({ key, fields }: TableOutput): readonly string[] {
  return key.length > 0 ? key : fields.filter(({ encrypt }) => encrypt !== true).map(({ name }) => name);
}

/** Undefined for a column that has no age. */
function expiredCondition({ name, type }: Field, before: Date): string | undefined {
  const instant = before.toISOString();
  if (type.kind === "date") return `${quoteName(name)} < cast(${quoteText(instant.slice(0, 10))} as date)`;
  if (type.kind === "timestamp") return `${quoteName(name)} < cast(${quoteText(instant)} as timestamptz)`;
  return undefined;
}

/** Null where that may be, else what tells nothing. */
function neutral({ type, required }: Field, draft: Draft): string {
  const text = required ? neutralText(type) : undefined;
  return `cast(${text === undefined ? "null" : quoteText(text)} as ${draft.typeName(type)})`;
}

function neutralText(type: ColumnType): string | undefined {
  switch (type.kind) {
    case "string":
      return "***";
    case "uuid":
      return "00000000-0000-0000-0000-000000000000";
    case "integer":
    case "long":
    case "double":
    case "decimal":
      return "0";
    case "boolean":
      return "false";
    case "date":
      return "1970-01-01";
    case "time":
      return "00:00:00";
    case "timestamp":
      return "1970-01-01T00:00:00Z";
    case "json":
    case "map":
    case "struct":
    case "array":
    case "binary":
      return undefined;
  }
}
