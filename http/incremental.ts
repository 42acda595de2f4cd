/**
 * Answers that come in parts, as clients know them by `deferSpec=20220824`: `multipart/mixed` (RFC 2046, section 5.1), one
 * part for each JSON text. A boundary follows each part at once, since clients read a part when they see its end.
 */
import { parseAccept } from "./media-type.ts";

const boundary = "-";
const version = "20220824";

export const incrementalMediaType = `multipart/mixed; boundary="${boundary}"; deferSpec=${version}`;

/** Whether a client takes an answer in parts. It says so by name: no wildcard lets it through. */
export function acceptsIncremental(accept: string | undefined): boolean {
  if (accept === undefined || !/multipart\/mixed/i.test(accept)) return false;
  return parseAccept(accept).some(
    ({ essence, quality, parameters }) =>
      essence === "multipart/mixed" && quality > 0 && parameters.get("deferspec") === version,
  );
}

/** The first part, and the boundary before it. */
export function beginParts(text: string): string {
  return `\r\n--${boundary}${printPart(text)}`;
}

/** The parts after the first, and the end. */
export async function* continueParts(texts: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  for await (const text of texts) yield printPart(text);
  yield "--\r\n";
}

function printPart(text: string): string {
  return `\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${text}\r\n--${boundary}`;
}
