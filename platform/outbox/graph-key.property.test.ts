import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anonymous } from "#policies";
import { engines } from "../serving/engines.fixture.ts";
import { buildServedProduct } from "../serving/model/build-served-product.ts";
import { meshOf, product, publishRows, table } from "../serving/serving.fixture.ts";
import { createSubgraph, type Subgraph } from "../serving/subgraph.ts";
import type { Row, Storage } from "../storage/port.ts";
import { graphKeyOf } from "./graph-key.ts";

/** A key of every type that a key can have. */
const keyed = product("keys", [
  table("things", {
    columns: {
      text: { type: "string", key: 0, required: true },
      kind: { type: "string", key: 1, required: true, enum: ["First Class", "same-day", "x"] },
      uid: { type: "uuid", key: 2, required: true },
      small: { type: "integer", key: 3, required: true },
      big: { type: "long", key: 4, required: true },
      exact: { type: "decimal(18,4)", key: 5, required: true },
      real: { type: "double", key: 6, required: true },
      flag: { type: "boolean", key: 7, required: true },
      day: { type: "date", key: 8, required: true },
      clock: { type: "time", key: 9, required: true },
      at_instant: { type: "timestamp", key: 10, required: true },
    },
  }),
]);
const fields = "text kind uid small big exact real flag day clock atInstant";

const row: fc.Arbitrary<Row> = fc.record({
  text: fc.string({ unit: "grapheme", maxLength: 8 }).filter((text) => !text.includes("\0") && text.isWellFormed()),
  kind: fc.constantFrom("First Class", "same-day", "x"),
  uid: fc.uuid(),
  small: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  exact: fc
    .tuple(fc.boolean(), fc.integer({ min: 0, max: 99_999_999 }), fc.integer({ min: 0, max: 9_999 }))
    .map(([isNegative, whole, part]) => `${isNegative ? "-" : ""}${whole}.${String(part).padStart(4, "0")}`),
  real: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0.1, 1e21, 5e-324)),
  flag: fc.boolean(),
  day: fc.constantFrom("0001-01-01", "2024-02-29", "9999-12-31"),
  clock: fc.constantFrom("00:00:00", "23:59:59", "12:30:00.5", "12:30:00.123456"),
  at_instant: fc.constantFrom(
    "2024-01-31T10:00:00.000Z",
    "2024-01-31T10:00:00.123456Z",
    "2024-01-31T10:00:00.100Z",
    "1969-12-31T23:59:59.999Z",
  ),
});

describe.each(engines)("keys in events of a product on $name", (engine) => {
  let storage: Storage;
  let discard: (() => Promise<void>) | undefined;
  let subgraph: Subgraph;
  const [served] = buildServedProduct(keyed, meshOf(keyed)).tables;
  beforeAll(async () => {
    if (engine.missing !== undefined) return;
    ({ storage, discard } = await engine.open(keyed));
    subgraph = createSubgraph({ product: keyed, mesh: meshOf(keyed), snapshots: storage, onError: console.error });
  });
  afterAll(async () => {
    await discard?.();
  });

  it.skipIf(engine.missing !== undefined)("are what the graph shows, and what leads to the row there", async () => {
    if (served === undefined) throw new Error("no table");
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(row, { selector: (it) => it.text, minLength: 1, maxLength: 8 }), async (rows) => {
        await publishRows(storage, keyed, { things: rows });
        const snapshot = await storage.snapshot();
        const types = new Map(served.columns.map(({ column, type }) => [column, type]));
        const stored = await snapshot.query(`select * from ${snapshot.table("things")} order by text`, [], types);
        snapshot.release();
        const keys = stored.map((it) => graphKeyOf(served, it));
        const listed = await subgraph.execute({
          query: `{ things { nodes { ${fields} } } }`,
          caller: anonymous,
          masking: "gateway",
        });
        const { nodes } = (listed.data as { things: { nodes: readonly object[] } }).things;
        const sorted = (list: readonly unknown[]): readonly string[] => list.map((it) => JSON.stringify(it)).sort();
        expect(sorted(keys)).toEqual(sorted(nodes));
        const entities = await subgraph.execute({
          query: `query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on Thing { ${fields} } } }`,
          variables: { keys: keys.map((key) => ({ __typename: "Thing", ...key })) },
          caller: anonymous,
          masking: "gateway",
        });
        expect(sorted((entities.data as { _entities: readonly object[] })._entities)).toEqual(sorted(keys));
      }),
      { numRuns: 25 },
    );
  });
});

it("is none for what the graph cannot show", () => {
  const odd = product("odd", [
    table("things", { columns: { kind: { type: "string", key: 0, required: true, enum: ["a"] } } }),
    table("others", { columns: { real: { type: "double", key: 0, required: true } } }),
  ]);
  const [things, others] = buildServedProduct(odd, meshOf(odd)).tables;
  if (things === undefined || others === undefined) throw new Error("no tables");
  expect(graphKeyOf(things, { kind: "a" })).toEqual({ kind: "A" });
  expect(graphKeyOf(things, { kind: "b" })).toBeUndefined();
  expect(graphKeyOf(things, { kind: null })).toBeUndefined();
  expect(graphKeyOf(others, { real: 1.5 })).toEqual({ real: 1.5 });
  expect(graphKeyOf(others, { real: Number.NaN })).toBeUndefined();
});
