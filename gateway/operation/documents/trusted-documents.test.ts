import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSchema } from "graphql";
import { describe, expect, it } from "vitest";
import type { Finding } from "#schema";
import { defaultLimits } from "../limits.ts";
import { readDocument } from "../read-document.ts";
import { readTrustedDocuments } from "./read-trusted-documents.ts";
import { createTrustedDocuments } from "./trusted-documents.ts";

const manifest = (operations: unknown, rest: object = {}): string =>
  JSON.stringify({ format: "apollo-persisted-query-manifest", version: 1, operations, ...rest });
const entry = { id: "abc", name: "Me", type: "query", body: "query Me { me { name } }" };

describe("a manifest of trusted documents", () => {
  it("is read in Apollo's format", () => {
    expect(readTrustedDocuments(manifest([entry, { ...entry, clientName: "web" }]), "m.json")).toEqual({
      value: [
        { id: "abc", text: entry.body, operation: { name: "Me", type: "query" }, path: "operations[0]" },
        { id: "abc", text: entry.body, operation: { name: "Me", type: "query" }, path: "operations[1]" },
      ],
      findings: [],
    });
  });

  it("is read as a plain map, whatever its ids are called", () => {
    const { value, findings } = readTrustedDocuments('{ "__proto__": "{ a }", "sha256:1": "{ b }" }', "m.json");
    expect(findings).toEqual([]);
    expect(value?.map(({ id, text, path }) => [id, text, path])).toEqual([
      ["__proto__", "{ a }", '["__proto__"]'],
      ["sha256:1", "{ b }", '["sha256:1"]'],
    ]);
    expect(readTrustedDocuments("{}", "m.json")).toEqual({ value: [], findings: [] });
  });

  it.each<[string, string, string, string | undefined, RegExp]>([
    ["no JSON", "{ me", "json-syntax", undefined, /not JSON/],
    ["a list", "[]", "wrong-type", undefined, /JSON object, not a list/],
    ["another format", manifest([], { format: "relay" }), "wrong-value", "format", /apollo-persisted-query-manifest/],
    ["a list of operations without a format", '{"operations": []}', "wrong-value", "format", /apollo/],
    ["another version", manifest([], { version: 2 }), "wrong-value", "version", /Write 1/],
    ["no operations", manifest(undefined), "wrong-type", "operations", /not nothing/],
    ["an unknown key", manifest([], { operation: [] }), "unknown-key", "operation", /Did you mean `operations`/],
    ["an entry that is a text", manifest(["{ me }"]), "wrong-type", "operations[0]", /an object with .*not a text/],
    [
      "an entry without an id",
      manifest([entry, { ...entry, id: undefined }]),
      "missing-key",
      "operations[1].id",
      /write a text/,
    ],
    [
      "an entry with an empty body",
      manifest([{ ...entry, body: " " }]),
      "wrong-type",
      "operations[0].body",
      /an empty text/,
    ],
    [
      "an entry of another type",
      manifest([{ ...entry, type: "querry" }]),
      "wrong-value",
      "operations[0].type",
      /Did you mean `query`/,
    ],
    [
      "an entry with an unknown key",
      manifest([{ ...entry, boddy: "" }]),
      "unknown-key",
      "operations[0].boddy",
      /Did you mean `body`/,
    ],
    [
      "one id for two texts",
      manifest([entry, { ...entry, body: "query Me { me { id } }" }]),
      "duplicate-id",
      "operations[1]",
      /operations\[0\]/,
    ],
    ["a map with a number", '{ "abc": 1 }', "wrong-type", '["abc"]', /not a number/],
    ["a map with an empty id", '{ "": "{ a }" }', "wrong-value", '[""]', /must not be empty/],
  ])("with %s is refused with its place", (_what, text, code, path, message) => {
    const { value, findings } = readTrustedDocuments(text, "m.json");
    expect(value).toBeUndefined();
    expect(findings).toContainEqual({
      level: "error",
      code,
      message: expect.stringMatching(message),
      place: { file: "m.json" },
      ...(path === undefined ? {} : { path }),
    });
  });
});

describe("trusted documents", () => {
  const schema = (fields: string) => {
    const built = buildSchema(`type Query { me: Me, a: Int } type Me { ${fields} }`);
    return (text: string) => readDocument(text, built, { limits: defaultLimits, introspection: true });
  };
  const open = async (text: string) => {
    const file = join(mkdtempSync(join(tmpdir(), "trusted-")), "documents.json");
    writeFileSync(file, text);
    const told: Finding[] = [];
    const documents = await createTrustedDocuments({ file, only: true, onFindings: (all) => told.push(...all) });
    return { file, told, documents };
  };

  it("that do not fit the graph are told and stay, until they fit", async () => {
    const operations = [entry, { ...entry, id: "b", name: "You" }, { ...entry, id: "c", body: "{ broken" }];
    const { documents, told, file } = await open(manifest(operations));
    await documents.check(schema("id: ID"));
    expect(told).toEqual([
      {
        level: "warning",
        code: "trusted-document-invalid",
        message:
          'The operation Me does not fit the graph: Cannot query field "name" on type "Me". Publish the client\'s operations again, or take it out.',
        place: { file },
        path: "operations[0]",
      },
      expect.objectContaining({ path: "operations[1]" }),
      expect.objectContaining({ path: "operations[2]", message: expect.stringContaining("Syntax Error") }),
    ]);
    expect(documents.get("abc")).toBe(entry.body);
    told.length = 0;
    await documents.check(schema("name: String"));
    expect(told.map(({ path, message }) => [path, message])).toEqual([
      [
        "operations[1]",
        "The operation You is a query by this entry, and its body holds none of that name: correct `name` or `type`.",
      ],
      ["operations[2]", expect.stringContaining("Syntax Error")],
    ]);
  });

  it("are read again and checked, and stay as they were when the file is faulty or gone", async () => {
    const { documents, told, file } = await open(manifest([entry]));
    await documents.check(schema("name: String"));
    writeFileSync(file, JSON.stringify({ first: "{ a }", second: "{ gone }" }));
    await documents.reload();
    expect([documents.get("abc"), documents.get("first")]).toEqual([undefined, "{ a }"]);
    expect(told.map(({ code, path }) => [code, path])).toEqual([["trusted-document-invalid", '["second"]']]);
    told.length = 0;
    writeFileSync(file, "{ half");
    await documents.reload();
    await documents.reload();
    rmSync(file);
    await documents.reload();
    expect(told.map(({ code }) => code)).toEqual(["json-syntax", "file-unreadable"]);
    expect(documents.get("first")).toBe("{ a }");
  });

  it("need a file that can be read to begin with", async () => {
    const refused = (file: string) => createTrustedDocuments({ file, only: false, onFindings: () => undefined });
    await expect(refused("/nowhere/documents.json")).rejects.toMatchObject({
      code: "TRUSTED_DOCUMENTS_INVALID",
      message:
        "the trusted documents cannot be used:\n  /nowhere/documents.json error file-unreadable: The file cannot be read (ENOENT).",
    });
    await expect(open(manifest([{}]))).rejects.toMatchObject({
      message: expect.stringMatching(/missing-key operations\[0\]\.id: `id` is missing/),
    });
  });

  it("are told fifty at a time", async () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`id${at}`, "{ nope }"]));
    const { documents, told } = await open(JSON.stringify(many));
    await documents.check(schema("name: String"));
    expect(told.length).toBe(51);
    expect(told.at(-1)?.message).toBe("10 more like these.");
  });
});
