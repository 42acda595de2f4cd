/**
 * Which columns of a mesh name the same thing: a customer, an order. A column names what it references, over any number of
 * steps; a column that references nothing names its own kind. Whoever erases a person follows them: from the person to the
 * rows that name the person, from those rows' keys to the rows that name them.
 */
import type { LinkedProduct, MeshModel, TableOutput } from "#schema";

/** What a column names, `customers/customers.customer_id`. */
export type Identity = string;

export interface IdentityColumn {
  readonly product: string;
  readonly output: string;
  readonly column: string;
  readonly identity: Identity;
  /** The output's whole key, of its own kind: other columns may reference it. */
  readonly isOwn: boolean;
  /**
   * What becomes of a row when the one whom this column names is erased: it goes, or, being another person's row, only
   * forgets the name.
   */
  readonly whenErased: "delete" | "clear";
}

export interface Identities {
  /** Columns that name a person, or something that others name, in the order in which products are ingested. */
  readonly columns: readonly IdentityColumn[];
  /** What persons are: the identities of `subject` columns. */
  readonly subjects: ReadonlySet<Identity>;
}

export function readIdentities(mesh: MeshModel): Identities {
  const identityOf = (product: string, output: string, column: string, steps = 0): Identity => {
    const own = `${product}/${output}.${column}`;
    const linked = mesh.products.get(product);
    const table = linked?.tables.find((candidate) => candidate.output.name === output);
    if (linked === undefined || table === undefined || steps > 20) return own;
    const relation = table.toOne.find(({ manyColumn }) => manyColumn === column);
    if (relation !== undefined) {
      return identityOf(relation.oneProduct, relation.oneTable, relation.oneKeyColumn, steps + 1);
    }
    const isSubject = table.output.fields.some(({ name, subject }) => name === column && subject);
    const from = isSubject ? upstreamColumn(mesh, linked, column) : undefined;
    return from === undefined ? own : identityOf(from.product, from.output, column, steps + 1);
  };

  const all = mesh.ingestionOrder.flatMap((product): (IdentityColumn & { readonly subject: boolean })[] =>
    (mesh.products.get(product)?.tables ?? []).flatMap(({ output, toOne }) =>
      output.fields
        .filter(
          ({ name, subject }) =>
            subject || isWholeKey(output, name) || toOne.some(({ manyColumn }) => manyColumn === name),
        )
        .map(({ name, subject, required, key }) => {
          const identity = identityOf(product, output.name, name);
          const isOwn = isWholeKey(output, name) && identity === `${product}/${output.name}.${name}`;
          const isOfAnother = output.fields.some((it) => it.subject && it.name !== name) && !subject && !isOwn;
          const whenErased = isOfAnother && !required && key === undefined ? ("clear" as const) : ("delete" as const);
          return { product, output: output.name, column: name, identity, isOwn, whenErased, subject };
        }),
    ),
  );
  return {
    columns: all.map(({ subject: _subject, ...column }) => column),
    subjects: new Set(all.filter(({ subject }) => subject).map(({ identity }) => identity)),
  };
}

function isWholeKey({ key }: TableOutput, column: string): boolean {
  return key.length === 1 && key[0] === column;
}

/** A composite product's subject column comes from the product that it reads, where that has one of the same name. */
function upstreamColumn(
  mesh: MeshModel,
  { productInputs }: LinkedProduct,
  column: string,
): { readonly product: string; readonly output: string } | undefined {
  return productInputs.find(({ product, output }) =>
    mesh.products
      .get(product)
      ?.tables.some((table) => table.output.name === output && table.output.fields.some(({ name }) => name === column)),
  );
}

/** Identities of the staged columns of an input: by the upstream's columns, or by name in the product's own outputs. */
export function stagedIdentities(
  identities: Identities,
  product: LinkedProduct,
  input: string,
): readonly Pick<IdentityColumn, "column" | "identity" | "whenErased">[] {
  const name = product.manifest.metadata.name;
  const link = product.productInputs.find((linked) => linked.input.name === input);
  const here = identities.columns.filter((it) => it.product === name);
  const there = identities.columns.filter((it) => it.product === link?.product && it.output === link.output);
  // The same column in several outputs names the same thing.
  return [...new Map([...here, ...there].map((it) => [it.column, it])).values()];
}
