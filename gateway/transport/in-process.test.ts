import { describe, expect, it } from "vitest";
import { Cancel } from "#http";
import { requestWith } from "../fixtures/subgraph-request.fixture.ts";
import { createInProcessClient } from "./in-process.ts";
import type { SubgraphResponse } from "./subgraph-client.ts";

const request = requestWith({ headers: new Map([["x-trace", "t"]]) });

const answering = (execute: () => Promise<SubgraphResponse>) => createInProcessClient({ name: "orders", execute });

describe("the client of a subgraph in process", () => {
  it("hands over operation, caller and signal, and says that the gateway masks", async () => {
    const { signal } = new AbortController();
    const calls: unknown[] = [];
    const client = createInProcessClient({
      name: "orders",
      execute: (call) => {
        calls.push(call);
        return Promise.resolve({ data: { a: 1 } });
      },
    });
    expect(await client.execute(request, signal)).toEqual({ data: { a: 1 } });
    const { query, operationName, variables, caller } = request;
    expect(calls).toEqual([{ query, operationName, variables, caller, masking: "gateway", signal }]);
  });

  it.each<[string, () => Promise<SubgraphResponse>, string]>([
    ["throws", () => Promise.reject(new Error("table customers: ada@example.org")), "internal"],
    ["answers nothing", () => Promise.resolve({}), "invalid-response"],
    ["answers no object", () => Promise.resolve("data" as never), "invalid-response"],
  ])("fails like one over HTTP when the subgraph %s", async (_, execute, reason) => {
    const failing = answering(execute).execute(request, new Cancel());
    await expect(failing).rejects.toMatchObject({ name: "SubgraphFailure", reason, subgraph: "orders" });
    await expect(failing).rejects.not.toThrow("ada@example.org");
  });

  it("does not call a subgraph for a request that was aborted", async () => {
    let calls = 0;
    const client = answering(() => {
      calls += 1;
      return Promise.resolve({ data: {} });
    });
    await expect(client.execute(request, AbortSignal.abort())).rejects.toMatchObject({ reason: "aborted" });
    expect(calls).toBe(0);
  });
});
