/** What is shared by clients that ask the same at the same time, through a whole gateway. */
import { describe, expect, it } from "vitest";
import type { Caller } from "#policies";
import { ask } from "./fixtures/ask.fixture.ts";
import { inProcess, shopSubgraphs } from "./fixtures/shop.fixture.ts";
import { createGateway, type Deduplicate, type Gateway } from "./gateway.ts";

interface Held {
  readonly gateway: Gateway;
  /** Lets what has been asked so far be answered. */
  release(): void;
  fetches(): number;
  /** Resolves when so many fetches have been made. */
  reached(fetches: number): Promise<void>;
}

/** The shop, whose subgraphs answer when the test lets them. */
async function withHeldShop(deduplicate: Deduplicate | undefined, use: (held: Held) => Promise<void>): Promise<void> {
  let fetches = 0;
  let gate = Promise.withResolvers<void>();
  const waiting: { readonly fetches: number; resolve(): void }[] = [];
  const subgraphs = Object.values(shopSubgraphs()).map((subgraph) =>
    inProcess({
      ...subgraph,
      async execute(call) {
        const { promise } = gate;
        fetches++;
        for (const waiter of waiting) if (fetches >= waiter.fetches) waiter.resolve();
        // What was read is held, so that it may be old when it arrives. Mutations are not.
        const answer = await subgraph.execute(call);
        if (!call.query.startsWith("mutation")) await promise;
        return answer;
      },
    }),
  );
  const gateway = await createGateway({
    source: { kind: "subgraphs", subgraphs },
    authenticate: (headers) => Promise.resolve(callerNamed(headers.get("x-name") ?? "ada")),
    ...(deduplicate === undefined ? {} : { deduplicate }),
  });
  const release = (): void => {
    gate.resolve();
    gate = Promise.withResolvers();
  };
  try {
    await use({
      gateway,
      release,
      fetches: () => fetches,
      reached: (count) =>
        fetches >= count ? Promise.resolve() : new Promise((resolve) => void waiting.push({ fetches: count, resolve })),
    });
  } finally {
    gate.resolve();
    await gateway.close();
  }
}

function callerNamed(id: string): Caller {
  return { principal: { id, kind: "user", roles: [], purposes: [], attributes: {} }, purpose: undefined };
}

const query = "{ me { name } }";
const metric = async (gateway: Gateway, name: string): Promise<number> => {
  const lines = (await gateway.metrics()).body.split("\n").filter((line) => line.startsWith(name));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
};
/** Until every promise that can go on has. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe("ten clients that ask the same at the same time", () => {
  it.each<[Deduplicate | undefined, number, number, number]>([
    ["none", 10, 0, 0],
    ["fetches", 1, 9, 0],
    ["requests", 1, 0, 9],
    ["all", 1, 0, 9],
    [undefined, 1, 0, 9],
  ])("all get the answer, with `%s` of %d fetches", async (deduplicate, expected, sharedFetches, sharedRequests) => {
    await withHeldShop(deduplicate, async ({ gateway, release, reached, fetches }) => {
      const asking = Promise.all(Array.from({ length: 10 }, () => ask(gateway.service, query)));
      await reached(expected);
      await settled();
      expect(fetches()).toBe(expected);
      release();
      for (const { data, errors } of await asking) {
        expect(data).toEqual({ me: { name: "Ada" } });
        expect(errors).toEqual([]);
      }
      expect(await metric(gateway, "mesh_subgraph_fetches_shared_total{")).toBe(sharedFetches);
      expect(await metric(gateway, "mesh_gateway_requests_shared_total ")).toBe(sharedRequests);
      expect(await metric(gateway, 'mesh_gateway_requests_total{type="query",outcome="ok"}')).toBe(10);
    });
  });

  it("share nothing when they are different people", () =>
    withHeldShop("all", async ({ gateway, release, reached }) => {
      const names = ["ada", "bob", "eve"];
      const asking = names.map((name) => ask(gateway.service, query, { headers: { "x-name": name } }));
      await reached(3);
      release();
      for (const { errors } of await Promise.all(asking)) expect(errors).toEqual([]);
    }));

  it.each<Deduplicate>(["none", "fetches", "requests", "all"])(
    "read what a mutation wrote, with `%s`, if they ask after it",
    (deduplicate) =>
      withHeldShop(deduplicate, async ({ gateway, release, reached }) => {
        const shipped = '{ order(id: "o1") { shipped } }';
        const before = [ask(gateway.service, shipped), ask(gateway.service, shipped)];
        await reached(deduplicate === "none" ? 2 : 1);
        const mutation = await ask(gateway.service, 'mutation { ship(id: "o1") { shipped } }');
        expect(mutation.data).toEqual({ ship: { shipped: true } });
        const after = [ask(gateway.service, shipped), ask(gateway.service, shipped)];
        await reached(deduplicate === "none" ? 5 : 3);
        await settled();
        release();
        for (const { data } of await Promise.all(before)) expect(data).toEqual({ order: { shipped: false } });
        for (const { data } of await Promise.all(after)) expect(data).toEqual({ order: { shipped: true } });
      }),
  );

  it.each<Deduplicate>(["fetches", "requests", "all"])(
    "are not disturbed, with `%s`, when the one that asked first goes away",
    (deduplicate) =>
      withHeldShop(deduplicate, async ({ gateway, release, reached }) => {
        const leaves = new AbortController();
        const first = ask(gateway.service, query, { signal: leaves.signal });
        await reached(1);
        const others = [ask(gateway.service, query), ask(gateway.service, query)];
        await settled();
        leaves.abort();
        expect((await first).data ?? null).toBeNull();
        release();
        for (const { data } of await Promise.all(others)) expect(data).toEqual({ me: { name: "Ada" } });
      }),
  );
});
