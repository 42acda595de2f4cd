/** What every client of a subgraph guarantees, whichever way it asks and whatever is wrapped around it. */
import { describe, expect, it } from "vitest";
import { Cancel } from "#http";
import { requestWith } from "../fixtures/subgraph-request.fixture.ts";
import type { SubgraphClient, SubgraphRequest } from "./subgraph-client.ts";
import { SubgraphFailure } from "./subgraph-failure.ts";

/** What a subgraph sees of a request. */
export interface Call {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Resolves when the gateway no longer wants the answer. */
  readonly abandoned: Promise<void>;
}

interface ServedSubgraph extends AsyncDisposable {
  readonly client: SubgraphClient;
}

/** `answer` gives the response that the subgraph sends, GraphQL or not; when it rejects, the subgraph fails. */
export type ServeSubgraph = (name: string, answer: (call: Call) => unknown) => Promise<ServedSubgraph>;

export function describeSubgraphClient(description: string, serve: ServeSubgraph): void {
  const ask = (client: SubgraphClient, change?: Partial<SubgraphRequest>, until = new Cancel()) =>
    client.execute(requestWith(change), until);

  describe(description, () => {
    it("hands over the operation and gives data, errors and extensions", async () => {
      const calls: Call[] = [];
      const response = {
        data: { a: { list: [1, null, "é 漢 😀"] }, b: null },
        errors: [{ message: "no b", path: ["b", 0], extensions: { code: "NO_B" } }],
        extensions: { products: { orders: { version: 3 } } },
      };
      await using served = await serve("orders", (call) => {
        calls.push(call);
        return response;
      });
      const request = {
        query: "query Named($x: Int) { a(x: $x) }",
        operationName: "Named",
        variables: { x: [1, "é"] },
      };
      expect(await ask(served.client, request)).toMatchObject(response);
      expect(calls).toMatchObject([request]);
      expect(served.client.name).toBe("orders");
    });

    it.each([
      ["data alone", { data: { a: 1 } }],
      ["null", { data: null, errors: [{ message: "all is lost" }] }],
      ["errors alone", { errors: [{ message: "not valid" }] }],
    ])("takes %s", async (_, response) => {
      await using served = await serve("orders", () => response);
      const { data, errors } = await ask(served.client);
      expect({ data, errors }).toEqual({ data: undefined, errors: undefined, ...response });
    });

    it.each([
      ["nothing in it", {}],
      ["a list", []],
      ["a string", "data"],
      ["data that is a list", { data: [] }],
      ["errors that are an object", { errors: { message: "x" } }],
      ["an error that is a string", { errors: ["x"] }],
    ])("fails on a response that is none: %s", async (_, response) => {
      await using served = await serve("orders", () => response);
      await expect(ask(served.client)).rejects.toMatchObject({ reason: "invalid-response", subgraph: "orders" });
    });

    it("fails as itself when the subgraph fails, says nothing of what it said, and works again", async () => {
      let fails = true;
      await using served = await serve("orders", () => {
        if (fails) throw new Error("row of ada@example.org");
        return { data: { a: 1 } };
      });
      const failure = await ask(served.client, { operationType: "mutation" }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(SubgraphFailure);
      expect(failure).toMatchObject({ subgraph: "orders", code: "DOWNSTREAM_SERVICE_ERROR" });
      expect(String(failure)).not.toContain("ada@example.org");
      fails = false;
      expect(await ask(served.client)).toMatchObject({ data: { a: 1 } });
    });

    it("gives each of many requests at once its own answer", async () => {
      await using served = await serve("orders", ({ variables }) => ({ data: { a: variables.a } }));
      const numbers = Array.from({ length: 100 }, (_, number) => number);
      const answers = await Promise.all(numbers.map((a) => ask(served.client, { variables: { a } })));
      expect(answers.map(({ data }) => data?.a)).toEqual(numbers);
    });

    it("gives everybody objects of their own, also those who ask the same at the same time", async () => {
      await using served = await serve("orders", async () => ({
        data: { list: [{ id: 1, of: { x: 1 } }] },
        errors: [{ message: "m", path: ["list"], extensions: { code: "C" } }],
        extensions: { products: { orders: {} } },
      }));
      const answers = await Promise.all([ask(served.client), ask(served.client), ask(served.client)]);
      const objects = answers.map(objectsIn);
      expect(objects[0]?.length).toBeGreaterThan(8);
      expect(new Set(objects.flat()).size).toBe(objects.flat().length);
    });

    it("sends every mutation, the same ones too, and once", async () => {
      let calls = 0;
      await using served = await serve("orders", async () => ({ data: { calls: ++calls } }));
      const mutation = { operationType: "mutation", query: "mutation { calls }" } as const;
      const answers = await Promise.all([ask(served.client, mutation), ask(served.client, mutation)]);
      expect(answers.map(({ data }) => data?.calls).sort()).toEqual([1, 2]);
    });

    it("does not ask for what is no longer wanted", async () => {
      let calls = 0;
      await using served = await serve("orders", () => ({ data: { calls: ++calls } }));
      const cancel = new Cancel();
      cancel.abort(new Error("gone"));
      await expect(ask(served.client, {}, cancel)).rejects.toMatchObject({
        reason: "aborted",
        code: "REQUEST_ABORTED",
      });
      await expect(served.client.execute(requestWith(), AbortSignal.abort())).rejects.toMatchObject({
        reason: "aborted",
      });
      expect(await ask(served.client)).toMatchObject({ data: { calls: 1 } });
    });

    it("gives up what is no longer wanted, and tells the subgraph", async () => {
      const reached = Promise.withResolvers<Call>();
      await using served = await serve("orders", async (call) => {
        reached.resolve(call);
        await call.abandoned;
        throw new Error("abandoned");
      });
      const aborted = new AbortController();
      const asking = expect(served.client.execute(requestWith(), aborted.signal)).rejects.toMatchObject({
        reason: "aborted",
      });
      const { abandoned } = await reached.promise;
      aborted.abort();
      await asking;
      await abandoned;
    });

    it("ends what is under way before it closes", async () => {
      const reached = Promise.withResolvers<void>();
      const answer = Promise.withResolvers<void>();
      await using served = await serve("orders", async () => {
        reached.resolve();
        await answer.promise;
        return { data: { a: 1 } };
      });
      const asking = ask(served.client);
      await reached.promise;
      const closing = served.client.close();
      answer.resolve();
      expect(await asking).toMatchObject({ data: { a: 1 } });
      await closing;
    });
  });
}

/** All objects and lists of a value, itself included. */
function objectsIn(value: unknown): object[] {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return [];
  return [value, ...Object.values(value).flatMap(objectsIn)];
}
