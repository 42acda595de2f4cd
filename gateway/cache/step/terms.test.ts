import { describe, expect, it } from "vitest";
import { readCacheControl } from "#http";
import { anonymous } from "#policies";
import type { Shelf } from "../shelf/shelf.ts";
import { openShelf } from "./open-shelf.ts";
import { termsOf } from "./terms.ts";

interface Given {
  readonly header?: string;
  readonly hint?: Shelf["hint"];
  readonly isProduct?: boolean;
  readonly limitsRows?: boolean;
  readonly isPrivate?: boolean;
}

const hint = (isPrivate: boolean) => ({ maxAge: 60, isPrivate, limitedBy: "Query.a" });
const run = {
  variables: {},
  caller: { principal: { ...anonymous.principal, id: "ada" }, purpose: undefined },
  headers: new Map<string, string>(),
  signal: new AbortController().signal,
};

function terms({ header, hint: said, isProduct = false, limitsRows, isPrivate = false }: Given) {
  // No more of it is read.
  const shelf = {
    prefix: "1\n",
    variables: [],
    hint: said,
    objective: undefined,
    objectiveSpeaks: true,
    isProduct,
    variation: limitsRows === undefined ? undefined : () => ({ name: "east", limitsRows }),
    learnt: { isPrivate, hasKept: false, lastRefusal: undefined },
  } as unknown as Shelf;
  const open = openShelf(shelf, run);
  const control = header === undefined ? undefined : readCacheControl(header);
  const settled = termsOf(open, { control, age: 0 }, run, { longestMs: 86_400_000 });
  const { lifetime } = settled;
  return {
    kept: lifetime.kind === "none" ? lifetime.reason : settled.open.isPrivate ? "for one" : "for all",
    hasMoved: settled.open !== open,
    key: settled.open.prefix,
    isLearnt: shelf.learnt.isPrivate,
  };
}

describe("what an answer has for a shelf is kept", () => {
  it.each<[string, Given, string]>([
    ["public in the answer", { header: "public, max-age=60" }, "for all"],
    ["a time for shared caches", { header: "s-maxage=60" }, "for all"],
    ["public in the schema", { hint: hint(false) }, "for all"],
    ["public in the schema, no scope in the answer", { hint: hint(false), header: "max-age=60" }, "for all"],
    ["no scope, of a product", { header: "max-age=60", isProduct: true }, "for all"],
    ["no scope", { header: "max-age=60" }, "for one"],
    ["private in the answer", { header: "private, max-age=60" }, "for one"],
    ["private in the answer, of a product", { header: "private, max-age=60", isProduct: true }, "for one"],
    ["private in the answer, public in the schema", { header: "private, max-age=60", hint: hint(false) }, "for one"],
    ["private and public in the answer", { header: "private, public, max-age=60" }, "for one"],
    ["private for some of its fields", { header: 'private="a", s-maxage=60' }, "for one"],
    ["private in the schema", { hint: hint(true) }, "for one"],
    ["private in the schema, public in the answer", { hint: hint(true), header: "public, max-age=60" }, "for one"],
    ["public of rows that are filtered", { header: "public, max-age=60", limitsRows: true, isProduct: true }, "varies"],
    ["public of columns that are limited", { header: "public, max-age=60", limitsRows: false }, "for all"],
    ["no scope of rows that are filtered", { header: "max-age=60", limitsRows: true, isProduct: true }, "for all"],
    ["nothing", {}, "no-hint"],
    ["no-store", { header: "no-store, public, max-age=60" }, "no-store"],
  ])("as far as it says: %s", (_, given, kept) => {
    expect(terms(given).kept).toBe(kept);
  });

  it("where nobody else looks, from the first private answer on", () => {
    const first = terms({ header: "private, max-age=60" });
    expect(first).toMatchObject({ hasMoved: true, isLearnt: true });
    expect(first.key).toContain("ada");
    const later = terms({ header: "private, max-age=60", isPrivate: true });
    expect(later).toMatchObject({ hasMoved: false, kept: "for one", key: first.key });
    // What was private once stays so, whatever an answer says.
    expect(terms({ header: "public, max-age=60", isPrivate: true })).toMatchObject({ kept: "for one", key: first.key });
    expect(terms({ header: "public, max-age=60" })).toMatchObject({ hasMoved: false, isLearnt: false, key: "1\n" });
  });
});
