/** Many who ask for the same at the same time ask for it once; what goes wrong for one goes wrong for no other. */
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type CachedGateway, openCachedGateway, user } from "../../fixtures/cached-gateway.fixture.ts";
import { library } from "../../fixtures/library.fixture.ts";

const data = library();
data.books.clear();
for (let number = 0; number < 20; number++) data.addBook(`n${number}`, { copies: number, stars: number });
const shop: CachedGateway = await openCachedGateway({ subgraphs: data.subgraphs });
afterAll(() => shop[Symbol.asyncDispose]());

/** What the tests ask for was kept before, so that it is known to be worth waiting for. */
beforeEach(async () => {
  await shop.reset();
  await askFor([0], "warms");
  await shop.reset();
});

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await setImmediate();
};
const query = "query($ids: [ID!]!) { books(ids: $ids) { copies } }";
const askFor = (numbers: readonly number[], id: string, signal?: AbortSignal) =>
  shop.ask(query, {
    as: user(id),
    variables: { ids: numbers.map((number) => `n${number}`) },
    ...(signal && { signal }),
  });
const expected = (numbers: readonly number[]) => ({ books: numbers.map((copies) => ({ copies })) });
/** Representations that a subgraph was asked for. */
const askedOf = (subgraph: string): unknown[] =>
  shop.fetched
    .filter((each) => each.subgraph === subgraph)
    .flatMap(({ variables }) => (variables.representations as { isbn: string }[]).map(({ isbn }) => isbn));

/** Holds what a subgraph answers until it is let go; `fail` for a failure instead. */
function hold(subgraph: string): { release(): void; fail(): void } {
  const gate = Promise.withResolvers<void>();
  shop.behave(subgraph, async (_, answer) => {
    await gate.promise;
    return answer();
  });
  return { release: () => gate.resolve(), fail: () => gate.reject(new Error("gone")) };
}

describe("fifty who ask at the same time", () => {
  it("cause one request to each subgraph, whoever they are", async () => {
    const held = hold("stock");
    const asking = Array.from({ length: 50 }, (_, index) => askFor([1, 2, 3], `u${index}`));
    await settled();
    held.release();
    for (const { data: answered, errors } of await Promise.all(asking)) {
      expect(errors).toEqual([]);
      expect(answered).toEqual(expected([1, 2, 3]));
    }
    expect(askedOf("stock")).toEqual(["isbn-n1", "isbn-n2", "isbn-n3"]);
    expect(shop.fetched.filter(({ subgraph }) => subgraph === "catalog")).toHaveLength(1);
  });

  it("cause one request for each entity, where they ask for others besides", async () => {
    const held = hold("stock");
    const wishes = Array.from({ length: 50 }, (_, index) => [index % 20, (index * 7 + 3) % 20, 5]);
    const asking = wishes.map((numbers, index) => askFor(numbers, `u${index}`));
    await settled();
    held.release();
    for (const [index, { data: answered }] of (await Promise.all(asking)).entries()) {
      expect(answered).toEqual(expected(wishes[index] ?? []));
    }
    const asked = askedOf("stock");
    expect(asked.length).toBe(new Set(asked).size);
    expect(new Set(asked).size).toBe(20);
  });

  it("all have an error when the one request fails, and none of them later", async () => {
    const held = hold("stock");
    const asking = Array.from({ length: 50 }, (_, index) => askFor([1, 2], `u${index}`));
    await settled();
    held.fail();
    for (const { data: answered, errors } of await Promise.all(asking)) {
      expect(answered).toEqual({ books: [{ copies: null }, { copies: null }] });
      expect(errors.map(({ path }) => path)).toEqual([
        ["books", 0, "copies"],
        ["books", 1, "copies"],
      ]);
    }
    shop.behave("stock", undefined);
    expect((await askFor([1, 2], "later")).data).toEqual(expected([1, 2]));
  });

  it("ask for themselves when the one who asked first gets nothing", async () => {
    let first = true;
    const gate = Promise.withResolvers<void>();
    shop.behave("stock", async (_, answer) => {
      if (!first) return answer();
      first = false;
      await gate.promise;
      throw new Error("gone");
    });
    const failing = askFor([1, 2, 3], "first");
    await settled();
    const others = Array.from({ length: 10 }, (_, index) => askFor([index % 3, 3], `u${index}`));
    await settled();
    gate.resolve();
    expect((await failing).errors).toHaveLength(3);
    for (const [index, { data: answered, errors }] of (await Promise.all(others)).entries()) {
      expect(errors).toEqual([]);
      expect(answered).toEqual(expected([index % 3, 3]));
    }
  });

  it("are not disturbed when the one who asked first goes away", async () => {
    const gate = Promise.withResolvers<void>();
    shop.behave("stock", async (_, answer) => {
      await gate.promise;
      return answer();
    });
    const leaves = new AbortController();
    const first = askFor([1, 2], "first", leaves.signal);
    await settled();
    const others = Array.from({ length: 10 }, (_, index) => askFor([2, 3 + (index % 2)], `u${index}`));
    await settled();
    leaves.abort();
    expect((await first).data ?? null).toBeNull();
    gate.resolve();
    for (const [index, { data: answered, errors }] of (await Promise.all(others)).entries()) {
      expect(errors).toEqual([]);
      expect(answered).toEqual(expected([2, 3 + (index % 2)]));
    }
  });

  it("may go away while they wait, and leave the others what they came for", async () => {
    const held = hold("stock");
    const first = askFor([1, 2], "first");
    await settled();
    const leaves = new AbortController();
    const leaving = askFor([1, 2, 3], "leaves", leaves.signal);
    const staying = askFor([2, 1, 4], "stays");
    await settled();
    leaves.abort();
    expect((await leaving).data ?? null).toBeNull();
    held.release();
    expect((await first).data).toEqual(expected([1, 2]));
    expect((await staying).data).toEqual(expected([2, 1, 4]));
    expect((await askFor([3], "later")).data).toEqual(expected([3]));
  });

  it("get what they are allowed to, when it turns out that the answer is one caller's alone", async () => {
    shop.say("ratings", "public, max-age=60");
    await shop.ask('{ book(id: "n0") { stars } }');
    await shop.reset();
    const gate = Promise.withResolvers<void>();
    shop.behave("ratings", async ({ caller }) => {
      await gate.promise;
      return {
        data: { _entities: [{ stars: Number(caller.principal.id) }] },
        cacheControl: "private, max-age=60",
      };
    });
    const asking = [1, 2, 3].map((id) => shop.ask('{ book(id: "n7") { stars } }', { as: user(String(id)) }));
    await settled();
    gate.resolve();
    for (const [index, { data: answered }] of (await Promise.all(asking)).entries()) {
      expect(answered).toEqual({ book: { stars: index + 1 } });
    }
    for (const id of [1, 2, 3]) {
      const again = await shop.asked(async () => {
        const { data: answered } = await shop.ask('{ book(id: "n7") { stars } }', { as: user(String(id)) });
        expect(answered).toEqual({ book: { stars: id } });
      });
      expect(again).toEqual([]);
    }
  });

  it("share nothing of what may not be kept", async () => {
    shop.say("people", "no-store");
    for (let time = 0; time < 2; time++) {
      const asking = Array.from({ length: 5 }, (_, index) =>
        shop.ask("{ author { name } }", { as: user(`u${index}`) }),
      );
      await Promise.all(asking);
    }
    expect(shop.fetched.filter(({ subgraph }) => subgraph === "people")).toHaveLength(10);
  });
});
