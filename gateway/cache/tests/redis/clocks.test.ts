/** Clocks that jump: of the process, of the calendar, of the server, as far as its clients see it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { redis } from "../../../../test/services.ts";
import type { CachedGateway } from "../../../fixtures/cached-gateway.fixture.ts";
import { type Oracle, oracle } from "./oracle.fixture.ts";
import { forgetful, openSharedRedis, type SharedRedis } from "./shared-redis.fixture.ts";
import { type ShiftedServer, startShiftedServer } from "./shifted-server.fixture.ts";

const service = await redis();
const query = "{ rows { id version } }";

describe.skipIf(service.missing !== undefined)(`clocks that jump beside ${service.missing ?? "a Redis"}`, () => {
  const source: Oracle = oracle({ slowMs: 1 });
  const rows = () => ({ rows: source.ids.map((id) => ({ id, version: source.versions().get(id) })) });
  let server: ShiftedServer;
  let shared: SharedRedis;
  let one: CachedGateway;
  let other: CachedGateway;
  beforeAll(async () => {
    server = await startShiftedServer(service.url);
    shared = await openSharedRedis(service.url);
    one = await shared.open({ subgraphs: source.subgraphs, url: server.url });
    other = await shared.open({ subgraphs: source.subgraphs, url: server.url, cache: forgetful });
  });
  beforeEach(async () => {
    await shared.removeEntries();
    for (const gateway of [one, other]) await gateway.reset();
    await vi.waitFor(async () => {
      expect((await one.ask(query)).data).toEqual(rows());
      expect(await other.asked(() => other.ask(query))).toEqual([]);
    }, 10_000);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    server.shift(0);
  });
  afterAll(async () => {
    await shared?.[Symbol.asyncDispose]();
    await server?.close();
  });

  const changeAll = async (): Promise<void> => {
    for (const id of source.ids) source.change(id);
    await vi.waitFor(async () => {
      const what = source.ids.map((id) => ({ kind: "entity", type: "Row", key: { id } }) as const);
      expect(await one.gateway.cache?.invalidate({ cause: "event", what })).toMatchObject({ isComplete: true });
    }, 20_000);
  };
  const expectRight = async (): Promise<void> => {
    for (const gateway of [one, other]) expect((await gateway.ask(query)).data).toEqual(rows());
  };

  it.each([-86_400_000, 86_400_000])("of the calendar, by %i ms: it is of no account", async (byMs) => {
    const real = Date.now.bind(Date);
    vi.spyOn(Date, "now").mockImplementation(() => real() + byMs);
    expect(await other.asked(() => other.ask(query))).toEqual([]);
    await changeAll();
    await expectRight();
    await vi.waitFor(async () => expect(await other.asked(() => other.ask(query))).toEqual([]), 10_000);
  });

  it("of the server, ahead: what is there is older than it seemed, and ends", async () => {
    server.shift(70_000);
    expect(await other.asked(() => other.ask(query))).toEqual(["details", "lists"]);
    await expectRight();
    await changeAll();
    await expectRight();
  });

  it("of the server, back: nothing is taken for younger than it is", async () => {
    await one.ask(query);
    server.shift(-30_000);
    // Its fences are void, so that nothing of before is found, whatever age it seems to have.
    expect(await other.asked(() => other.ask(query))).toEqual(["details", "lists"]);
    await changeAll();
    await expectRight();
    await vi.waitFor(async () => expect(await other.asked(() => other.ask(query))).toEqual([]), 10_000);
  });

  // It is the last one: the clock of a process never goes back.
  it("of the process, ahead, as after it was suspended: it joins anew, and uses nothing of before", async () => {
    const real = performance.now.bind(performance);
    vi.spyOn(performance, "now").mockImplementation(() => real() + 30_000);
    // Whatever is asked now is older than who hears nothing may use, and the server seems to have gone back.
    expect(await one.asked(() => one.ask(query))).toEqual(["details", "lists"]);
    await vi.waitFor(async () => {
      for (const gateway of [one, other]) expect(await gateway.metric("mesh_cache_current")).toBe(1);
    }, 20_000);
    await changeAll();
    await expectRight();
    await vi.waitFor(async () => expect(await other.asked(() => other.ask(query))).toEqual([]), 10_000);
  });
});
