import { type DocumentNode, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { anonymous, type Caller } from "#policies";
import type { OperationUse, WarmRequest } from "../execution/loaded-executor.ts";
import { ask } from "../fixtures/ask.fixture.ts";
import { inProcess, link, shopSources, subgraphOf } from "../fixtures/shop.fixture.ts";
import { createGateway, type Gateway, type GatewayConfig } from "../gateway.ts";
import type { GovernanceTable } from "../governance-port.ts";
import { silentLogger } from "../observability/logger.ts";
import { createMetrics } from "../observability/metrics.ts";
import type { Generation } from "./generation.ts";
import type { SupergraphSource } from "./source.ts";
import { createWarmUp } from "./warm-up.ts";

/** The shop, and a product that makes it another graph. */
const shopWith = (field: string, ...without: string[]): SupergraphSource => ({
  kind: "subgraphs",
  subgraphs: [
    ...shopSources().filter(({ name }) => !without.includes(name)),
    inProcess(subgraphOf("further", `${link} type Query { ${field}: Int }`, {})),
  ],
});

async function withGateway(
  config: Partial<GatewayConfig>,
  use: (gateway: Gateway, count: (name: string, outcome: string) => Promise<number>) => Promise<void>,
): Promise<void> {
  const gateway = await createGateway({ source: shopWith("first"), ...config });
  const count = async (name: string, outcome: string): Promise<number> => {
    const { body } = await gateway.metrics();
    return Number(new RegExp(`^${name}{outcome="${outcome}"} (\\d+)$`, "m").exec(body)?.[1] ?? 0);
  };
  try {
    await use(gateway, count);
  } finally {
    await gateway.close();
  }
}

const plannings = ["mesh_planning_duration_seconds_count", "planned"] as const;

describe("after a reload", () => {
  const conditional = "query A($with: Boolean!) { orders { id customer @include(if: $with) { name } } }";
  const several = "query One { me { name } } query Two { me { id name } }";
  const requests: readonly [string, Parameters<typeof ask>[2]][] = [
    ["{ orders { id customer { name } products { name } } }", {}],
    [conditional, { variables: { with: true } }],
    [conditional, { variables: { with: false }, operationName: "A" }],
    [several, { operationName: "Two" }],
    ["{ __schema { queryType { name } } }", {}],
  ];

  it("clients meet no operation that has to be planned, whatever they used before", () =>
    withGateway({}, async (gateway, count) => {
      const askAll = async (): Promise<unknown[]> =>
        Promise.all(requests.map(async ([text, options]) => (await ask(gateway.service, text, options)).data));
      const before = await askAll();
      const cold = await count(...plannings);
      expect(cold).toBe(requests.length);
      expect(await gateway.reload({ source: shopWith("second") })).toMatchObject({ kind: "swapped" });
      expect(await count(...plannings)).toBe(2 * cold);
      expect(await askAll()).toEqual(before);
      expect(await count(...plannings)).toBe(2 * cold);
      expect(await count("mesh_warm_up_operations_total", "warmed")).toBe(requests.length);
      // And the next one inherits from this one.
      await gateway.reload({ source: shopWith("third") });
      expect(await askAll()).toEqual(before);
      expect(await count(...plannings)).toBe(3 * cold);
    }));

  it("concurrent requests for an operation that is new have it planned once", () =>
    withGateway({}, async (gateway, count) => {
      const text = "{ orders { id customer { name } } }";
      const answers = await Promise.all(Array.from({ length: 50 }, () => ask(gateway.service, text)));
      expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
      expect(await count(...plannings)).toBe(1);
    }));

  it("what is no longer valid is left out and refused when it is asked for", () =>
    withGateway({}, async (gateway, count) => {
      await ask(gateway.service, "{ first }");
      await ask(gateway.service, "{ products { name } }");
      expect(await gateway.reload({ source: shopWith("second") })).toMatchObject({ kind: "swapped" });
      expect(await count("mesh_warm_up_operations_total", "skipped")).toBe(1);
      expect(await count("mesh_warm_up_operations_total", "warmed")).toBe(1);
      expect((await ask(gateway.service, "{ first }")).errors[0]?.extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
    }));

  it("operations are planned by the new rules, for callers like those who asked", () => {
    const staff: Caller = { ...anonymous };
    /** Denies one coordinate to everybody but the staff. */
    const denies = (coordinate: string) => (): GovernanceTable => {
      const restricted = {
        kind: "restricted" as const,
        decisions: new Map([[coordinate, { effect: "deny" as const, policy: "test", reason: "not for you" } as never]]),
        masked: [],
      };
      return { authorise: (_, caller) => (caller === staff ? { kind: "allowed" } : restricted) };
    };
    const authenticate = async (headers: ReadonlyMap<string, string>): Promise<Caller> =>
      headers.has("staff") ? staff : anonymous;
    return withGateway({ govern: denies("Customer.name"), authenticate }, async (gateway, count) => {
      const text = "{ me { id name email } }";
      const askBoth = async (): Promise<unknown[]> => [
        (await ask(gateway.service, text)).data,
        (await ask(gateway.service, text, { headers: { staff: "1" } })).data,
      ];
      const me = { id: "c1", name: "Ada", email: "ada@example.org" };
      // A denied field that may not be null takes its parent with it.
      expect(await askBoth()).toEqual([{ me: null }, { me }]);
      await gateway.reload({ source: shopWith("second"), govern: denies("Customer.email") });
      const planned = await count(...plannings);
      expect(planned).toBe(4);
      expect(await askBoth()).toEqual([{ me: { ...me, email: null } }, { me }]);
      expect(await count(...plannings)).toBe(planned);
    });
  });
});

describe("a warm-up", () => {
  const use = (count: number): OperationUse => ({
    operationName: undefined,
    variables: {},
    labels: [],
    caller: anonymous,
    count,
  });

  /** A generation whose operations were used so often. */
  function used(counts: Readonly<Record<string, number>>): Generation {
    const documents = Object.keys(counts).map((text) => ({ text, document: parse(text) }));
    const usesOf = (document: DocumentNode): readonly OperationUse[] => {
      const text = documents.find((known) => known.document === document)?.text ?? "";
      return [use(counts[text] ?? 0)];
    };
    return { number: 1, operations: { documents: () => documents }, executor: { usesOf } } as unknown as Generation;
  }

  function next(warm: (request: WarmRequest) => Promise<void>): Generation {
    const prepare = (query: string): object => ({ kind: "prepared", query, document: parse(query), name: undefined });
    return { number: 2, operations: { prepare }, executor: { warm } } as unknown as Generation;
  }

  const observed = () => ({ logger: silentLogger, metrics: createMetrics() });

  it("takes the most used first, and no more than it may", async () => {
    const warmed: [string, number][] = [];
    const warmUp = createWarmUp({ maxOperations: 2, timeoutMs: 60_000 }, observed());
    await warmUp(
      used({ "{ a }": 3, "{ b }": 7, "{ c }": 5, "{ d }": 0 }),
      next(async ({ query, count }) => void warmed.push([query, count])),
    );
    expect(warmed).toEqual([
      ["{ b }", 7],
      ["{ c }", 5],
    ]);
  });

  it("ends when its time is over, whatever is left", async () => {
    const { logger, metrics } = observed();
    const asked: string[] = [];
    const warmUp = createWarmUp({ maxOperations: 100, timeoutMs: 1 }, { logger, metrics });
    const counts = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`{ f${index} }`, 10 - index]));
    await warmUp(
      used(counts),
      next(({ query }) => {
        asked.push(query);
        return new Promise(() => undefined);
      }),
    );
    expect(asked).toEqual(["{ f0 }", "{ f1 }", "{ f2 }", "{ f3 }"]);
    expect((await metrics.warmUps.get()).values).toEqual([{ labels: { outcome: "late" }, value: 10 }]);
  });

  it("skips what fails and goes on", async () => {
    const { logger, metrics } = observed();
    const warmUp = createWarmUp({ maxOperations: 100, timeoutMs: 60_000 }, { logger, metrics });
    await warmUp(
      used({ "{ a }": 2, "{ b }": 1 }),
      next(async ({ query }) => {
        if (query === "{ a }") throw new Error("cannot be planned");
      }),
    );
    const outcomes = (await metrics.warmUps.get()).values.map(({ labels, value }) => [labels.outcome, value]);
    expect(Object.fromEntries(outcomes)).toEqual({ warmed: 1, skipped: 1, late: 0 });
  });
});
