/**
 * Runs that are followed (`compiled/replay.ts`) mix answers that are the same again with what is kept: whatever subgraphs
 * say of their answers, whatever changes and is ended, an answer is the one that a gateway without either gives.
 */
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { type CachedGateway, openCachedGateway } from "../../fixtures/cached-gateway.fixture.ts";
import { library } from "../../fixtures/library.fixture.ts";

/** Runs; FOLLOWED_RUNS=1000 for a long hunt. */
const runs = Number(process.env.FOLLOWED_RUNS ?? 60);

const data = library();
const config = { subgraphs: data.subgraphs, says: undefined };
const kept: CachedGateway = await openCachedGateway({ ...config, overHttp: true });
const plain: CachedGateway = await openCachedGateway({ ...config, cache: false, replayBytes: 0 });
afterAll(async () => {
  await kept[Symbol.asyncDispose]();
  await plain[Symbol.asyncDispose]();
});

const operations = [
  "{ books { title copies stars author { name } } }",
  '{ book(id: "b1") { title copies weight } }',
  "{ search { ... on Book { stars } ... on Film { title } } }",
];
const names = ["catalog", "people", "stock", "ratings", "post"] as const;
const says = fc.constantFrom(
  undefined,
  "no-store",
  "public, max-age=10",
  "public, max-age=60",
  "max-age=60",
  "s-maxage=0",
);

type Step =
  | { readonly kind: "ask"; readonly what: number; readonly times: number }
  /** Of which everybody is told, or which shows when nothing can be kept any longer. */
  | { readonly kind: "change"; readonly book: string; readonly value: number; readonly isTold: boolean }
  | { readonly kind: "say"; readonly name: (typeof names)[number]; readonly header: string | undefined }
  | { readonly kind: "fail"; readonly name: (typeof names)[number] }
  | { readonly kind: "pass"; readonly seconds: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("ask" as const),
        what: fc.nat(operations.length - 1),
        times: fc.integer({ min: 1, max: 4 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("change" as const),
        book: fc.constantFrom("b1", "b2", "b3"),
        value: fc.nat(99),
        isTold: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("say" as const), name: fc.constantFrom(...names), header: says }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("fail" as const), name: fc.constantFrom(...names) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("pass" as const), seconds: fc.integer({ min: 1, max: 30 }) }),
    },
  ),
  { minLength: 4, maxLength: 14, size: "max" },
);

async function run(step: Step): Promise<void> {
  switch (step.kind) {
    case "pass":
      kept.advance(step.seconds);
      return;
    case "say":
      kept.say(step.name, step.header);
      return;
    case "change": {
      const { book, value, isTold } = step;
      data.addBook(book, { title: `T${value}`, copies: value, stars: value % 5, pages: value });
      if (isTold) {
        const what = [{ kind: "entity", type: "Book", key: { id: book } }] as const;
        await kept.invalidator.invalidate({ cause: "event", what });
      } else kept.advance(60);
      return;
    }
    case "fail": {
      // Once, for both: what is wrong with an answer is not remembered.
      const fail = (): never => {
        throw new Error("gone");
      };
      for (const gateway of [kept, plain]) gateway.behave(step.name, fail);
      await compare(0, true);
      for (const gateway of [kept, plain]) gateway.behave(step.name, undefined);
      return;
    }
    case "ask":
      for (let time = 0; time < step.times; time++) await compare(step.what);
  }
}

/** `isFailing`: what is kept may be there, though its subgraph is gone. */
async function compare(what: number, isFailing = false): Promise<void> {
  const query = operations[what] ?? "";
  const actual = await kept.ask(query);
  if (isFailing) return;
  const expected = await plain.ask(query);
  expect(actual.data).toEqual(expected.data);
  expect(actual.errors).toEqual(expected.errors);
}

it("what is the same again, and what is kept, make no difference together", {
  timeout: 60_000 + runs * 1_000,
}, async () => {
  let [asked, fetched] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.tuple(says, says, says, says, says), steps, async (headers, plan) => {
      await kept.reset();
      plain.fetched.length = 0;
      for (const [index, name] of names.entries()) kept.say(name, headers[index]);
      data.books.clear();
      for (const id of ["b1", "b2", "b3"]) data.addBook(id);
      for (const step of plan) await run(step);
      asked += plain.fetched.length;
      fetched += kept.fetched.length;
    }),
    { numRuns: runs, endOnFailure: true },
  );
  expect(fetched).toBeLessThan(asked);
});
