/** INVALIDATION.md, over everything together: two gateways, what they share, and events in any order. */
import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type ModelledGateway, ModelledMesh, passTime, runSteps, runToEnd } from "./modelled-mesh.fixture.ts";

/** INVALIDATION_CASES=20000 for a long run. A failure prints fast-check's seed and the order of the steps. */
const cases = Number(process.env.INVALIDATION_CASES ?? 400);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const gateway = fc.nat({ max: 1 });
const id = fc.oneof({ weight: 4, arbitrary: fc.constant("a") }, { weight: 1, arbitrary: fc.constant("b") });
const read = fc.record({
  kind: fc.constant("read" as const),
  gateway,
  shelf: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
  ids: fc.uniqueArray(id, { minLength: 1 }),
  /** How long the source takes, should it be asked. */
  slowMs: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 6_000 }) },
  ),
});
const change = fc.record({
  kind: fc.constant("change" as const),
  id,
  hearers: fc.array(gateway, { minLength: 1, maxLength: 3 }),
});
const membership = fc.record({ kind: fc.constantFrom("isolate" as const, "join" as const), gateway });
const storage = fc.record({
  kind: fc.constantFrom("down", "up", "flush", "lose fences", "full", "room"),
});
/**
 * What begins at one moment, how many steps happen then, and how much time passes, with or without the steps that wait,
 * before the next begins.
 */
const moment = fc.record({
  happenings: fc.array(
    fc.oneof(
      { weight: 10, arbitrary: read },
      { weight: 5, arbitrary: change },
      { weight: 4, arbitrary: membership },
      { weight: 1, arbitrary: storage },
    ),
    { minLength: 1, maxLength: 3 },
  ),
  steps: fc.oneof(fc.nat({ max: 12 }), fc.constant(Number.POSITIVE_INFINITY)),
  areSlow: fc.boolean(),
  ms: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 400 }) },
    { weight: 1, arbitrary: fc.integer({ min: 400, max: 9_000 }) },
  ),
});
type Happening = (typeof moment extends fc.Arbitrary<infer T> ? T : never)["happenings"][number];

it(
  "nobody reads what was said to be no longer true before the reading began, in whatever order things happen",
  async () => {
    const reads = { memory: 0, shared: 0, source: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(moment, { minLength: 2, maxLength: 14 }),
        async (scheduler, moments) => {
          const mesh = new ModelledMesh(scheduler, 2);
          const begun: Promise<void>[] = [];
          for (const { happenings, steps, ms, areSlow } of moments) {
            for (const happening of happenings) begun.push(begin(mesh, happening));
            await runSteps(scheduler, steps);
            if (ms > 0) await passTime(scheduler, ms, areSlow);
          }
          mesh.storage.isDown = false;
          await runToEnd(scheduler, Promise.all(begun));
          await runToEnd(scheduler, mesh.readEverything());
          for (const key of ["memory", "shared", "source"] as const) reads[key] += mesh.reads[key];
        },
      ),
      { numRuns: cases },
    );
    // Otherwise nothing was tried.
    expect(Math.min(reads.memory, reads.shared, reads.source)).toBeGreaterThan(cases / 4);
  },
  60_000 + cases * 100,
);

async function begin(mesh: ModelledMesh, happening: Happening): Promise<void> {
  const at = (index: number): ModelledGateway => {
    const found = mesh.gateways[index];
    if (found === undefined) throw new Error("there is no such gateway");
    return found;
  };
  switch (happening.kind) {
    case "read":
      return mesh.read(at(happening.gateway), happening.shelf, happening.ids, happening.slowMs);
    case "change":
      return mesh.change(happening.id, happening.hearers.map(at));
    case "isolate":
      return mesh.isolate(at(happening.gateway));
    case "join":
      return mesh.join(at(happening.gateway));
    case "down":
    case "up":
      mesh.storage.isDown = happening.kind === "down";
      return;
    case "full":
    case "room":
      mesh.storage.isFull = happening.kind === "full";
      return;
    case "flush":
      return mesh.storage.flush();
    case "lose fences":
      return mesh.storage.loseFences();
  }
}
