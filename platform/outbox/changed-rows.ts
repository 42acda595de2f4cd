/**
 * Which rows of an output are others than in the version before.
 *
 *   former ─┐ both by key ─▶ key here only: deleted │ there only: created │ a value differs: updated
 *   coming ─┘
 *
 * Both are compared by the engine itself, inside the draft: nothing is read but the keys of rows that differ. NULL is a
 * value like any other (`is distinct from`). What engines take for different may look equal in the graph (JSON with other
 * blanks): a change too many is told, never one too few. Cost: a hash join of both tables, or without a key a multiset
 * difference; for a million rows of six columns 0.2 s in DuckDB and 0.6 s in PostgreSQL, on two cores.
 */
import type { ColumnType, TableOutput } from "#schema";
import { storedOutput } from "../sealing/sealed-columns.ts";
import { quoteName } from "../storage/layout.ts";
import type { Draft, Row } from "../storage/port.ts";

interface ChangedRow {
  readonly change: "created" | "updated" | "deleted";
  /** Values of the key columns. */
  readonly key: Row;
}

export type Changes =
  | { readonly kind: "none" }
  /** Any row may have changed: nobody can say which, or too many have. */
  | { readonly kind: "any" }
  | { readonly kind: "rows"; readonly rows: readonly ChangedRow[] };

/** The former version is the published one, so its table is there if it had the output. `limit`: of rows told one by one. */
export async function changedRows(
  draft: Draft,
  output: TableOutput,
  formerVersion: number,
  limit: number,
): Promise<Changes> {
  const former = draft.layout.output(output.name, formerVersion);
  const coming = draft.layout.output(output.name, draft.version);
  if (!(await hasEqualColumns(draft, former, coming))) return any;
  const isSealed = output.fields.some(({ encrypt }) => encrypt === true);
  if (output.key.length > 0 && !isSealed) return compareByKey(draft, output, former, coming, limit);
  return (await hasEqualRows(draft, output, former, coming)) ? none : any;
}

const none: Changes = { kind: "none" };
const any: Changes = { kind: "any" };

async function hasEqualColumns(draft: Draft, former: string, coming: string): Promise<boolean> {
  const columnsOf = async (table: string): Promise<string> => {
    await draft.work("mesh.columns", `select * from ${table} limit 0`);
    const columns = await draft.workColumns("mesh.columns");
    return JSON.stringify(columns.map(({ name, type }) => [name, type]).sort());
  };
  return (await columnsOf(former)) === (await columnsOf(coming));
}

async function compareByKey(
  draft: Draft,
  { key, fields }: TableOutput,
  former: string,
  coming: string,
  limit: number,
): Promise<Changes> {
  const names = key.map(quoteName);
  const isThere = (table: "f" | "n"): string => `${table}.${names[0]} is not null`;
  const differs = fields
    .filter(({ name }) => !key.includes(name))
    .map(({ name }) => `f.${quoteName(name)} is distinct from n.${quoteName(name)}`);
  const change = quoteName("mesh.change");
  const columns = names.map((name) => `coalesce(n.${name}, f.${name}) as ${name}`);
  const rows = await draft.query(
    `select ${columns.join(", ")}, case when not (${isThere("f")}) then 'created' when not (${isThere("n")}) then 'deleted' else 'updated' end as ${change}
     from ${former} as f full join ${coming} as n on ${names.map((name) => `f.${name} = n.${name}`).join(" and ")}
     where ${[`not (${isThere("f")})`, `not (${isThere("n")})`, ...differs].join(" or ")}
     order by ${names.join(", ")} limit ${limit + 1}`,
    [],
    new Map<string, ColumnType>([
      ...fields.filter(({ name }) => key.includes(name)).map(({ name, type }) => [name, type] as const),
      ["mesh.change", { kind: "string" }],
    ]),
  );
  if (rows.length > limit) return any;
  if (rows.length === 0) return none;
  return {
    kind: "rows",
    rows: rows.map(({ "mesh.change": said, ...row }) => ({ change: said as ChangedRow["change"], key: row })),
  };
}

/** As multisets. Sealed values differ from one publication to the next, unless they were copied as they are. */
async function hasEqualRows(draft: Draft, output: TableOutput, former: string, coming: string): Promise<boolean> {
  const columns = storedOutput(output)
    .fields.map(({ name }) => quoteName(name))
    .join(", ");
  const countOf = async (table: string): Promise<number> => {
    const [row] = await draft.query(
      `select count(*) as rows from ${table}`,
      [],
      new Map([["rows", { kind: "integer" }]]),
    );
    return Number(row?.rows);
  };
  if ((await countOf(former)) !== (await countOf(coming))) return false;
  // Of two multisets of one size, neither has what the other has not if one of them has not.
  const others = await draft.query(
    `select 1 as other from (select ${columns} from ${former} except all select ${columns} from ${coming}) as others limit 1`,
  );
  return others.length === 0;
}
