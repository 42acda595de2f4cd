/**
 * Whoever asks whatever in whatever order gets what a gateway without a cache answers: in text, errors, masks and
 * obligations. In between data change, and what is told of a change ends just what depends on it.
 */
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import type { Caller } from "#policies";
import { type CachedGateway, openCachedGateway, user } from "../../fixtures/cached-gateway.fixture.ts";
import { clinic, clinicGovern } from "../../fixtures/clinic.fixture.ts";

/** Runs; LEAK_RUNS=5000 for a long hunt. */
const runs = Number(process.env.LEAK_RUNS ?? 250);

const data = clinic();
const original = structuredClone({ patients: data.patients, bills: data.bills });
const config = { subgraphs: data.subgraphs, govern: clinicGovern, says: undefined, deduplicate: "all" } as const;
const kept: CachedGateway = await openCachedGateway(config);
const plain: CachedGateway = await openCachedGateway({ ...config, cache: false });
afterAll(async () => {
  await kept[Symbol.asyncDispose]();
  await plain[Symbol.asyncDispose]();
});

const callers: readonly (Caller | undefined)[] = [
  undefined,
  user("east-1", { attributes: { region: "east" } }),
  user("east-2", { attributes: { region: "east" } }),
  user("both", { attributes: { region: ["east", "west"] } }, "care"),
  user("nobody"),
  user("nurse", { roles: ["nurse"], attributes: { region: "west" } }),
  user("doctor", { roles: ["doctor", "auditor"] }),
  user("auditor", { roles: ["auditor"] }, "care"),
];
const operations: readonly (readonly [query: string, variables?: Readonly<Record<string, unknown>>])[] = [
  ["{ patients { id name email region } }"],
  ["query($first: Int) { patients(first: $first) { email owes } }", { first: 1 }],
  ["query($first: Int) { patients(first: $first) { email owes } }", { first: 3 }],
  ["query($first: Int = 2) { patients(first: $first) { email owes } }"],
  ["query($first: Int = 3) { patients(first: $first) { email owes } }"],
  ['{ patient(id: "p1") { name illness } }'],
  ['{ patient(id: "p2") { email room { number welcome } } }'],
  ["query($id: ID!) { patient(id: $id) { id region owes } }", { id: "p3" }],
  ["{ bills { euros patient { region name } } }"],
  ["{ bills { patient { id illness owes } } }"],
  ["{ rooms { number beds patients { id email } } }"],
  ["{ rooms { patients { __typename } } }"],
  ["{ rooms { welcome(kind: KIND) } inbox }"],
  ["{ greeting(kind: KIND) hours }"],
  ["{ found { __typename } }"],
  ["{ found { ... on Room { beds } ... on Patient { email } } }"],
  ["{ found { ... on Room { welcome(kind: KIND) } } patients { bills { euros } } }"],
];

type Step =
  | { readonly kind: "ask"; readonly who: number; readonly what: number; readonly together: number }
  | { readonly kind: "change"; readonly at: number; readonly value: number }
  | { readonly kind: "pass"; readonly seconds: number };

const steps = fc.array(
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        kind: fc.constant("ask" as const),
        who: fc.nat(59),
        what: fc.nat(59),
        together: fc.integer({ min: 1, max: 2 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("change" as const), at: fc.nat(7), value: fc.nat(1_000) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("pass" as const), seconds: fc.nat(70) }) },
  ),
  { minLength: 4, maxLength: 16, size: "max" },
);
/** What a subgraph has said once to be for one caller alone is remembered, so there are selections of which nothing is known. */
const kinds = 60;
/** Few in each run, so that they meet again. */
const fewOf = (list: readonly unknown[]) => fc.uniqueArray(fc.nat(list.length - 1), { minLength: 2, maxLength: 4 });

/** What each subgraph says of its answers in one run; what the portal answers differs by caller. */
const ofOne = [undefined, "max-age=60", "private, max-age=60", "max-age=10, stale-if-error=100", "no-store"];
const saysOfOne = fc.constantFrom(...ofOne);
const says = fc.constantFrom(...ofOne, "public, max-age=60", "s-maxage=60");

async function change(at: number, value: number): Promise<void> {
  const patient = data.patients[at];
  if (patient !== undefined) {
    if (value % 2 === 0) patient.email = `changed-${value}@mail.example`;
    else patient.region = ["east", "west", "north"][value % 3] ?? "";
    await kept.invalidator.invalidate({
      cause: "event",
      what: [{ kind: "entity", type: "Patient", key: { id: patient.id } }],
    });
    return;
  }
  const bill = data.bills[at - data.patients.length];
  if (bill === undefined) return;
  bill.euros = value;
  await kept.invalidator.invalidate({
    cause: "event",
    what: [{ kind: "entity", type: "Bill", key: { id: bill.id }, product: "bills" }],
  });
}

/** How many requests to subgraphs it takes without a cache. */
async function check(step: Step, who: readonly number[], what: readonly number[], kind: number): Promise<number> {
  if (step.kind === "pass") {
    kept.advance(step.seconds);
    return 0;
  }
  if (step.kind === "change") {
    await change(step.at, step.value);
    return 0;
  }
  plain.fetched.length = 0;
  const [text, variables] = operations[what[step.what % what.length] ?? 0] ?? [""];
  const query = text.replace("KIND", String(kind));
  const as = callers[who[step.who % who.length] ?? 0];
  const wish = { ...(as && { as }), ...(variables && { variables }) };
  const asking = Array.from({ length: step.together }, () => kept.ask(query, wish));
  const expected = await plain.ask(query, wish);
  for (const actual of await Promise.all(asking)) {
    expect({ ...actual.extensions, products: undefined }).toEqual({ ...expected.extensions, products: undefined });
    expect(actual.errors).toEqual(expected.errors);
    expect(actual.data).toEqual(expected.data);
  }
  return step.together * plain.fetched.length;
}

it("nobody gets what is not meant for them, nor anything old", { timeout: 60_000 + runs * 200 }, async () => {
  let [asked, fetched, run] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(says, says, saysOfOne),
      fewOf(callers),
      fewOf(operations),
      steps,
      async (headers, who, what, plan) => {
        await kept.reset();
        for (const [index, { name }] of data.subgraphs.entries()) kept.say(name, headers[index]);
        for (const [index, patient] of data.patients.entries()) Object.assign(patient, original.patients[index]);
        for (const [index, bill] of data.bills.entries()) Object.assign(bill, original.bills[index]);
        for (const step of plan) asked += await check(step, who, what, run % kinds);
        run++;
        fetched += kept.fetched.length;
      },
    ),
    { numRuns: runs, endOnFailure: true },
  );
  // It was worth the hunt: much was kept.
  expect(fetched).toBeLessThan(asked);
});
