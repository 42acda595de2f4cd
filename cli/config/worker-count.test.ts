import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { countWorkers, readWorkerCount } from "./worker-count.ts";

describe("the number of workers", () => {
  it("is a whole number from 1 on, or auto", () => {
    expect(["1", "2", "256", "auto"].map(readWorkerCount)).toEqual([1, 2, 256, "auto"]);
  });

  it.each(["0", "-1", "1.5", "1e1", "0x2", " 2", "", "257", "1000000", "Auto", "two", "NaN", "Infinity"])(
    "is not %j",
    (text) => expect(readWorkerCount(text)).toBeUndefined(),
  );

  it("is, for auto, as many as may run at the same time", () => {
    expect([countWorkers("auto"), countWorkers(3)]).toEqual([availableParallelism(), 3]);
  });
});
