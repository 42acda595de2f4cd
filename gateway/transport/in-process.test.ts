import { describe, expect, it } from "vitest";
import { anonymous } from "#policies";
import { createInProcessClient } from "./in-process.ts";
import type { SubgraphRequest, SubgraphResponse } from "./subgraph-client.ts";

const request = (signal = new AbortController().signal): SubgraphRequest => ({
  query: "{ a }",
  operationName: "Q",
  variables: { a: 1 },
  caller: anonymous,
  headers: new Map([["x-trace", "t"]]),
  signal,
});

const answering = (execute: () => Promise<SubgraphResponse>) => createInProcessClient({ name: "orders", execute });

describe("the client of a subgraph in process", () => {
  it("hands over operation, caller and signal, and says that the gateway masks", async () => {
    const asked = request();
    const calls: unknown[] = [];
    const client = createInProcessClient({
      name: "orders",
      execute: (call) => {
        calls.push(call);
        return Promise.resolve({ data: { a: 1 } });
      },
    });
    expect(await client.execute(asked)).toEqual({ data: { a: 1 } });
    const { headers: _, ...passed } = asked;
    expect(calls).toEqual([{ ...passed, masking: "gateway" }]);
  });

  it.each<[string, () => Promise<SubgraphResponse>, string]>([
    ["throws", () => Promise.reject(new Error("table customers: ada@example.org")), "internal"],
    ["answers nothing", () => Promise.resolve({}), "invalid-response"],
    ["answers no object", () => Promise.resolve("data" as never), "invalid-response"],
  ])("fails like one over HTTP when the subgraph %s", async (_, execute, reason) => {
    const failing = answering(execute).execute(request());
    await expect(failing).rejects.toMatchObject({ name: "SubgraphFailure", reason, subgraph: "orders" });
    await expect(failing).rejects.not.toThrow("ada@example.org");
  });

  it("does not call a subgraph for a request that was aborted", async () => {
    let calls = 0;
    const client = answering(() => {
      calls += 1;
      return Promise.resolve({ data: {} });
    });
    await expect(client.execute(request(AbortSignal.abort()))).rejects.toMatchObject({ reason: "aborted" });
    expect(calls).toBe(0);
  });
});
