import type { Cluster } from "ioredis";
import { afterAll, describe, expect, it, vi } from "vitest";
import { startRedisCluster } from "../test/redis-cluster.ts";
import { readRedisAddress } from "./address.ts";
import { createClient } from "./create-client.ts";

const cluster = await startRedisCluster();
afterAll(() => cluster.close());

describe.skipIf(cluster.missing !== undefined)(`a client of a cluster ${cluster.missing ?? ""}`, () => {
  it("comes back also where it waits for what it asked the nodes of before, who are gone", async () => {
    const client = await createClient(readRedisAddress(cluster.url), { keyPrefix: "", timeoutMs: 200 });
    client.on("error", () => undefined);
    await client.connect();
    // It is asking for the slots; whom it asks is let go before the answer.
    const asking = client as unknown as Pick<Cluster, "status"> & { isRefreshing: boolean };
    asking.isRefreshing = true;
    client.disconnect(true);
    await vi.waitFor(() => expect(asking.status).toBe("connecting"), 5_000);
    asking.isRefreshing = false;
    await vi.waitFor(() => expect(asking.status).toBe("ready"), 10_000);
    client.disconnect();
  });
});
