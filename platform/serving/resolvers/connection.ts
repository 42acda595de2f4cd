/** Connections after the Relay Cursor Connections Specification, over keyset pages. */
import type { GraphQLObjectType, GraphQLResolveInfo } from "graphql";
import { type FieldNode, getNamedType, isObjectType } from "graphql";
import type { Row } from "../../storage/port.ts";
import type { ServedTable } from "../model/served-table.ts";
import { typeNamesOf } from "../model/type-names.ts";
import { orderName, printCursor } from "../request/cursor.ts";
import { assertCursor, type PageArguments, readPageArguments } from "../request/page-arguments.ts";
import {
  loadCount,
  loadCountOf,
  loadPage,
  loadPageOf,
  type PageRequest,
  type PlaceOfParents,
} from "../request/page-loader.ts";
import { assertGroupSize } from "../request/row-access.ts";
import { inTableOrder } from "../request/row-loader.ts";
import { type Selection, selectionOf } from "../request/selection.ts";
import type { ServingContext } from "../request/serving-context.ts";
import { canonicalText } from "../sql/value.ts";
import { type ColumnsOfFields, columnsFor } from "./columns-of-fields.ts";

export interface Connection {
  readonly table: ServedTable;
  readonly page: PageArguments;
  /** The rows of the page, in the connection's order. */
  readonly rows: readonly Row[];
  readonly hasMore: boolean;
  /** Asked for only when the operation does. */
  readonly totalCount: Promise<number> | undefined;
}

interface Plan {
  readonly request: PageRequest;
  readonly wantsRows: boolean;
  readonly wantsCount: boolean;
}

/** The page of a root field. */
export function resolveConnection(
  table: ServedTable,
  fields: ColumnsOfFields,
  args: Readonly<Record<string, unknown>>,
  context: ServingContext,
  info: GraphQLResolveInfo,
): Promise<Connection> {
  const plan = planConnection(table, fields, args, context, info);
  return connect(plan, context, {
    rows: () => loadPage(context, plan.request),
    count: () => loadCount(context, plan.request),
  });
}

/** The page of one parent; the pages of all its siblings come in the same statement. */
export function resolveConnectionOf(
  table: ServedTable,
  fields: ColumnsOfFields,
  by: PlaceOfParents["by"],
  parent: string,
  args: Readonly<Record<string, unknown>>,
  context: ServingContext,
  info: GraphQLResolveInfo,
): Promise<Connection> {
  const nodes = info.fieldNodes;
  const plan = context.loader(nodes, "plan", () => planConnection(table, fields, args, context, info));
  const place = { nodes, by };
  return connect(plan, context, {
    rows: () => loadPageOf(context, place, parent, plan.request),
    count: () => loadCountOf(context, place, parent, plan.request),
  });
}

/** A connection without rows, for a parent whose key is null. */
export function emptyConnection(
  table: ServedTable,
  args: Readonly<Record<string, unknown>>,
  context: ServingContext,
): Connection {
  return {
    table,
    page: readPageArguments(table, args, context.access),
    rows: [],
    hasMore: false,
    totalCount: shownCount(table, context, Promise.resolve(0)),
  };
}

function planConnection(
  table: ServedTable,
  fields: ColumnsOfFields,
  args: Readonly<Record<string, unknown>>,
  context: ServingContext,
  info: GraphQLResolveInfo,
): Plan {
  const page = readPageArguments(table, args, context.access);
  const names = typeNamesOf(table);
  const type = (name: string): GraphQLObjectType => objectType(info, name);
  const connection = selectionOf(info, info.fieldNodes, objectType(info, names.connection));
  const edges = selectionOf(info, connection.get("edges") ?? [], type(names.edge));
  const pageInfo = selectionOf(info, connection.get("pageInfo") ?? [], type("PageInfo"));
  const nodes: readonly FieldNode[] = [...(connection.get("nodes") ?? []), ...(edges.get("node") ?? [])];
  const columns = columnsFor(table, fields, selectionOf(info, nodes, type(table.typeName)));
  if (asksFor(edges, "cursor") || asksFor(pageInfo, "startCursor", "endCursor")) {
    assertCursor(table, page.order, context.access.assertOperand);
    for (const { column } of page.order) columns.add(column);
  }
  // A table without a key and a selection without columns still needs rows to count.
  const [any] = table.columns;
  if (columns.size === 0 && any !== undefined) columns.add(any);
  return {
    request: { table, columns: inTableOrder(table, columns), page },
    wantsRows: asksFor(connection, "edges", "nodes", "pageInfo"),
    wantsCount: asksFor(connection, "totalCount"),
  };
}

async function connect(
  plan: Plan,
  context: ServingContext,
  load: { rows(): Promise<readonly Row[]>; count(): Promise<number> },
): Promise<Connection> {
  const { table, page } = plan.request;
  // Started together with the rows; should the rows fail, nobody waits for it, which must not count as unhandled.
  const totalCount = plan.wantsCount ? shownCount(table, context, load.count()) : undefined;
  const read = plan.wantsRows ? await load.rows() : [];
  const rows = read.slice(0, page.size);
  if (page.reversed) rows.reverse();
  return { table, page, rows, hasMore: read.length > page.size, totalCount };
}

/** How many rows match, for those who may know it. An unhandled rejection is none: nobody may have asked. */
function shownCount(table: ServedTable, context: ServingContext, count: Promise<number>): Promise<number> {
  const shown = count.then((rows) => {
    assertGroupSize(table, rows, context.access.minGroup(table));
    return rows;
  });
  shown.catch(() => undefined);
  return shown;
}

function asksFor(selection: Selection, ...fields: readonly string[]): boolean {
  return fields.some((field) => selection.has(field));
}

function objectType(info: GraphQLResolveInfo, name: string): GraphQLObjectType {
  const type = info.schema.getType(name);
  const named = type === undefined ? undefined : getNamedType(type);
  if (!isObjectType(named)) throw new Error(`The subgraph's schema has lost the type ${name}.`);
  return named;
}

interface Edge {
  readonly connection: Connection;
  readonly index: number;
}

/** Field resolvers of `XConnection` and `XEdge`. */
export const connectionResolvers = {
  edges: (connection: Connection): readonly Edge[] => connection.rows.map((_, index) => ({ connection, index })),
  nodes: (connection: Connection): readonly Row[] => connection.rows,
  pageInfo: (connection: Connection): object => pageInfoOf(connection),
  totalCount: (connection: Connection): Promise<number> | undefined => connection.totalCount,
};

export const edgeResolvers = {
  cursor: ({ connection, index }: Edge): string => cursorOf(connection, index),
  node: ({ connection, index }: Edge): Row | undefined => connection.rows[index],
};

/**
 * Only the direction that is walked is looked at, as the specification allows: the other way there is a page when the
 * client came from there.
 */
function pageInfoOf(connection: Connection): object {
  const { page, rows, hasMore } = connection;
  const last = rows.length - 1;
  return {
    hasNextPage: page.reversed ? page.before !== undefined : hasMore,
    hasPreviousPage: page.reversed ? hasMore : page.after !== undefined || page.offset > 0,
    startCursor: () => (last < 0 ? null : cursorOf(connection, 0)),
    endCursor: () => (last < 0 ? null : cursorOf(connection, last)),
  };
}

function cursorOf({ table, page, rows }: Connection, index: number): string {
  const name = orderName(table.typeName, page.order);
  if (table.key.length === 0) return printCursor(name, [String(page.offset + index + 1)]);
  const row = rows[index] ?? {};
  return printCursor(
    name,
    page.order.map(({ column }) => {
      const value = row[column.column];
      return value === null || value === undefined ? null : canonicalText(column.type, value);
    }),
  );
}
