/** Every answer is looked at while it is measured: one that is wrong fails the bench. */
import { isDeepStrictEqual } from "node:util";
import { mark } from "../engine/shop.ts";
import type { Answer } from "./client.ts";

/** Throws unless the answer is a 200 that says what is expected. Hot: once per answer, and then a comparison of bytes. */
export type Check = (answer: Answer) => void;

const anyMark = /#\d{4}/g;
const firstByte = mark.charCodeAt(0);

/** The data, without what rows may change, of a complete answer without errors; throws, naming `who`, for another one. */
export function readData(who: string, { status, bytes }: Answer): unknown {
  const text = bytes.toString();
  if (status !== 200) throw new Error(`${who} answered ${status}: ${text.slice(0, 300)}`);
  const { data, errors }: { readonly data?: unknown; readonly errors?: unknown } = JSON.parse(
    text.replaceAll(anyMark, mark),
  );
  if (data == null || errors !== undefined) throw new Error(`${who} answered with errors: ${text.slice(0, 300)}`);
  return data;
}

/** Expects the same data as in `first`, in whatever order their fields are; rows may have changed. */
export function expectSame(who: string, first: Answer): Check {
  const data = readData(who, first);
  const text = first.bytes.toString("latin1");
  const marks = [...text.matchAll(anyMark)].map(({ index }) => index);
  const expected = Buffer.from(text.replaceAll(anyMark, mark), "latin1");
  return ({ status, bytes }) => {
    const isLaidOutAlike = bytes.length === expected.length && marks.every((at) => bytes[at] === firstByte);
    if (status === 200 && isLaidOutAlike) {
      for (const at of marks) bytes.write(mark, at, "latin1");
      if (bytes.equals(expected)) return;
    }
    if (!isDeepStrictEqual(readData(who, { status, bytes }), data)) {
      throw new Error(`${who} answered something else: ${bytes.toString().slice(0, 300)}`);
    }
  };
}
