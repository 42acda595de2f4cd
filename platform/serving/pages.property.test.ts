import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anonymous } from "#policies";
import type { Storage } from "../storage/port.ts";
import { engines } from "./engines.fixture.ts";
import { publishRows } from "./serving.fixture.ts";
import { createSubgraph, type Subgraph } from "./subgraph.ts";
import { conditions, orderByOf, orders, sorted, things, thingsMesh, thingsProduct } from "./things.fixture.ts";

interface Page {
  readonly nodes: readonly { readonly code: string; readonly number: number }[];
  readonly edges: readonly { readonly cursor: string }[];
  readonly totalCount: number;
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const query = `query ($first: Int, $after: String, $last: Int, $before: String, $where: ThingWhere, $orderBy: [ThingOrderBy!]) {
  things(first: $first, after: $after, last: $last, before: $before, where: $where, orderBy: $orderBy) {
    nodes { code number } edges { cursor } totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

describe.each(engines)("pages on $name", (engine) => {
  let storage: Storage;
  let discard: (() => Promise<void>) | undefined;
  let subgraph: Subgraph;
  const fetchPage = async (variables: Record<string, unknown>): Promise<Page> => {
    const answer = await subgraph.execute({ query, variables, caller: anonymous, masking: "here" });
    expect(answer.errors).toBeUndefined();
    return answer.data?.things as Page;
  };
  const key = ({ code, number }: { readonly code: unknown; readonly number: unknown }): string =>
    JSON.stringify([code, number]);

  beforeAll(async () => {
    if (engine.missing !== undefined) return;
    ({ storage, discard } = await engine.open(thingsProduct));
    subgraph = createSubgraph({ product: thingsProduct, mesh: thingsMesh, snapshots: storage });
  });
  afterAll(async () => {
    await discard?.();
  });

  it.skipIf(engine.missing !== undefined)(
    "joined in either direction are the matching rows in order, without gap or duplicate",
    async () => {
      await fc.assert(
        fc.asyncProperty(
          things,
          conditions,
          orders,
          fc.integer({ min: 1, max: 7 }),
          async (rows, condition, order, size) => {
            await publishRows(storage, thingsProduct, { things: rows });
            const expected = sorted(
              rows.filter((row) => condition.holds(row) === true),
              order,
            ).map((row) => key(row as never));
            const list = { where: condition.where, orderBy: orderByOf(order) };

            const forward: string[] = [];
            for (let after: string | null = null; ; ) {
              const page: Page = await fetchPage({ ...list, first: size, after });
              expect(page.totalCount).toBe(expected.length);
              expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
              expect(page.edges.at(-1)?.cursor ?? null).toBe(page.pageInfo.endCursor);
              forward.push(...page.nodes.map(key));
              if (!page.pageInfo.hasNextPage) break;
              after = page.pageInfo.endCursor;
            }
            expect(forward).toEqual(expected);

            const backward: string[] = [];
            for (let before: string | null = null; ; ) {
              const page: Page = await fetchPage({ ...list, last: size, before });
              backward.unshift(...page.nodes.map(key));
              if (!page.pageInfo.hasPreviousPage) break;
              before = page.pageInfo.startCursor;
            }
            expect(backward).toEqual(expected);
          },
        ),
        { numRuns: 60 },
      );
    },
    120_000,
  );

  it.skipIf(engine.missing !== undefined)("between two cursors are exactly the rows between them", async () => {
    await fc.assert(
      fc.asyncProperty(things, orders, fc.nat(), fc.nat(), async (rows, order, left, right) => {
        await publishRows(storage, thingsProduct, { things: rows });
        const all = await fetchPage({ orderBy: orderByOf(order) });
        const [from, to] = [left % (rows.length + 1), right % (rows.length + 1)];
        const between = await fetchPage({
          orderBy: orderByOf(order),
          after: from === 0 ? null : all.edges[from - 1]?.cursor,
          before: all.edges[to]?.cursor ?? null,
        });
        expect(between.nodes).toEqual(all.nodes.slice(from, Math.max(from, to)));
      }),
      { numRuns: 30 },
    );
  });

  it.skipIf(engine.missing !== undefined)(
    "go on after a cursor of an older version, at the place that it names",
    async () => {
      const row = (code: string) => ({
        code,
        number: 0,
        label: null,
        small: null,
        big: null,
        amount: null,
        ratio: null,
        flag: null,
        day: null,
        at: null,
      });
      await publishRows(storage, thingsProduct, { things: ["a", "c", "e"].map(row) });
      const first = await fetchPage({ first: 2 });
      await publishRows(storage, thingsProduct, { things: ["a", "b", "d", "e"].map(row) });
      const next = await fetchPage({ first: 2, after: first.pageInfo.endCursor });
      expect(next.nodes.map(({ code }) => code)).toEqual(["d", "e"]);
    },
  );
});
