import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MeshEvent, readProductChange } from "#events";
import { engines } from "../serving/engines.fixture.ts";
import { buildServedProduct } from "../serving/model/build-served-product.ts";
import { meshOf, product, publishRows, table } from "../serving/serving.fixture.ts";
import type { Row, Storage } from "../storage/port.ts";
import { busUnavailable, createRecordingBus, type RecordingBus } from "./recording-bus.fixture.ts";
import { type Relay, startRelay } from "./relay.ts";
import { withChangeEvents } from "./with-change-events.ts";

const counted = product("counted", [
  table("things", { columns: { code: { type: "string", key: 0, required: true }, number: { type: "integer" } } }),
]);
const served = buildServedProduct(counted, meshOf(counted));
const limit = 4;

const rows: fc.Arbitrary<readonly Row[]> = fc.uniqueArray(
  fc.record({ code: fc.constantFrom("a", "b", "c", "d", "e", "f"), number: fc.integer({ min: 0, max: 2 }) }),
  { selector: ({ code }) => code },
);

/** What happens, one after the other. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("publish" as const), rows }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("publish the same" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("fail before" as const), times: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("fail after" as const), times: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("relay dies" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("time passes" as const) }) },
);

/** The version in which each row that is there changed last. */
type Versions = ReadonlyMap<string, number>;

/** What a consumer knows that gets these events, some of them twice: what is older than what it knows tells it nothing. */
function consume(events: readonly MeshEvent[], codesOf: (version: number) => readonly string[]): Versions {
  const known = new Map<string, { readonly version: number; readonly isThere: boolean }>();
  const learn = (code: string, version: number, isThere: boolean): void => {
    if ((known.get(code)?.version ?? 0) < version) known.set(code, { version, isThere });
  };
  for (const event of events) {
    const change = readProductChange(event);
    if (change?.kind !== "row-changed") continue;
    if (change.key === undefined) {
      // It looks at all rows as they were then.
      const codes = codesOf(change.version);
      for (const code of known.keys()) if (!codes.includes(code)) learn(code, change.version, false);
      for (const code of codes) learn(code, change.version, true);
    } else learn(String(change.key.code), change.version, change.change !== "deleted");
  }
  return new Map([...known].flatMap(([code, { version, isThere }]) => (isThere ? [[code, version] as const] : [])));
}

/** The same from the rows of all versions. */
function replay(versions: readonly (readonly Row[])[]): Versions {
  let at: ReadonlyMap<string, { readonly number: unknown; readonly version: number }> = new Map();
  versions.forEach((now, index) => {
    const version = index + 1;
    const isOther = ({ code, number }: Row): boolean => at.get(String(code))?.number !== number;
    const changes =
      now.filter(isOther).length + [...at.keys()].filter((code) => !now.some((row) => row.code === code)).length;
    const isAll = version === 1 || changes > limit;
    at = new Map(
      now.map((row) => {
        const before = at.get(String(row.code));
        const isKept = before !== undefined && !isAll && !isOther(row);
        return [String(row.code), { number: row.number, version: isKept ? before.version : version }];
      }),
    );
  });
  return new Map([...at].map(([code, { version }]) => [code, version]));
}

describe.each(engines)("events of a product on $name", (engine) => {
  let open: () => Promise<{ readonly storage: Storage; discard(): Promise<void> }>;
  const discards: (() => Promise<void>)[] = [];
  beforeAll(() => {
    open = async () => {
      const opened = await engine.open(counted);
      discards.push(opened.discard);
      return opened;
    };
  });
  afterAll(async () => {
    for (const discard of discards) await discard();
  });

  it.skipIf(engine.missing !== undefined)(
    "bring who applies them to what the storage has, whatever dies on the way",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
          const { storage } = await open();
          const telling = withChangeEvents(storage, served, limit);
          const bus = createRecordingBus();
          const versions: (readonly Row[])[] = [];
          const publish = async (now: readonly Row[]): Promise<void> => {
            await publishRows(telling, counted, { things: now });
            versions.push(now);
          };
          const start = (): Relay =>
            startRelay({ product: "counted", storage, bus, batchSize: 3, firstPauseMs: 1, longestPauseMs: 2 });
          let relay = start();
          for (const happening of steps) {
            switch (happening.kind) {
              case "publish":
                await publish(happening.rows);
                relay.wake();
                break;
              case "publish the same":
                await publish(versions.at(-1) ?? []);
                relay.wake();
                break;
              case "fail before":
                failFor(bus, "before", happening.times);
                break;
              case "fail after":
                failFor(bus, "after", happening.times);
                break;
              case "relay dies":
                await relay.close(0);
                relay = start();
                break;
              case "time passes":
                await new Promise((resolve) => setTimeout(resolve, 2));
            }
          }
          await relay.drained(10_000);
          await relay.close(0);
          const expected = replay(versions);
          const consumed = consume(bus.taken, (version) =>
            (versions[version - 1] ?? []).map(({ code }) => String(code)),
          );
          expect(Object.fromEntries([...consumed].sort())).toEqual(Object.fromEntries([...expected].sort()));
          expect([...consumed.keys()].sort()).toEqual((versions.at(-1) ?? []).map(({ code }) => code).sort());
          // Without those that came again, each key's changes came in their order.
          const ids = new Set<string>();
          const latest = new Map<string, number>();
          for (const { id, partitionkey, data } of bus.taken) {
            if (ids.has(id)) continue;
            ids.add(id);
            const { version } = data as { version: number };
            expect(version).toBeGreaterThan(latest.get(partitionkey) ?? 0);
            latest.set(partitionkey, version);
          }
          expect(await storage.drainOutbox(1, async () => undefined)).toBe(0);
        }),
        { numRuns: 20 },
      );
    },
  );
});

/** The bus fails so often: before it takes anything, or after it has, so that the sender does not get to know. */
function failFor(bus: RecordingBus, when: "before" | "after", times: number): void {
  let left = times;
  const fail = (): void => {
    if (left-- > 0) throw busUnavailable();
  };
  if (when === "before") bus.onPublish(fail);
  else bus.afterPublish(fail);
}
