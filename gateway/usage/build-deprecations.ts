/**
 * A supergraph → what is deprecated in it.
 * In: the API schema (what clients can name) and the supergraph (who says what about it). Out: one entry per coordinate.
 * Next: `prepare-operation.ts` finds the entries that an operation touches.
 */
import {
  DEFAULT_DEPRECATION_REASON,
  type DocumentNode,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from "graphql";
import { type MeshDirectives, type ProductMark, readMeshDirectives } from "#schema";
import { readSubgraphsOf } from "../supergraph/subgraphs-of.ts";
import type { DeprecatedUse, DeprecationTable } from "./deprecation.ts";
import { earliestDate } from "./earliest-date.ts";

/**
 * Every coordinate of the API schema that GraphQL's `@deprecated` or the mesh's `@sunset` names; a type with `@sunset` is
 * a coordinate too. Where several products say when, the earliest date holds. Nothing is guessed: a date that nobody
 * gave, or a product that cannot be told because several share the coordinate, stays undefined.
 */
export function buildDeprecations(apiSchema: GraphQLSchema, supergraph: DocumentNode): DeprecationTable {
  const directives = readMeshDirectives(supergraph);
  const productOf = createProductOf(directives, supergraph);
  const table = new Map<string, DeprecatedUse>();
  const add = (coordinate: string, deprecationReason: string | null | undefined): void => {
    const said = directives.get(coordinate);
    const marks = said?.sunset ?? [];
    // Composition may put `@deprecated` into the supergraph only; the API schema keeps it where clients see it.
    const reason = deprecationReason ?? said?.deprecated;
    if (reason === undefined && marks.length === 0) return;
    const product = productOf(coordinate);
    table.set(coordinate, {
      coordinate,
      reason: firstOf([
        reason === DEFAULT_DEPRECATION_REASON ? undefined : reason,
        ...marks.map((m) => m.reason),
        reason,
      ]),
      replacement: firstOf(marks.map((mark) => mark.replacedBy)),
      deprecatedSince: earliestDate(marks.map((mark) => readDate(mark.deprecated, "start"))),
      sunset: earliestDate(marks.map((mark) => readDate(mark.date, "end"))),
      product: product?.name,
      owner: product?.owner,
      link: firstOf(marks.map((mark) => mark.link)),
    });
  };

  for (const type of Object.values(apiSchema.getTypeMap())) {
    if (type.name.startsWith("__")) continue;
    if (isEnumType(type)) {
      for (const value of type.getValues()) add(`${type.name}.${value.name}`, value.deprecationReason);
    } else if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) add(`${type.name}.${field.name}`, field.deprecationReason);
    } else if (isObjectType(type) || isInterfaceType(type)) {
      add(type.name, undefined);
      for (const field of Object.values(type.getFields())) {
        add(`${type.name}.${field.name}`, field.deprecationReason);
        for (const arg of field.args) add(`${type.name}.${field.name}(${arg.name}:)`, arg.deprecationReason);
      }
    }
  }
  return table;
}

/** The one product behind a coordinate: what it says itself, else the one subgraph that declares it. */
function createProductOf(
  directives: MeshDirectives,
  supergraph: DocumentNode,
): (coordinate: string) => Pick<ProductMark, "name" | "owner"> | undefined {
  const subgraphsOf = readSubgraphsOf(supergraph);
  const byName = new Map<string, ProductMark>();
  for (const { products } of directives.values()) for (const product of products) byName.set(product.name, product);
  return (coordinate) => {
    const [mark, another] = directives.get(coordinate)?.products ?? [];
    if (mark !== undefined && another === undefined) return mark;
    const [subgraph, second] = subgraphsOf(coordinate);
    if (subgraph === undefined || second !== undefined) return undefined;
    return byName.get(subgraph) ?? { name: subgraph, owner: undefined };
  };
}

/** RFC 3339. A day without a time begins at its start and is over at its end, in UTC; undefined when it is no date. */
function readDate(text: string | undefined, edge: "start" | "end"): Date | undefined {
  if (text === undefined) return undefined;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const date = new Date(isDay ? `${text}T${edge === "start" ? "00:00:00" : "23:59:59"}Z` : text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function firstOf(texts: readonly (string | undefined)[]): string | undefined {
  return texts.find((text) => text !== undefined && text !== "");
}
