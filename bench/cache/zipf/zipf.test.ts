/** The part runs as a whole, in its smallest form, and finds stale answers where there are some. Times are for people. */
import { beforeAll, describe, expect, it } from "vitest";
import type { PartReport } from "../part.ts";
import { printPart } from "../print-report.ts";
import { findRedisServer } from "../redis.ts";
import { measureZipf } from "./measure-zipf.ts";
import { run } from "./run.ts";

const zipf = { seconds: 2, rate: 50, entities: 200, changes: 0.1, seed: 1 };
const missing = findRedisServer() === undefined ? " (there is no redis-server in PATH)" : "";

describe.skipIf(missing !== "")(`the bench of two gateways over a product that changes${missing}`, () => {
  describe("with what gateways are", () => {
    let report: PartReport;
    beforeAll(async () => {
      report = await measureZipf({ seconds: 1, rounds: 1, concurrency: 1, zipf }, () => undefined);
    });

    it("checks reads after acknowledgements of events and of operators, and finds none that is old", () => {
      const checks = report.tables.find(({ title }) => title.startsWith("reads that began after"));
      expect(checks?.rows.map(([, reads, older]) => [Number(reads) > 0, older])).toEqual([
        [true, 0],
        [true, 0],
      ]);
    });

    it("spares subgraph requests, and says what answered instead", () => {
      const [title, kept, uncached] =
        report.tables.find(({ title: name }) => name.startsWith("the same load"))?.rows[0] ?? [];
      expect(title).toBe("subgraph requests per request");
      expect(Number(kept)).toBeLessThan(Number(uncached));
      const levels = report.tables.find(({ title: name }) => name.startsWith("look-ups of customers"));
      expect(levels?.rows.map(([level]) => level)).toEqual(["whole answers", "process", "joined", "redis", "source"]);
    });

    it("prints and draws it", () => {
      expect(printPart(report)).not.toMatch(/NaN|undefined/);
      const drawing = report.drawings[0]?.draw("somewhere") ?? "";
      expect(drawing.match(/<polygon /g)).toHaveLength(4);
      expect(drawing.match(/<circle [^>]*r="3"/g)?.length).toBeGreaterThan(0);
      expect(drawing).not.toMatch(/NaN|undefined/);
    });
  });

  it("finds older answers after acknowledgements of gateways that acknowledge and end nothing", async () => {
    const { wrong } = await run(zipf, { isKept: true, isDeaf: true });
    expect([wrong.event.length > 0, wrong.operator.length > 0]).toEqual([true, true]);
  });
});
