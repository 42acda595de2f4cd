import { describe, expect, it } from "vitest";
import { ask } from "../fixtures/ask.fixture.ts";
import { overHttp } from "../fixtures/http-subgraph.fixture.ts";
import { inProcess, link, shopSubgraphs, subgraphOf } from "../fixtures/shop.fixture.ts";
import { createGateway, type Gateway, type GatewayConfig } from "../gateway.ts";
import { silentLogger } from "../observability/logger.ts";
import { CompositionFailed } from "./composition-error.ts";
import type { SubgraphSource, SupergraphSource } from "./source.ts";

const composed = (...subgraphs: SubgraphSource[]): SupergraphSource => ({ kind: "subgraphs", subgraphs });

/** One field whose answer waits until it is let go. */
function slowSubgraph(
  answer: string,
  extra = "",
): { source: SubgraphSource; asked: Promise<void>; letGo: () => void; calls: () => number } {
  const asked = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let calls = 0;
  const resolvers = {
    Query: {
      slow: async () => {
        calls += 1;
        asked.resolve();
        await gate.promise;
        return answer;
      },
      quick: () => answer,
    },
  };
  const subgraph = subgraphOf("slow", `${link} type Query { slow: String quick: String ${extra} }`, resolvers);
  return { source: inProcess(subgraph), asked: asked.promise, letGo: gate.resolve, calls: () => calls };
}

async function withGateway<T>(config: GatewayConfig, use: (gateway: Gateway) => Promise<T>): Promise<T> {
  const gateway = await createGateway(config);
  try {
    return await use(gateway);
  } finally {
    await gateway.close();
  }
}

const broken = inProcess(subgraphOf("shop", `${link} type Query { quick: String }`, {}));

describe("reload", () => {
  it("lets a request that is under way finish on its generation while new ones see the new graph", () => {
    const old = slowSubgraph("old");
    const next = slowSubgraph("new", "added: String");
    return withGateway({ source: composed(old.source) }, async (gateway) => {
      const inFlight = ask(gateway.service, "{ slow }");
      await old.asked;
      const reloaded = await gateway.reload({ source: composed(next.source) });
      if (reloaded.kind !== "swapped") throw new Error(`Expected a swap, got ${reloaded.kind}`);
      let drained = false;
      const draining = reloaded.drained.then(() => {
        drained = true;
      });
      expect([reloaded.generation, drained]).toEqual([2, false]);
      expect((await ask(gateway.service, "{ quick added }")).data).toEqual({ quick: "new", added: null });
      expect((await gateway.metrics()).body).toContain("mesh_supergraph_generations_live 2");
      old.letGo();
      expect((await inFlight).data).toEqual({ slow: "old" });
      await draining;
      expect((await gateway.metrics()).body).toContain("mesh_supergraph_generations_live 1");
      next.letGo();
    });
  });

  it(
    "loses no request under constant load, whatever the reloads bring",
    () =>
      withGateway({ source: composed(slowSubgraph("0").source) }, async (gateway) => {
        let done = false;
        const answers: unknown[] = [];
        const client = async (): Promise<void> => {
          while (!done) {
            const { data, errors, status } = await ask(gateway.service, "{ quick }");
            answers.push(errors.length === 0 && typeof data?.quick === "string" ? "fine" : { data, errors, status });
            await new Promise(setImmediate);
          }
        };
        const clients = Array.from({ length: 8 }, client);
        for (let i = 1; i <= 6; i++) {
          const sources =
            i % 3 === 0 ? [slowSubgraph("x").source, broken] : [slowSubgraph(String(i), `f${i}: Int`).source];
          const { kind } = await gateway.reload({ source: composed(...sources) });
          expect(kind).toBe(i % 3 === 0 ? "failed" : "swapped");
        }
        done = true;
        await Promise.all(clients);
        expect(new Set(answers)).toEqual(new Set(["fine"]));
        expect(answers.length).toBeGreaterThan(20);
      }),
    120_000,
  );

  it("keeps the old graph when the new one does not compose, and says why in result, health and metric", () =>
    withGateway({ source: composed(slowSubgraph("old").source), now: () => new Date(0) }, async (gateway) => {
      const result = await gateway.reload({ source: composed(slowSubgraph("new").source, broken) });
      expect(result).toMatchObject({
        kind: "failed",
        reason: expect.stringContaining("Query.quick"),
        errors: [expect.objectContaining({ products: ["shop", "slow"], coordinate: "Query.quick" })],
      });
      expect((await ask(gateway.service, "{ quick }")).data).toEqual({ quick: "old" });
      const health = gateway.health();
      expect(health).toMatchObject({ live: true, ready: true, generation: { number: 1 } });
      expect(health.lastReloadFailure).toMatchObject({
        at: new Date(0),
        reason: expect.stringContaining("Query.quick"),
      });
      expect((await gateway.metrics()).body).toContain('mesh_supergraph_reloads_total{outcome="failed"} 1');

      await gateway.reload({ source: composed(slowSubgraph("new").source) });
      expect(gateway.health().lastReloadFailure).toBeUndefined();
    }));

  it("keeps the source that works when the new one failed", () => {
    const old = slowSubgraph("old").source;
    return withGateway({ source: composed(old) }, async (gateway) => {
      await gateway.reload({ source: composed(broken, slowSubgraph("new").source) });
      expect(await gateway.reload()).toEqual({ kind: "unchanged", generation: 1 });
    });
  });

  it("changes nothing when nothing changed", () => {
    const source = composed(slowSubgraph("same").source);
    return withGateway({ source }, async (gateway) => {
      const before = gateway.health().generation;
      expect(await gateway.reload({ source })).toEqual({ kind: "unchanged", generation: 1 });
      expect(gateway.health().generation).toEqual(before);
    });
  });

  it("swaps when only the running subgraph behind the same SDL was replaced", () =>
    withGateway({ source: composed(slowSubgraph("old").source) }, async (gateway) => {
      expect(await gateway.reload({ source: composed(slowSubgraph("new").source) })).toMatchObject({ kind: "swapped" });
      expect((await ask(gateway.service, "{ quick }")).data).toEqual({ quick: "new" });
    }));

  it("runs one reload at a time and joins those that wait", () =>
    withGateway({ source: composed(slowSubgraph("0").source) }, async (gateway) => {
      const results = await Promise.all(
        ["1", "2", "3", "4"].map((name) => gateway.reload({ source: composed(slowSubgraph(name).source) })),
      );
      expect(results.map((result) => "generation" in result && result.generation)).toEqual([2, 3, 3, 3]);
      expect((await ask(gateway.service, "{ quick }")).data).toEqual({ quick: "4" });
    }));

  it("prepares an operation again when its generation ended before it ran", () =>
    withGateway({ source: composed(slowSubgraph("old").source) }, async (gateway) => {
      const request = {
        method: "POST",
        url: "/",
        headers: new Map(),
        body: undefined,
        signal: new AbortController().signal,
      };
      const params = { query: "{ quick }", operationName: undefined, variables: undefined, extensions: undefined };
      const prepared = await gateway.service.prepare(params, request);
      await gateway.reload({ source: composed(slowSubgraph("new").source) });
      if (prepared.kind !== "ready") throw new Error("Expected a ready operation");
      expect(JSON.parse(String((await prepared.run()).body))).toMatchObject({ data: { quick: "new" } });
    }));
});

describe("sources", () => {
  it("refuses to start on what does not compose, with every reason", async () => {
    const starting = createGateway({ source: composed(slowSubgraph("a").source, broken) });
    await expect(starting).rejects.toBeInstanceOf(CompositionFailed);
    await expect(createGateway({ source: composed() })).rejects.toThrow("none is configured");
  });

  it("reads running subgraphs' SDL, leaves out the one that is not there and says so in health", async () => {
    const { orders, customers } = shopSubgraphs();
    await using ordersServer = await overHttp(orders);
    await using customersServer = await overHttp(customers);
    await customersServer[Symbol.asyncDispose]();
    const source = composed(
      { kind: "http", name: "orders", url: ordersServer.url },
      { kind: "http", name: "customers", url: customersServer.url },
      { kind: "unavailable", name: "payments", reason: "its storage cannot be opened" },
    );
    await withGateway({ source }, async (gateway) => {
      expect((await ask(gateway.service, "{ orders { id } }")).data?.orders).toHaveLength(3);
      expect(gateway.health().subgraphs).toEqual([
        { name: "customers", state: "absent", reason: 'Subgraph "customers" could not be reached' },
        { name: "orders", state: "up", at: expect.any(Date) },
        { name: "payments", state: "absent", reason: "its storage cannot be opened" },
      ]);
    });
  });

  it("keeps a subgraph in the graph that does not answer during a reload", async () => {
    const { orders, customers } = shopSubgraphs();
    await using ordersServer = await overHttp(orders);
    const customersServer = await overHttp(customers);
    await using _ = customersServer;
    const source = composed(
      { kind: "http", name: "orders", url: ordersServer.url },
      { kind: "http", name: "customers", url: customersServer.url },
    );
    await withGateway({ source }, async (gateway) => {
      await customersServer[Symbol.asyncDispose]();
      expect(await gateway.reload()).toEqual({ kind: "unchanged", generation: 1 });
      expect(gateway.health().subgraphs[0]).toMatchObject({ name: "customers", state: "remembered" });
    });
  });

  it("loads a composed supergraph and asks its subgraphs at the configured addresses", async () => {
    const { orders, customers } = shopSubgraphs();
    await using ordersServer = await overHttp(orders);
    await using customersServer = await overHttp(customers);
    const sdl = await withGateway(
      { source: composed(inProcess(orders), inProcess(customers)) },
      async (g) => g.supergraph() ?? "",
    );
    await expect(createGateway({ source: { kind: "supergraph", supergraph: { sdl } } })).rejects.toThrow(
      /no http address for the subgraph "(orders|customers)"/,
    );
    const urls = { orders: ordersServer.url, customers: customersServer.url };
    await withGateway({ source: { kind: "supergraph", supergraph: { sdl }, urls } }, async (gateway) => {
      expect((await ask(gateway.service, '{ order(id: "o1") { customer { name } } }')).data).toEqual({
        order: { customer: { name: "Ada" } },
      });
    });
  });

  it("says what is wrong with a supergraph that is none", async () => {
    const sdl = "type Query { a: Int }";
    await expect(createGateway({ source: { kind: "supergraph", supergraph: { sdl } } })).rejects.toThrow();
    const file = "/nowhere/supergraph.graphql";
    await expect(createGateway({ source: { kind: "supergraph", supergraph: { file } } })).rejects.toThrow(file);
  });
});

describe("health", () => {
  it("knows of every subgraph once each was asked", async () => {
    const { orders, customers } = shopSubgraphs();
    await using customersServer = await overHttp(customers);
    const remote: SubgraphSource = { kind: "http", name: "customers", url: customersServer.url };
    await withGateway({ source: composed(inProcess(orders), remote) }, async (gateway) => {
      expect(gateway.health().subgraphs.map(({ state }) => state)).toEqual(["unknown", "unknown"]);
      await customersServer[Symbol.asyncDispose]();
      const { ready, subgraphs } = await gateway.checkSubgraphs();
      expect([ready, ...subgraphs.map(({ state }) => state)]).toEqual([true, "down", "up"]);
    });
  });
});

describe("a gateway that polls", () => {
  it("takes a product into the graph when it comes up", async () => {
    const { orders, customers } = shopSubgraphs();
    await using customersServer = await overHttp(customers);
    let isUp = false;
    await using ordersServer = await overHttp({
      name: "orders",
      execute: (call) => (isUp ? orders.execute(call) : Promise.resolve({ errors: [{ message: "starting" }] })),
    });
    const source = composed(
      { kind: "http", name: "customers", url: customersServer.url },
      { kind: "http", name: "orders", url: ordersServer.url },
    );
    await withGateway({ source, pollMs: 5 }, async (gateway) => {
      expect(gateway.health().subgraphs[1]).toMatchObject({ name: "orders", state: "absent" });
      isUp = true;
      await expect.poll(() => gateway.health().generation?.number, { timeout: 10_000 }).toBe(2);
      expect((await ask(gateway.service, '{ order(id: "o1") { customer { name } } }')).errors).toEqual([]);
      expect((await gateway.metrics()).body).toContain('mesh_supergraph_reloads_total{outcome="swapped"} 1');
    });
  });
});

describe("listeners for supergraphs", () => {
  it("are told of the current graph at once and of each later one before operations run on it", () => {
    const old = slowSubgraph("old");
    const next = slowSubgraph("new", "added: String");
    return withGateway({ source: composed(old.source) }, async (gateway) => {
      const fields: string[][] = [];
      const unsubscribe = gateway.onSupergraph(({ apiSchema, supergraphSdl }) => {
        fields.push(Object.keys(apiSchema.getQueryType()?.getFields() ?? {}));
        expect(supergraphSdl).toBe(gateway.supergraph());
      });
      expect(fields).toEqual([["slow", "quick"]]);
      expect(await gateway.reload({ source: composed(next.source) })).toMatchObject({ kind: "swapped" });
      expect(fields).toEqual([
        ["slow", "quick"],
        ["slow", "quick", "added"],
      ]);
      unsubscribe();
      await gateway.reload({ source: composed(old.source) });
      expect(fields).toHaveLength(2);
    });
  });

  it("may throw without harm: the swap is done and the others are told", () => {
    const old = slowSubgraph("old");
    const next = slowSubgraph("new", "added: String");
    const errors: string[] = [];
    const logger = { ...silentLogger, error: (_: unknown, message: string) => void errors.push(message) };
    return withGateway({ source: composed(old.source), logger }, async (gateway) => {
      let told = 0;
      gateway.onSupergraph(() => {
        throw new Error("no");
      });
      gateway.onSupergraph(() => {
        told += 1;
      });
      expect(await gateway.reload({ source: composed(next.source) })).toMatchObject({ kind: "swapped" });
      expect([told, errors]).toEqual([2, Array(2).fill("a listener for supergraphs failed")]);
    });
  });
});

describe("close", () => {
  it("finishes what is under way and takes nothing new", async () => {
    const slow = slowSubgraph("late");
    const gateway = await createGateway({ source: composed(slow.source) });
    const inFlight = ask(gateway.service, "{ slow }");
    await slow.asked;
    let closed = false;
    const closing = gateway.close().then(() => {
      closed = true;
    });
    expect(await ask(gateway.service, "{ quick }")).toMatchObject({
      status: 503,
      errors: [{ extensions: { code: "SHUTTING_DOWN" } }],
    });
    expect([closed, gateway.health().ready]).toEqual([false, false]);
    slow.letGo();
    expect((await inFlight).data).toEqual({ slow: "late" });
    await closing;
    expect(await gateway.reload()).toMatchObject({ kind: "failed" });
  });
});
