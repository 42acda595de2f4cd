/** A document that is named and one that is sent are one operation, with one answer that is kept. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openCachedGateway } from "../../fixtures/cached-gateway.fixture.ts";
import { library } from "../../fixtures/library.fixture.ts";

const query = "query Titles($first: Int) { books(first: $first) { title } }";

it("a document's answer is kept whichever way it is named, and nothing is for who may not name it", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "documents-")), "documents.json");
  writeFileSync(file, JSON.stringify({ titles: query }));
  await using shop = await openCachedGateway({
    subgraphs: library().subgraphs,
    trustedDocuments: { file, only: true, onFindings: () => undefined },
  });
  const named = { variables: { first: 1 }, more: { query: undefined, documentId: "titles" } };
  const first = await shop.ask(query, named);
  expect(first.data).toEqual({ books: [{ title: "Title b1" }] });
  for (const wish of [named, { ...named, method: "GET" as const }, { variables: { first: 1 } }]) {
    const asked = await shop.asked(async () => expect((await shop.ask(query, wish)).text).toBe(first.text));
    expect(asked).toEqual([]);
  }
  expect((await shop.ask(query, { ...named, variables: { first: 2 } })).data).toMatchObject({ books: [{}, {}] });
  const refused = await shop.ask("{ books { title } }", { method: "GET", headers: { "if-none-match": "*" } });
  expect(refused.errors).toHaveLength(1);
  expect(refused.headers).not.toHaveProperty("etag");
});
