import fc from "fast-check";
import { AggregatorRegistry, Histogram, Registry } from "prom-client";
import { expect, it } from "vitest";
import { TalliedHistogram } from "./tallied-histogram.ts";

const buckets = [0.001, 0.5, 1, 30];
const about = { name: "seconds", help: "How long", labelName: "type" };

function both() {
  const [ours, theirs] = [new Registry(), new Registry()];
  const tallied = new TalliedHistogram({ ...about, buckets, registry: ours });
  const histogram = new Histogram({ ...about, labelNames: [about.labelName], buckets, registers: [theirs] });
  return { ours, theirs, tallied, histogram };
}

it("is read as prom-client's is, as text and where those of several processes are summed", async () => {
  const value = fc.oneof(fc.constantFrom(0, ...buckets), fc.double({ min: 0, max: 100, noNaN: true }));
  const observations = fc.array(fc.tuple(fc.constantFrom("query", "mutation", 'q"\n'), value), { maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(observations, observations, async (first, second) => {
      const made = [both(), both()];
      for (const [index, seen] of [first, second].entries()) {
        for (const [label, seconds] of seen) {
          made[index]?.tallied.observe(label, seconds);
          made[index]?.histogram.observe({ type: label }, seconds);
        }
      }
      for (const { ours, theirs } of made) expect(await ours.metrics()).toBe(await theirs.metrics());
      const sum = async (side: "ours" | "theirs"): Promise<string> =>
        AggregatorRegistry.aggregate(await Promise.all(made.map((each) => each[side].getMetricsAsJSON()))).metrics();
      expect(await sum("ours")).toBe(await sum("theirs"));
    }),
  );
});

it("begins anew when the registry does", async () => {
  const { ours, theirs, tallied } = both();
  tallied.observe("query", 2);
  ours.resetMetrics();
  expect(await ours.metrics()).toBe(await theirs.metrics());
});
