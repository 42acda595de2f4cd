/**
 * A cursor is a row's place in an order: the order, the values of its terms, and a checksum, as base64url of JSON.
 * Opaque to clients, and without any secret: it holds only columns that the client could sort by itself. Because it
 * names values, it stays valid when another version of the data is published; because it names its order, it is refused
 * in another list.
 */
import { crc32 } from "node:zlib";
import { badInput } from "../errors.ts";
import type { OrderTerm } from "../sql/ordering.ts";
import { valueText } from "../sql/value.ts";

/** A place in an order: values as texts, or the row's number where the table has no key. */
export type CursorPlace = readonly (string | null)[];

const maxCursorLength = 65_536;

/** Names the list that a cursor belongs to: type, ordering columns and directions. */
export function orderName(typeName: string, order: readonly OrderTerm[]): string {
  return [typeName, ...order.map(({ column, direction }) => `${column.constant} ${direction}`)].join(", ");
}

export function printCursor(order: string, place: CursorPlace): string {
  const body = JSON.stringify([order, ...place]);
  return Buffer.from(`${checksum(body)}${body}`).toString("base64url");
}

/** The place that a cursor of this order names. Raises `BAD_USER_INPUT` for anything that `printCursor` did not print for it. */
export function readCursor(
  cursor: string,
  argument: "after" | "before",
  typeName: string,
  order: readonly OrderTerm[],
): CursorPlace {
  const body = readBody(cursor);
  if (body === undefined) throw badInput(`${argument} is not a cursor. Pass one that this field returned, unchanged.`);
  const [name, ...place] = body;
  if (name !== orderName(typeName, order) || place.length !== order.length) {
    throw badInput(`${argument} is a cursor of another list or another orderBy. Start again without it.`);
  }
  return order.map(({ column }, index) => {
    const value = place[index];
    return value === null && !column.nonNull ? null : valueText(column.type, value, `A value in ${argument}`);
  });
}

/** The same for a table without a key: how many rows come before the place, the row itself included. */
export function readPosition(cursor: string, typeName: string, order: readonly OrderTerm[]): number {
  const [name, position] = readBody(cursor) ?? [];
  if (name !== orderName(typeName, order) || typeof position !== "string" || !/^\d{1,12}$/.test(position)) {
    throw badInput("after is not a cursor of this list and orderBy. Start again without it.");
  }
  return Number(position);
}

function readBody(cursor: string): readonly unknown[] | undefined {
  if (cursor.length > maxCursorLength || !/^[A-Za-z0-9_-]+$/.test(cursor)) return undefined;
  const text = Buffer.from(cursor, "base64url").toString();
  const body = text.slice(8);
  // Not a signature: it tells a damaged cursor from a good one, so that the message can say so.
  if (text.slice(0, 8) !== checksum(body)) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(8, "0");
}
