import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anonymous, noRules, type Rules } from "#policies";
import type { Row, Storage } from "../storage/port.ts";
import { engines } from "./engines.fixture.ts";
import { publishRows } from "./serving.fixture.ts";
import { createSubgraph, type Subgraph } from "./subgraph.ts";
import { conditions, things, thingsMesh, thingsProduct } from "./things.fixture.ts";

const size = 3;
const rules: Rules = {
  ...noRules,
  decideRows: () => ({ filters: [], minGroup: size, policies: ["no-small-groups"] }),
};
const query = `query ($where: ThingWhere, $groupBy: [ThingGroupBy!], $orderBy: [ThingAggregateOrderBy!]) {
  thingsAggregate(where: $where, groupBy: $groupBy, orderBy: $orderBy) {
    group { flag } count sum { small } avg { amount } min { day } max { small }
  }
}`;
interface Group {
  readonly group: { readonly flag: boolean | null };
  readonly count: number;
  readonly sum: { readonly small: string | null };
  readonly avg: { readonly amount: string | null };
  readonly min: { readonly day: string | null };
  readonly max: { readonly small: number | null };
}

describe.each(engines)(`groups of fewer than ${size} rows on $name`, (engine) => {
  let storage: Storage;
  let discard: (() => Promise<void>) | undefined;
  let subgraph: Subgraph;
  beforeAll(async () => {
    if (engine.missing !== undefined) return;
    ({ storage, discard } = await engine.open(thingsProduct));
    subgraph = createSubgraph({ product: thingsProduct, mesh: thingsMesh, snapshots: storage, rules });
  });
  afterAll(async () => {
    await discard?.();
  });
  const ask = async (text: string, variables: Record<string, unknown> = {}) =>
    subgraph.execute({ query: text, variables, caller: anonymous, masking: "here" });
  const groups = async (variables: Record<string, unknown>): Promise<readonly Group[]> => {
    const { data, errors } = await ask(query, variables);
    expect(errors).toBeUndefined();
    return data?.thingsAggregate as readonly Group[];
  };
  const withValue = (rows: readonly Row[], column: string): number => rows.filter((row) => row[column] !== null).length;

  it.skipIf(engine.missing !== undefined)(
    "are left out, and so are sums of few values and every extreme",
    async () => {
      await fc.assert(
        fc.asyncProperty(things, fc.boolean(), async (rows, grouped) => {
          await publishRows(storage, thingsProduct, { things: rows });
          const orderBy = fc.sample(
            fc.constantFrom([], [{ by: "MAX", column: "SMALL" }], [{ by: "AVG", column: "AMOUNT" }]),
            1,
          )[0];
          const answer = await groups({
            ...(grouped ? { groupBy: [{ column: "FLAG" }] } : {}),
            orderBy: grouped ? orderBy : [],
          });
          const expected = Map.groupBy(rows, (row) => (grouped ? row.flag : null));
          const shown = [...expected].filter(([, members]) => members.length >= size);
          expect(answer.map(({ group }) => String(group.flag)).sort()).toEqual(
            shown.map(([flag]) => String(flag)).sort(),
          );
          for (const { group, count, sum, avg, min, max } of answer) {
            const members = expected.get(grouped ? group.flag : null) ?? [];
            expect(count).toBe(members.length);
            expect(sum.small === null).toBe(withValue(members, "small") < size);
            expect(avg.amount === null).toBe(withValue(members, "amount") < size);
            expect([min.day, max.small]).toEqual([null, null]);
          }
        }),
        { numRuns: 40 },
      );
    },
    60_000,
  );

  it.skipIf(engine.missing !== undefined)(
    "cannot be had as the difference of two questions about the same columns",
    async () => {
      const comparison = fc.record({
        label: fc.constantFrom<unknown>(
          { eq: "a" },
          { ne: "a" },
          { in: ["a", "b"] },
          { isNull: true },
          { startsWith: "" },
        ),
        small: fc.constantFrom<unknown>({ gt: 0 }, { ne: 1 }, { lte: 1 }, { isNull: false }),
      });
      const rows = fc
        .array(fc.record({ label: fc.constantFrom("a", "b", "c", null), small: fc.constantFrom(0, 1, 2, null) }), {
          maxLength: 30,
        })
        .map((drawn) =>
          drawn.map(
            (row, index): Row => ({
              code: `c${index}`,
              number: index,
              big: null,
              amount: null,
              ratio: null,
              flag: null,
              day: null,
              at: null,
              ...row,
            }),
          ),
        );
      const wrapped = comparison.chain((condition) =>
        fc.constantFrom<unknown>(condition, { not: condition }, { or: [condition] }),
      );
      await fc.assert(
        fc.asyncProperty(rows, wrapped, wrapped, async (stored, one, other) => {
          await publishRows(storage, thingsProduct, { things: stored });
          const count = async (where: unknown): Promise<number> => (await groups({ where }))[0]?.count ?? 0;
          // What is in one and not in the other, and the other way round.
          const both = await count({ and: [one, other] });
          for (const difference of [(await count(one)) - both, (await count(other)) - both]) {
            expect(difference === 0 || difference >= size).toBe(true);
          }
        }),
        { numRuns: 60 },
      );
    },
    60_000,
  );

  it.skipIf(engine.missing !== undefined)("never let a row be taken out by its key", async () => {
    await fc.assert(
      fc.asyncProperty(things, conditions, async (rows, { where }) => {
        await publishRows(storage, thingsProduct, { things: rows });
        expect(await groups({ where: { and: [where, { code: { ne: "?" } }, { number: { ne: -1 } }] } })).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it.skipIf(engine.missing !== undefined)("are not counted by a list either", async () => {
    const row = { small: null, label: null, big: null, amount: null, ratio: null, flag: null, day: null, at: null };
    await publishRows(storage, thingsProduct, {
      things: [
        { code: "a", number: 1, ...row },
        { code: "b", number: 1, ...row },
        { code: "c", number: 1, ...row },
      ],
    });
    expect((await ask("{ things { totalCount } }")).data).toEqual({ things: { totalCount: 3 } });
    for (const code of ["a", "none"]) {
      const { data, errors } = await ask(`{ things(where: { code: { eq: "${code}" } }) { totalCount } }`);
      expect(data).toEqual({ things: null });
      expect(errors).toMatchObject([
        {
          message:
            "Fewer than 3 rows of Thing match, and their number is not shown (no-small-groups). Ask about more of them.",
          extensions: { code: "GROUP_TOO_SMALL", type: "Thing", minGroup: 3, policies: ["no-small-groups"] },
        },
      ]);
    }
  });
});
