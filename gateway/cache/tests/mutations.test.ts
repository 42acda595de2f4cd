/** Whoever gets a mutation's answer, and whoever asks after that, reads what it wrote. */
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type CachedGateway, openCachedGateway } from "../../fixtures/cached-gateway.fixture.ts";
import { library } from "../../fixtures/library.fixture.ts";

const data = library();
const shop: CachedGateway = await openCachedGateway({ subgraphs: data.subgraphs });
afterAll(() => shop[Symbol.asyncDispose]());
beforeEach(async () => {
  data.books.clear();
  for (const id of ["b1", "b2", "b3"]) data.addBook(id);
  await shop.reset();
});

const titles = async (): Promise<unknown> => {
  const { data: answered } = await shop.ask("{ books { title } }");
  return (answered?.books as { title: string }[] | undefined)?.map(({ title }) => title);
};
const stars = "{ books { stars } }";
const copies = "{ books { copies } }";

/** Which subgraphs have to be asked again for books after a mutation, if all was kept before. */
async function askedAfter(mutation: string): Promise<readonly string[]> {
  const all = "{ books { title stars copies author { name } } }";
  await shop.ask(all);
  expect(await shop.asked(() => shop.ask(all))).toEqual([]);
  await shop.ask(mutation);
  return shop.asked(() => shop.ask(all));
}

describe("after a mutation", () => {
  it.each([
    ["an entity", 'mutation { rename(id: "b1", title: "new") { id } }'],
    ["an entity, without its key", 'mutation { rename(id: "b1", title: "new") { title } }'],
    ["an entity, with its type alone", 'mutation { rename(id: "b1", title: "new") { __typename } }'],
    ["an entity under another name", 'mutation { other: rename(id: "b1", title: "new") { key: id } }'],
    ["another field under the key's name", 'mutation { rename(id: "b1", title: "new") { id: title } }'],
    ["an entity through a fragment", 'mutation { rename(id: "b1", title: "new") { ...F } } fragment F on Book { id }'],
    ["an interface", 'mutation { hit(id: "b1") { id } }'],
    ["an interface, without its key", 'mutation { hit(id: "b1") { title } }'],
    ["an entity in something else", 'mutation { stored(id: "b1") { count book { id } } }'],
    ["something else than the entity", 'mutation { stored(id: "b1") { count } }'],
    ["a list", 'mutation { renameAll(title: "new") { id } }'],
    ["whether it did it", 'mutation { burn(id: "b1") }'],
    ["an error", 'mutation { break(id: "b1") { id } }'],
    ["an entity, and another whether it did it", 'mutation { rename(id: "none", title: "new") { id } burn(id: "b1") }'],
    ["an entity, and another nothing", 'mutation { rename(id: "b2", title: "x") { id } break(id: "b1") { id } }'],
  ])("that answers %s, what it changed is read anew", async (_, mutation) => {
    const before = await titles();
    await titles();
    await shop.ask(mutation);
    const expected = [...data.books.values()].map(({ title }) => title);
    expect(expected).not.toEqual(before);
    expect(await titles()).toEqual(expected);
  });

  it("what others know of the entity is read anew too, and of other entities is not", async () => {
    await shop.ask(stars);
    data.addBook("b1", { stars: 1 });
    data.addBook("b2", { stars: 1 });
    await shop.ask('mutation { rename(id: "b1", title: "new") { id } }');
    expect((await shop.ask(stars)).data).toEqual({ books: [{ stars: 1 }, { stars: 5 }, { stars: 5 }] });
  });

  it.each([
    ["under the names of others", 'mutation { rename(id: "b1", title: "b2") { isbn: title id: isbn key: id } }'],
    ["under other names", 'mutation { rename(id: "b1", title: "b2") { a: id b: isbn } }'],
    ["under the name of its type", 'mutation { rename(id: "b1", title: "Film") { __typename: title id } }'],
  ])("keys are found %s", async (_, mutation) => {
    await shop.ask(stars);
    await shop.ask(copies);
    data.addBook("b1", { stars: 1, copies: 1 });
    expect((await shop.ask(mutation)).errors).toEqual([]);
    expect((await shop.ask(stars)).data).toMatchObject({ books: [{ stars: 1 }, { stars: 5 }, { stars: 5 }] });
    expect((await shop.ask(copies)).data).toMatchObject({ books: [{ copies: 1 }, { copies: 3 }, { copies: 3 }] });
  });

  it("nothing of what it cannot have changed is asked for again", async () => {
    expect(await askedAfter('mutation { rename(id: "b1", title: "new") { id isbn } }')).toEqual([
      "catalog",
      "ratings",
      "stock",
    ]);
    expect(await askedAfter('mutation { burn(id: "none") }')).toEqual(["catalog"]);
    expect(await askedAfter('mutation { break(id: "none") { id } }')).toEqual(["catalog"]);
  });

  it("its own answer has nothing that was kept before", async () => {
    await shop.ask(copies);
    await shop.ask(stars);
    data.addBook("b1", { stars: 1, copies: 1 });
    const { data: answered } = await shop.ask('mutation { rename(id: "b1", title: "new") { title stars copies } }');
    expect(answered).toEqual({ rename: { title: "new", stars: 1, copies: 1 } });
  });

  it("it is counted what for something was ended", async () => {
    const ended = (): Promise<number> => shop.metric("mesh_cache_invalidations_total", { cause: "mutation" });
    const before = await ended();
    await shop.ask('mutation { burn(id: "none") }');
    expect(await ended()).toBe(before + 1);
  });
});

describe("a mutation whose subgraph does not answer", () => {
  it("ends all that the subgraph answered, since it may have written", async () => {
    await titles();
    shop.behave("catalog", async ({ query }, answer) => {
      const given = await answer();
      if (query.startsWith("mutation")) throw new Error("gone");
      return given;
    });
    const { errors } = await shop.ask('mutation { rename(id: "b1", title: "new") { id } }');
    expect(errors).toHaveLength(1);
    expect(await titles()).toEqual(["new", "Title b2", "Title b3"]);
  });

  it("does so also when its client goes away", async () => {
    await titles();
    const gate = Promise.withResolvers<void>();
    const sent = Promise.withResolvers<void>();
    shop.behave("catalog", async ({ query }, answer) => {
      if (!query.startsWith("mutation")) return answer();
      const given = await answer();
      sent.resolve();
      await gate.promise;
      return given;
    });
    const client = new AbortController();
    const asking = shop.ask('mutation { rename(id: "b1", title: "new") { id } }', { signal: client.signal });
    await sent.promise;
    client.abort();
    await asking;
    gate.resolve();
    expect(await titles()).toEqual(["new", "Title b2", "Title b3"]);
  });
});

describe("a query that a mutation overtakes", () => {
  it.each([
    ["an entity", stars, "ratings"],
    ["a root answer", "{ books { title } }", "catalog"],
  ])("leaves nothing that was read before: %s", async (_, query, slow) => {
    const gate = Promise.withResolvers<void>();
    const read = Promise.withResolvers<void>();
    shop.behave(slow, async ({ query: text }, answer) => {
      const old = await answer();
      if (text.startsWith("mutation")) return old;
      read.resolve();
      await gate.promise;
      return old;
    });
    const asking = shop.ask(query);
    await read.promise;
    shop.behave(slow, undefined);
    data.addBook("b1", { stars: 1 });
    await shop.ask('mutation { rename(id: "b1", title: "new") { id isbn } }');
    gate.resolve();
    await asking;
    const after = await shop.ask(query);
    expect(after.data).toMatchObject({ books: [query === stars ? { stars: 1 } : { title: "new" }, {}, {}] });
    expect(await shop.asked(() => shop.ask(query))).toEqual([]);
  });

  it("is not joined by who asks after the mutation", async () => {
    await shop.ask(stars);
    await shop.invalidator.invalidate({ cause: "event", what: [{ kind: "product", product: "ratings" }] });
    const gate = Promise.withResolvers<void>();
    const read = Promise.withResolvers<void>();
    shop.behave("ratings", async (_, answer) => {
      const old = await answer();
      read.resolve();
      await gate.promise;
      return old;
    });
    const asking = shop.ask(stars);
    await read.promise;
    shop.behave("ratings", undefined);
    data.addBook("b1", { stars: 1 });
    await shop.ask('mutation { rename(id: "b1", title: "new") { id isbn } }');
    expect((await shop.ask(stars)).data).toEqual({ books: [{ stars: 1 }, { stars: 5 }, { stars: 5 }] });
    gate.resolve();
    expect((await asking).data).toEqual({ books: [{ stars: 5 }, { stars: 5 }, { stars: 5 }] });
    expect((await shop.ask(stars)).data).toEqual({ books: [{ stars: 1 }, { stars: 5 }, { stars: 5 }] });
  });
});
