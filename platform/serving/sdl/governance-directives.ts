/** What the manifest says about a product, a table or a column, as directives. */
import type { Deprecation } from "#schema";
import type { ServedColumn, ServedProduct, ServedTable } from "../model/served-table.ts";
import { directive } from "./text.ts";

/** On object types and root fields, so that whoever reads the supergraph finds a product by any of them. */
export function productDirective(product: ServedProduct): string {
  const { name, domain, version, owner, tags, freshnessSeconds: freshness } = product;
  const said = { name, domain, version, owner, tags: tags.length === 0 ? undefined : tags, freshness };
  return directive("dataProduct", said);
}

export function tableDirectives(product: ServedProduct, table: ServedTable): string {
  return productDirective(product) + sunset(table.linked.output.deprecation);
}

/** For a field that stands for the whole table: a deprecated table deprecates it. */
export function tableFieldDirectives(product: ServedProduct, table: ServedTable): string {
  const { deprecation } = table.linked.output;
  return productDirective(product) + deprecated(deprecation) + sunset(deprecation);
}

export function columnDirectives(product: ServedProduct, column: ServedColumn): string {
  const { field } = column;
  const { inaccessible, shareable, tags } = field.graphql;
  return [
    field.pii === undefined ? "" : directive("pii", { category: field.pii, subject: field.subject ? true : undefined }),
    personDirective(column),
    derivedDirectives(product, column),
    shareable === true ? directive("shareable") : "",
    inaccessible === true ? directive("inaccessible") : "",
    ...(tags ?? []).map((name) => directive("tag", { name })),
  ].join("");
}

/** On what has a person's key as its value: whoever erases a person finds by it what is kept of that person. */
export function personDirective({ personOf }: Pick<ServedColumn, "personOf">): string {
  return personOf === undefined ? "" : directive("subject", { of: personOf });
}

/** On what has the table's columns as its members or arguments: who uses one needs the right to compare by it. */
export function columnsOfDirective(table: ServedTable): string {
  return directive("columnsOf", { type: table.typeName });
}

/** On a value computed from the column, as a sum or a group's value: it is as personal as the column. */
export function computedDirectives(product: ServedProduct, column: ServedColumn): string {
  const { pii } = column.field;
  return (pii === undefined ? "" : directive("pii", { category: pii })) + derivedDirectives(product, column);
}

function derivedDirectives(product: ServedProduct, column: ServedColumn): string {
  const { field } = column;
  const governed =
    field.pii !== undefined || field.classification === "confidential" || field.classification === "restricted";
  return [
    directive("classified", { level: field.classification }),
    governed && product.purposes.length > 0 ? directive("purpose", { names: product.purposes }) : "",
    field.since === undefined ? "" : directive("since", { version: field.since }),
    deprecated(field.deprecated),
    sunset(field.deprecated),
  ].join("");
}

function deprecated(deprecation: Deprecation | undefined): string {
  if (deprecation === undefined) return "";
  const { reason, replacedBy, sunset: end } = deprecation;
  const parts = [
    reason,
    replacedBy === undefined ? undefined : `Use ${replacedBy}.`,
    end === undefined ? undefined : `Ends on ${end.slice(0, 10)}.`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? directive("deprecated") : directive("deprecated", { reason: parts.join(" ") });
}

function sunset(deprecation: Deprecation | undefined): string {
  if (deprecation === undefined) return "";
  return directive("sunset", {
    date: deprecation.sunset,
    replacedBy: deprecation.replacedBy,
    reason: deprecation.reason,
    deprecated: deprecation.since,
    link: deprecation.link,
  });
}
