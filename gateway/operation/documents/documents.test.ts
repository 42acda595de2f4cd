import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import type { GraphQLParams } from "#http";
import { createMetrics } from "../../observability/metrics.ts";
import { createDocuments, type DocumentsOptions } from "./documents.ts";
import { createMemoryDocuments } from "./memory-documents.ts";
import { sha256 } from "./sha256.ts";
import { createTrustedDocuments, type TrustedDocuments } from "./trusted-documents.ts";

const text = "{ me { name } }";
const hash = sha256(text);
const params = (given: Partial<GraphQLParams>): GraphQLParams => ({
  query: undefined,
  operationName: undefined,
  variables: undefined,
  extensions: undefined,
  ...given,
});
const persisted = (sha256Hash: unknown, version: unknown = 1) => ({
  extensions: { persistedQuery: { version, sha256Hash } },
});
const store = () => createMemoryDocuments({ maxBytes: 100_000 });

const open = (options: Partial<DocumentsOptions>) =>
  createDocuments({ trusted: undefined, store: undefined, metrics: createMetrics(), ...options });

function trust(only: boolean, documents: Readonly<Record<string, string>>): Promise<TrustedDocuments> {
  const file = join(mkdtempSync(join(tmpdir(), "trusted-")), "documents.json");
  writeFileSync(file, JSON.stringify(documents));
  return createTrustedDocuments({ file, only, onFindings: () => undefined });
}

/** The code and message with which a request is refused. */
async function refusal(documents: ReturnType<typeof createDocuments>, given: Partial<GraphQLParams>): Promise<unknown> {
  try {
    return { text: (await documents.find(params(given))).text };
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return [code, message];
  }
}

describe("automatic persisted queries", () => {
  it("know a hash once its text came with it and proved valid", async () => {
    const documents = open({ store: store() });
    const notFound = ["PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"];
    expect(await refusal(documents, persisted(hash))).toEqual(notFound);
    const sent = await documents.find(params({ query: text, ...persisted(hash) }));
    expect(sent.text).toBe(text);
    expect(await refusal(documents, persisted(hash))).toEqual(notFound);
    sent.register?.(parse(text));
    expect(documents.find(params(persisted(hash)))).toEqual({ text, register: undefined });
    expect(documents.find(params({ documentId: `sha256:${hash}` }))).toEqual({ text, register: undefined });
    expect(documents.find(params({ query: " \n", ...persisted(hash) }))).toEqual({ text, register: undefined });
  });

  it.each<[string, Partial<GraphQLParams>, string, RegExp]>([
    ["a hash of another text", { query: `${text} `, ...persisted(hash) }, "PERSISTED_QUERY_HASH_MISMATCH", /SHA-256/],
    [
      "a hash in capitals",
      { query: text, ...persisted(hash.toUpperCase()) },
      "PERSISTED_QUERY_HASH_MISMATCH",
      /SHA-256/,
    ],
    ["another version", persisted(hash, 2), "PERSISTED_QUERY_NOT_SUPPORTED", /version` must be 1/],
    [
      "no version",
      { query: text, extensions: { persistedQuery: { sha256Hash: hash } } },
      "PERSISTED_QUERY_NOT_SUPPORTED",
      /must be 1/,
    ],
    ["no hash", { extensions: { persistedQuery: { version: 1 } } }, "BAD_REQUEST", /sha256Hash` must be/],
    ["a hash that is none", persisted(1), "BAD_REQUEST", /sha256Hash` must be/],
    ["an extension that is none", { extensions: { persistedQuery: "abc" } }, "BAD_REQUEST", /must be an object/],
    ["an unknown id", persisted("abc"), "PERSISTED_QUERY_NOT_FOUND", /^PersistedQueryNotFound$/],
    ["a malformed documentId", { documentId: "sha256:abc" }, "BAD_REQUEST", /64 lower-case/],
    ["two names", { documentId: "x-mine:1", ...persisted(hash) }, "BAD_REQUEST", /two documents/],
    ["a text and an id", { query: text, documentId: "mine" }, "CANNOT_SEND_PQ_ID_AND_BODY", /send one of them/],
    ["nothing", {}, "BAD_REQUEST", /send a `query`/],
  ])("refuse %s", async (_what, given, code, message) => {
    const documents = open({ store: store() });
    expect(await refusal(documents, given)).toEqual([code, expect.stringMatching(message)]);
  });

  it("are told to be off, and the text is taken all the same", async () => {
    const documents = open({});
    expect(await refusal(documents, persisted(hash))).toEqual([
      "PERSISTED_QUERY_NOT_SUPPORTED",
      "PersistedQueryNotSupported",
    ]);
    expect(documents.find(params({ query: text, ...persisted(hash) }))).toEqual({ text, register: undefined });
  });

  it("wait for a store that is elsewhere", async () => {
    const elsewhere = { get: (id: string) => Promise.resolve(id === hash ? text : undefined), set: () => undefined };
    const documents = open({ store: elsewhere });
    expect(await documents.find(params(persisted(hash)))).toEqual({ text, register: undefined });
    expect(await refusal(documents, persisted(sha256("{ other }")))).toEqual([
      "PERSISTED_QUERY_NOT_FOUND",
      "PersistedQueryNotFound",
    ]);
  });
});

describe("trusted documents", () => {
  const ids = { [hash]: text, "x-shop:orders": "query Orders { orders { id } }", constructor: "{ customers { id } }" };

  it("are asked for by documentId or by Apollo's extension, whatever their ids are", async () => {
    const documents = open({ trusted: await trust(false, ids) });
    for (const [id, query] of Object.entries(ids)) {
      expect(documents.find(params({ documentId: id })).valueOf()).toEqual({ text: query, register: undefined });
      expect(documents.find(params(persisted(id)))).toEqual({ text: query, register: undefined });
    }
    expect(documents.find(params({ documentId: `sha256:${hash}` }))).toEqual({ text, register: undefined });
    expect(documents.find(params({ documentId: "constructor", query: ids.constructor }))).toMatchObject({
      text: ids.constructor,
    });
    expect(await refusal(documents, { documentId: "toString" })).toEqual([
      "PERSISTED_QUERY_NOT_IN_LIST",
      "No trusted document has this id",
    ]);
  });

  it("leave room for other texts, and for persisted ones, unless they are the only ones", async () => {
    const documents = open({ trusted: await trust(false, ids), store: store() });
    expect(documents.find(params({ query: "{ other }" }))).toEqual({ text: "{ other }", register: undefined });
    expect(await refusal(documents, persisted(sha256("{ other }")))).toEqual([
      "PERSISTED_QUERY_NOT_FOUND",
      "PersistedQueryNotFound",
    ]);
  });

  it("are all that runs where they are the only ones, under whatever name", async () => {
    const documents = open({ trusted: await trust(true, ids), store: store() });
    const refused = ["QUERY_NOT_IN_SAFELIST", expect.stringMatching(/^Only trusted documents run here.*documentId/)];
    for (const query of [
      "{ other }",
      "{ __schema { types { name } } }",
      "{ __typename }",
      "{ broken",
      "query Orders { orders { id total } }",
    ]) {
      expect(await refusal(documents, { query })).toEqual(refused);
      expect(await refusal(documents, { query, ...persisted(sha256(query)) })).toEqual(refused);
      expect(await refusal(documents, { query, documentId: "x-shop:orders" })).toEqual(refused);
    }
    expect(await refusal(documents, persisted(sha256("{ other }")))).toEqual([
      "PERSISTED_QUERY_NOT_IN_LIST",
      "No trusted document has this id",
    ]);
  });

  it("are known by their text, too: whitespace, commas and comments do not count", async () => {
    const documents = open({ trusted: await trust(true, ids) });
    const orders = ids["x-shop:orders"];
    for (const query of [orders, "query Orders{orders{id}}", "# mine\nquery Orders {\n  orders, {\n    id\n  }\n}\n"]) {
      expect(documents.find(params({ query }))).toEqual({ text: orders, register: undefined });
    }
  });
});
