/**
 * References → relations with names in the graph.
 *
 * To one: the column without `_id` or `_key` (`buyer_id` → `buyer`), else the referenced type (`customer`). To many: the
 * plural of the many side's type (`orders`). Where a name is taken by a column, or two relations would share it, all of
 * them take the longer one (`buyerCustomer`, `ordersByBuyer`); no name depends on which relation came first. When even
 * that is taken, the relation is left out with a finding.
 */
import { camelCase, pascalCase } from "../../names/case.ts";
import type { Relation } from "../mesh-model.ts";
import { type Linking, outputPath, reportAt } from "./linking.ts";
import type { NamedTable } from "./name-tables.ts";
import type { ResolvedReference } from "./resolve-references.ts";

/** Finding: `name-collision`. */
export function nameRelations(references: readonly ResolvedReference[], linking: Linking): readonly Relation[] {
  const toOne = chooseNames(references, toOneCandidates, (reference) => reference.many);
  const toMany = chooseNames(
    references,
    (reference) => toManyCandidates(reference, toOne.get(reference)),
    (reference) => reference.one,
    // A to-one relation of the type is a field of it as well.
    (table) => references.flatMap((reference) => (reference.many === table ? (toOne.get(reference) ?? []) : [])),
  );
  return references.flatMap((reference) => {
    const toOneName = toOne.get(reference);
    const toManyName = toMany.get(reference);
    if (toOneName !== undefined && toManyName !== undefined) return [relationOf(reference, toOneName, toManyName)];
    reportCollision(reference, toOneName === undefined ? reference.many : reference.one, linking);
    return [];
  });
}

function toOneCandidates({ field, many, one }: ResolvedReference): readonly string[] {
  const stem = field.name.replace(/_(id|key)$/i, "");
  const type = camelCase(one.typeName);
  const written = camelCase(stem);
  const [column = written] = many.fields.filter((candidate) => candidate.field === field).map(({ name }) => name);
  const first = stem === field.name ? type : written;
  return [first, `${written}${pascalCase(one.typeName)}`, `${type}By${pascalCase(column)}`];
}

function toManyCandidates({ many, field }: ResolvedReference, toOneName: string | undefined): readonly string[] {
  return [
    many.pluralName,
    `${many.pluralName}By${pascalCase(toOneName ?? field.name)}`,
    `${many.pluralName}By${pascalCase(field.name)}`,
  ];
}

/** For each reference the first candidate that no field and no other reference of the same type wants. */
function chooseNames(
  references: readonly ResolvedReference[],
  candidatesOf: (reference: ResolvedReference) => readonly string[],
  typeOf: (reference: ResolvedReference) => NamedTable,
  furtherFields: (table: NamedTable) => readonly string[] = () => [],
): ReadonlyMap<ResolvedReference, string> {
  const chosen = new Map<ResolvedReference, string>();
  for (const [table, siblings] of Map.groupBy(references, typeOf)) {
    const taken = new Set([...table.fields.map(({ name }) => name), ...furtherFields(table)]);
    let open: readonly ResolvedReference[] = siblings;
    for (let round = 0; round < 3 && open.length > 0; round++) {
      const wantedBy = Map.groupBy(open, (reference) => candidatesOf(reference)[round] ?? "");
      const won = [...wantedBy].filter(([name, wanting]) => wanting.length === 1 && !taken.has(name));
      for (const [name, [reference]] of won) {
        if (reference === undefined) continue;
        chosen.set(reference, name);
        taken.add(name);
      }
      open = open.filter((reference) => !chosen.has(reference));
    }
  }
  return chosen;
}

function relationOf(reference: ResolvedReference, toOneName: string, toManyName: string): Relation {
  const { manyProduct, many, field, oneProduct, one, oneKey } = reference;
  return {
    manyProduct,
    manyTable: many.output.name,
    manyColumn: field.name,
    oneProduct,
    oneTable: one.output.name,
    oneTypeName: one.typeName,
    oneKeyColumn: oneKey.field.name,
    oneKeyName: oneKey.name,
    toOneName,
    toManyName,
    nullable: !field.required,
  };
}

function reportCollision({ manyProduct, many, field }: ResolvedReference, table: NamedTable, linking: Linking): void {
  const manifest = linking.known.get(manyProduct);
  if (manifest === undefined) return;
  const path = [...outputPath(manifest, many.output.name, field.name), "references"];
  const message = `The relation of \`${many.output.name}.${field.name}\` finds no free name on the type \`${table.typeName}\`; give the columns in its way another \`graphql.name\`.`;
  reportAt(linking, manifest, "error", "name-collision", path, message);
}
