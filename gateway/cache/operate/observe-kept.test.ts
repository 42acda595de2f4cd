import { describe, expect, it } from "vitest";
import { lookUp, openCore } from "../open-core.fixture.ts";
import { plainShelf } from "../shelf/plain-shelf.fixture.ts";
import { observeKept } from "./observe-kept.ts";

function open(memoryBytes?: number) {
  const opened = openCore(memoryBytes === undefined ? {} : { memoryBytes });
  observeKept(opened.core, opened.metrics);
  return {
    ...opened,
    keep(subgraph: string, key: string, ageSeconds = 0): void {
      const { lookup } = lookUp(opened.core, plainShelf({ subgraph, id: subgraph }));
      lookup.find(0, key);
      const fill = lookup.begin([lookup.missing(0, key) ?? []].flat());
      fill.keep({ values: [{ a: 1 }], cacheControl: undefined, age: ageSeconds, about: undefined });
    },
    /** As somebody reads the metrics; of memory, by subgraph. */
    async read(metric: string): Promise<Record<string, number>> {
      await opened.metrics.registry.metrics();
      const { values = [] } = (await opened.metrics.registry.getSingleMetric(metric)?.get()) ?? {};
      return Object.fromEntries(
        values
          .filter(({ labels }) => labels.level !== "responses")
          .map(({ labels, value }) => [labels.subgraph, value]),
      );
    },
  };
}

describe("what is kept, for whoever reads the metrics", () => {
  it("is counted for each subgraph, whatever its name is, with the age of its oldest entry", async () => {
    const { keep, read, advance } = open();
    expect(await read("mesh_cache_entries")).toEqual({});
    keep("orders", "1");
    advance(2_000);
    keep("orders", "2", 10);
    keep('a,"b"', "1");
    keep("constructor", "1");
    advance(500);
    expect(await read("mesh_cache_entries")).toEqual({ orders: 2, 'a,"b"': 1, constructor: 1 });
    expect(await read("mesh_cache_oldest_seconds")).toEqual({ orders: 10.5, 'a,"b"': 0.5, constructor: 0.5 });
    expect((await read("mesh_cache_bytes")).orders).toBe(2 * ((await read("mesh_cache_bytes"))['a,"b"'] ?? 0));
  });

  it("is nothing of a subgraph any more once nothing of it is left", async () => {
    const { keep, read, core } = open();
    keep("orders", "1");
    keep("parts", "1");
    expect(await read("mesh_cache_entries")).toEqual({ orders: 1, parts: 1 });
    core.memory.remove(({ shelf }) => shelf.subgraph === "orders");
    for (const metric of ["mesh_cache_entries", "mesh_cache_bytes", "mesh_cache_oldest_seconds"]) {
      expect(Object.keys(await read(metric)), metric).toEqual(["parts"]);
    }
  });

  it("tells what had to go for others, what was looked for, and whether this process hears", async () => {
    const { keep, core, counted, metrics } = open(1_000);
    for (const key of ["1", "2", "3"]) keep("orders", key);
    core.countResponse(true);
    core.countResponse(false);
    core.countResponse(false);
    await metrics.registry.metrics();
    await metrics.registry.metrics();
    expect(await counted("mesh_cache_evictions", { level: "memory" })).toBe(1);
    expect(await counted("mesh_cache_responses_total", { result: "memory" })).toBe(1);
    expect(await counted("mesh_cache_responses_total", { result: "miss" })).toBe(2);
    expect(await counted("mesh_cache_current", {})).toBe(1);
  });
});
