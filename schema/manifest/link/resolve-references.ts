/**
 * `references` of columns → the key columns they hold. A reference that leads nowhere is an error of the manifest, but it
 * costs only its relation: the column's rows are whole without it, so the product stays.
 */
import { didYouMean } from "../../names/suggest.ts";
import type { Field, Reference } from "../model.ts";
import { printColumnType } from "../read-column-type.ts";
import { type Linking, outputPath, reportAt } from "./linking.ts";
import type { NamedTable, NamedTables } from "./name-tables.ts";

/** A reference with both ends found. */
export interface ResolvedReference {
  readonly manyProduct: string;
  readonly many: NamedTable;
  readonly field: Field;
  readonly oneProduct: string;
  readonly one: NamedTable;
  readonly oneKey: NamedTable["key"][number];
}

/**
 * Findings: `unknown-product`, `wrong-domain`, `unknown-output`, `unknown-column`, `reference-to-no-key`,
 * `reference-to-part-of-key`, `reference-type`, and the warning `reference-left-out`.
 */
export function resolveReferences(tablesByProduct: NamedTables, linking: Linking): readonly ResolvedReference[] {
  return [...tablesByProduct].flatMap(([product, tables]) =>
    linking.linked.has(product)
      ? tables.flatMap((table) =>
          table.fields.flatMap(({ field }) => resolve(product, table, field, tablesByProduct, linking)),
        )
      : [],
  );
}

function resolve(
  manyProduct: string,
  many: NamedTable,
  field: Field,
  tablesByProduct: NamedTables,
  linking: Linking,
): readonly ResolvedReference[] {
  const manifest = linking.known.get(manyProduct);
  if (manifest === undefined || field.references === undefined) return [];
  const reference = field.references;
  const path = [...outputPath(manifest, many.output.name, field.name), "references"];
  const nothing = (
    code: string,
    message: string,
    level: "error" | "warning" = "error",
  ): readonly ResolvedReference[] => {
    reportAt(linking, manifest, level, code, path, message);
    return [];
  };

  const oneProduct = reference.product ?? manyProduct;
  const target = linking.known.get(oneProduct);
  if (target === undefined) {
    return nothing(
      "unknown-product",
      `The mesh has no product \`${oneProduct}\`.${didYouMean(oneProduct, linking.known.keys())}`,
    );
  }
  if (reference.domain !== undefined && reference.domain !== target.metadata.domain) {
    return nothing(
      "wrong-domain",
      `The product \`${oneProduct}\` is in the domain \`${target.metadata.domain}\`: write \`${textIn(reference, target.metadata.domain)}\`.`,
    );
  }
  if (!linking.linked.has(oneProduct)) {
    return nothing(
      "reference-left-out",
      `The product \`${oneProduct}\` is left out because of an error of its own; the graph has no relation to it until then.`,
      "warning",
    );
  }
  const tables = tablesByProduct.get(oneProduct) ?? [];
  const one = tables.find((table) => table.output.name === reference.output);
  if (one === undefined) {
    const names = tables.map((table) => table.output.name);
    return nothing(
      "unknown-output",
      `The product \`${oneProduct}\` has no table \`${reference.output}\`.${didYouMean(reference.output, names)}`,
    );
  }
  const oneField = one.fields.find((candidate) => candidate.field.name === reference.field);
  if (oneField === undefined) {
    const names = one.fields.map((candidate) => candidate.field.name);
    return nothing(
      "unknown-column",
      `The table \`${one.output.name}\` has no column \`${reference.field}\`.${didYouMean(reference.field, names)}`,
    );
  }
  const keys = one.key.map((key) => key.field.name);
  if (!one.key.includes(oneField)) {
    const hint =
      keys.length === 0 ? "the table has no key; say `key: true` at a column" : `the key is \`${keys.join(", ")}\``;
    return nothing(
      "reference-to-no-key",
      `A reference must lead to a key, and \`${one.output.name}.${reference.field}\` is none: ${hint}.`,
    );
  }
  if (keys.length > 1) {
    return nothing(
      "reference-to-part-of-key",
      `\`${reference.field}\` alone tells no rows of \`${one.output.name}\` apart (its key is \`${keys.join(", ")}\`); refer to a table with a key of one column.`,
    );
  }
  const [manyType, oneType] = [printColumnType(field.type), printColumnType(oneField.field.type)];
  if (manyType !== oneType) {
    return nothing(
      "reference-type",
      `The column is \`${manyType}\` and the key that it holds is \`${oneType}\`; give both the same type.`,
    );
  }
  return [{ manyProduct, many, field, oneProduct, one, oneKey: oneField }];
}

function textIn(reference: Reference, domain: string): string {
  return `${domain}.${reference.product}/${reference.output}.${reference.field}`;
}
