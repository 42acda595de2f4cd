// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a document writes its variables like this

import { describe, expect, test } from "vitest";
import { z } from "zod";
import { readDocument } from "./read-document.ts";

const schema = z.strictObject({
  kind: z.literal("Thing"),
  name: z.string().optional(),
  port: z.int().min(1).max(65535).optional(),
  items: z
    .array(
      z.discriminatedUnion("type", [
        z.strictObject({ type: z.literal("circle"), radius: z.number() }),
        z.strictObject({ type: z.literal("square"), width: z.number() }),
      ]),
    )
    .optional(),
  labels: z.record(z.string(), z.string()).optional(),
  any: z.unknown().optional(),
});

function read(text: string, variables: Record<string, string | undefined> | "keep" = {}) {
  return readDocument(text, "thing.yaml", schema, { variables });
}

const found = (text: string): readonly string[] =>
  read(text).findings.map(({ place, code, message }) => `${place.line}:${place.column} ${code} ${message}`);

describe("a document", () => {
  test("is read with the place of each part", () => {
    const { value, findings, places } = read("kind: Thing\nitems:\n  - type: circle\n    radius: 2\n");
    expect(findings).toEqual([]);
    expect(value).toEqual({ kind: "Thing", items: [{ type: "circle", radius: 2 }] });
    expect(places.valueAt(["items", 0, "radius"])).toEqual({ file: "thing.yaml", line: 4, column: 13 });
    expect(places.keyAt(["items", 0, "radius"])).toEqual({ file: "thing.yaml", line: 4, column: 5 });
    expect(places.valueAt(["items", 0, "nowhere", "else"])).toEqual({ file: "thing.yaml", line: 3, column: 5 });
  });

  test("may be JSON, and may begin with a byte order mark", () => {
    expect(read('{"kind": "Thing", "name": "x"}').value).toEqual({ kind: "Thing", name: "x" });
    expect(found("\uFEFFkind: Thing\nnam: x")).toEqual([
      "2:1 unknown-key There is no key `nam` here. Did you mean `name`?",
    ]);
  });

  test("takes `x-` keys in every map, and leaves free maps alone", () => {
    const { value, extensions } = read(
      "kind: Thing\nx-a: 1\nlabels: { x-b: y }\nitems: [{ type: circle, radius: 1, x-c: [2] }]",
    );
    expect(extensions).toEqual({ "x-a": 1, "items[0].x-c": [2] });
    expect(value).toEqual({ kind: "Thing", labels: { "x-b": "y" }, items: [{ type: "circle", radius: 1 }] });
  });

  test("says all that is wrong at once, in the order of the text", () => {
    expect(
      found(
        "kind: Thing\nport: 70000\nname: [a]\nitems:\n  - type: circle\n    widht: 1\n  - type: sqare\nlabel: {}\n",
      ),
    ).toEqual([
      "2:7 wrong-value Expected a number of at most 65535.",
      "3:7 wrong-type Expected a string, found a list.",
      "5:5 missing-key `radius` is missing: expected a number.",
      "6:5 unknown-key There is no key `widht` here. Known keys: type, radius.",
      "7:11 wrong-value Expected one of `circle`, `square`. Did you mean `square`?",
      "8:1 unknown-key There is no key `label` here. Did you mean `labels`?",
    ]);
  });

  test.each([
    ["nothing", "", "1:1 empty-document"],
    ["several documents", "kind: Thing\n---\nkind: Thing\n", "2:1 several-documents"],
    ["a duplicate key", "kind: Thing\nname: a\nname: b\n", "3:1 duplicate-key"],
    ["broken YAML", "kind: Thing\nname: 'a\n", "3:1 yaml-syntax"],
    ["a tab for indentation", "kind: Thing\nlabels:\n\ta: b\n", "3:1 yaml-syntax"],
    ["a merge key", "kind: Thing\nlabels: { <<: { a: b } }\n", "2:11 merge-key"],
    ["a key that is a list", "kind: Thing\n? [a]\n: b\n", "2:3 key-not-text"],
    ["an alias to nothing", "kind: Thing\nname: *a\n", "2:7 unknown-alias"],
    ["an alias inside of its anchor", "kind: Thing\nany: &a [*a]\n", "2:10 recursive-alias"],
    ["an open variable", "kind: Thing\nname: ${A\n", "2:7 bad-variable"],
  ])("is refused with %s", (_, text, expected) => {
    const { value, findings } = read(text);
    expect(value).toBeUndefined();
    expect(findings.map(({ place, code }) => `${place.line}:${place.column} ${code}`)).toContain(expected);
  });

  test("may use anchors, but not to grow without end", () => {
    expect(read("kind: Thing\nany: [&a { b: 1 }, *a]").value).toMatchObject({ any: [{ b: 1 }, { b: 1 }] });
    const levels = Array.from({ length: 12 }, (_, level) => {
      const inner = level === 0 ? "x" : `*a${level - 1}`;
      return `  - &a${level} [${Array.from({ length: 9 }, () => inner).join(", ")}]`;
    });
    const { value, findings } = read(`kind: Thing\nany:\n${levels.join("\n")}\n`);
    expect(value).toBeUndefined();
    expect(findings.map(({ code }) => code)).toEqual(["document-too-large"]);
  });

  test("keeps a key named __proto__ out of every prototype", () => {
    expect(found('kind: Thing\n"__proto__": { admin: true }\n')[0]).toMatch(/^2:1 unknown-key/);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});

describe("variables", () => {
  test.each([
    ["${A}", "one"],
    ["a ${A} b ${B}", "a one b two"],
    ["${C:-three}", "three"],
    ["${EMPTY:-three}", "three"],
    ["${EMPTY}", ""],
    ["$${A}", "${A}"],
    ["$A {A} $", "$A {A} $"],
    ["${C:-}", ""],
    ["${NESTED}", "${A}"],
  ])("%s is %s", (written, expected) => {
    const variables = { A: "one", B: "two", EMPTY: "", NESTED: "${A}" };
    expect(read(`kind: Thing\nname: "${written}"`, variables).value).toMatchObject({ name: expected });
  });

  test("that are not set are an error with a place", () => {
    expect(found("kind: Thing\nname: ${A}")).toEqual([
      "2:7 undefined-variable The variable `A` is not set; set it or give a default: `${A:-…}`.",
    ]);
  });

  test("are no keys, no numbers and no names of the object prototype", () => {
    expect(found('kind: Thing\n"${A}": x')[0]).toMatch(/^2:1 unknown-key/);
    expect(found("kind: Thing\nname: ${toString}")[0]).toMatch(/undefined-variable/);
  });

  test("stay as they are when they are kept", () => {
    expect(read("kind: Thing\nname: ${A}", "keep").value).toMatchObject({ name: "${A}" });
  });
});
