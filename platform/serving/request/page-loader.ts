/** Pages of rows and their total counts, for a root field and, batched, for many parents of one field. */
import DataLoader from "dataloader";
import type { FieldNode } from "graphql";
import type { Row } from "../../storage/port.ts";
import type { ServedColumn, ServedTable } from "../model/served-table.ts";
import {
  countStatement,
  type PageQuery,
  pageStatement,
  partitionedCountStatement,
  partitionedPageStatement,
} from "../sql/page.ts";
import { canonicalText } from "../sql/value.ts";
import type { VisibleTable } from "../sql/visible-rows.ts";
import type { PageArguments } from "./page-arguments.ts";
import type { ServingContext } from "./serving-context.ts";

export interface PageRequest {
  readonly table: ServedTable;
  readonly columns: readonly ServedColumn[];
  readonly page: PageArguments;
}

/** One place of an operation that lists the rows of a parent: all its parents have the same arguments and columns. */
export interface PlaceOfParents {
  /** graphql-js gives the same array for the same field at the same place, whatever the parent. */
  readonly nodes: readonly FieldNode[];
  /** The column of the listed table that has the parent's key. */
  readonly by: ServedColumn;
}

/** At most one row more than the page, in the order in which they were read. */
export function loadPage(context: ServingContext, request: PageRequest): Promise<readonly Row[]> {
  return context.read((visible) => pageStatement(pageQuery(request, visible)));
}

/** The same for one of many parents: all parents of a tick are one statement. */
export function loadPageOf(
  context: ServingContext,
  place: PlaceOfParents,
  parent: string,
  request: PageRequest,
): Promise<readonly Row[]> {
  const { by } = place;
  const loader = context.loader(place.nodes, "page", () =>
    createParentLoader<readonly Row[]>(by, async (parents) => {
      const rows = await context.read((visible) => partitionedPageStatement(pageQuery(request, visible), by, parents));
      const rowsByParent = Map.groupBy(rows, (row) => canonicalText(by.type, row[by.column]));
      return (name) => rowsByParent.get(name) ?? [];
    }),
  );
  return loader.load(parent);
}

export async function loadCount(context: ServingContext, { table, page }: PageRequest): Promise<number> {
  const [row] = await context.read((visible) => countStatement(visible(table.output).rows, page.where));
  return Number(row?.count ?? 0);
}

export function loadCountOf(
  context: ServingContext,
  place: PlaceOfParents,
  parent: string,
  { table, page }: PageRequest,
): Promise<number> {
  const { by } = place;
  const loader = context.loader(place.nodes, "count", () =>
    createParentLoader<number>(by, async (parents) => {
      const rows = await context.read((visible) =>
        partitionedCountStatement(visible(table.output).rows, page.where, by, parents),
      );
      const countByParent = new Map(rows.map((row) => [canonicalText(by.type, row.parent), Number(row.count)]));
      return (name) => countByParent.get(name) ?? 0;
    }),
  );
  return loader.load(parent);
}

function createParentLoader<T>(
  by: ServedColumn,
  read: (parents: readonly string[]) => Promise<(name: string) => T>,
): DataLoader<string, T> {
  return new DataLoader<string, T, string>(
    async (parents) => {
      const find = await read(parents);
      return parents.map((parent) => find(canonicalText(by.type, parent)));
    },
    { cacheKeyFn: (parent) => canonicalText(by.type, parent), maxBatchSize: 10_000 },
  );
}

function pageQuery({ table, columns, page }: PageRequest, visible: (output: string) => VisibleTable): PageQuery {
  const { order, where, after, before, offset, reversed, size } = page;
  return { table: visible(table.output).rows, columns, where, order, after, before, offset, reversed, limit: size + 1 };
}
