/** Takes erased persons out of a product's tables, inside a draft. */
import type { LinkedProduct } from "#schema";
import { dropStagedTable } from "../ingestion/staged-table.ts";
import { quoteName } from "../storage/layout.ts";
import type { Draft, SqlSession } from "../storage/port.ts";
import { type Identities, type Identity, type IdentityColumn, stagedIdentities } from "./identities.ts";
import type { Matchers } from "./tombstones.ts";

/** What a product must know of erasures. */
export interface Erasures {
  readonly identities: Identities;
  readonly tombstones: Matchers;
  /** A rejected row as it was, where it is kept sealed. */
  readonly openRejected?: ((raw: string) => string) | undefined;
}

type Named = Pick<IdentityColumn, "column" | "identity" | "whenErased">;

/** Deletes the rows whose columns name somebody who was erased, or clears the name; resolves with how many rows. */
export async function forgetRows(
  session: SqlSession,
  table: string,
  columns: readonly Named[],
  { tombstones }: Erasures,
): Promise<number> {
  let forgotten = 0;
  for (const { column, identity, whenErased } of columns) {
    const isErased = tombstones.matcher(identity);
    if (isErased === undefined) continue;
    const text = `cast(${quoteName(column)} as varchar)`;
    const rows = await session.query(
      `select distinct ${text} as value from ${table} where ${quoteName(column)} is not null`,
    );
    const values = rows.map(({ value }) => String(value)).filter(isErased);
    if (values.length === 0) continue;
    const change = whenErased === "delete" ? `delete from ${table}` : `update ${table} set ${quoteName(column)} = null`;
    forgotten += await session.execute(`${change} where ${text} = any($1)`, [values]);
  }
  return forgotten;
}

/** Whether a row names somebody who was erased, so that it goes as a whole. */
export function isNamedBy(
  columns: readonly Named[],
  { tombstones }: Erasures,
): (row: Readonly<Record<string, string | null>>) => boolean {
  const matchers = columns
    .filter(({ whenErased }) => whenErased === "delete")
    .flatMap(({ column, identity }) => {
      const isErased = tombstones.matcher(identity);
      return isErased === undefined ? [] : [{ column, isErased }];
    });
  return (row) => matchers.some(({ column, isErased }) => row[column] != null && isErased(row[column]));
}

/** The identities of an output's columns. */
export function outputIdentities({ identities }: Erasures, product: string, output: string): readonly IdentityColumn[] {
  return identities.columns.filter((it) => it.product === product && it.output === output);
}

/** Deletes them from what is kept of an input, and the rows in quarantine that hold one of them anywhere. */
export async function forgetStaged(
  draft: Draft,
  product: LinkedProduct,
  input: string,
  erasures: Erasures,
): Promise<number> {
  const [kept] = await draft.query(`select state from ${draft.layout.inputs} where input = $1`, [input]);
  if (kept === undefined) return 0;
  const columns = (JSON.parse(String(kept.state)) as [string, string][]).map(([name]) => name);
  const named = stagedIdentities(erasures.identities, product, input).filter(({ column }) => columns.includes(column));
  return forgetRows(draft, draft.layout.staged(input), named, erasures);
}

/** What the product's rows may name. */
export function identitiesOf(product: LinkedProduct, { identities }: Erasures): ReadonlySet<Identity> {
  const { name } = product.manifest.metadata;
  return new Set([
    ...identities.columns.filter((it) => it.product === name).map(({ identity }) => identity),
    ...product.manifest.inputs.flatMap((input) =>
      stagedIdentities(identities, product, input.name).map(({ identity }) => identity),
    ),
  ]);
}

/** Deletes rows in quarantine that hold a value of somebody who was erased; resolves with how many. */
export async function forgetQuarantined(draft: Draft, product: LinkedProduct, erasures: Erasures): Promise<number> {
  const identities = identitiesOf(product, erasures);
  const matchers = [...identities].flatMap((identity) => erasures.tombstones.matcher(identity) ?? []);
  if (matchers.length === 0) return 0;
  const rows = await draft.query(`select distinct raw from ${draft.layout.quarantine} where raw is not null`);
  const raws = rows
    .map(({ raw }) => String(raw))
    .filter((raw) =>
      valuesIn(erasures.openRejected?.(raw) ?? raw).some((value) => matchers.some((isErased) => isErased(value))),
    );
  if (raws.length === 0) return 0;
  return draft.execute(`delete from ${draft.layout.quarantine} where raw = any($1)`, [raws]);
}

/** What of another product is kept is read anew as a whole: rows that are derived from the person's may be among it. */
export async function forgetUpstreams(draft: Draft, product: LinkedProduct): Promise<void> {
  for (const { input } of product.productInputs) await dropStagedTable(draft, input.name);
}

/** Everything in a rejected row that could be a value of its own: a JSON document's leaves, the cells of a line. */
function valuesIn(raw: string): readonly string[] {
  const cells = raw.split(/[,;|\t"{}[\]]/).flatMap((cell) => [cell.trim(), cell.trim().replace(/^:\s*/, "")]);
  return [...new Set(cells.filter((cell) => cell !== ""))];
}
