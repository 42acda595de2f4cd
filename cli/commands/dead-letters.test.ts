import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { changesTopic, type EventBus, rowChanged } from "#events";
import type { BusServer } from "../../events/bus.suite.ts";
import { startOnNats } from "../../events/nats/nats-server.fixture.ts";
import { nats } from "../../test/services.ts";
import { discardDeadLetters, listDeadLetters, replayDeadLetters } from "./dead-letters.ts";

const service = await nats();
const group = "test-group";
let folder: string;
let printed: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dead-letters-"));
  printed = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => void printed.push(text));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

async function configure(events: string): Promise<string> {
  const file = join(folder, "datamesh.yaml");
  const text = `apiVersion: datamesh.io/v1\nkind: Mesh\nmetadata: { name: test }\nspec: { events: ${events} }\n`;
  await writeFile(file, text);
  return file;
}

it("says why there is nothing to see where the bus is in the process", async () => {
  const config = await configure("{}");
  await expect(listDeadLetters({ config, group, limit: 10, json: false })).rejects.toMatchObject({
    code: "EVENTS_IN_PROCESS",
    message: expect.stringContaining("datamesh cache purge"),
  });
});

describe.skipIf(service.missing)("dead letters on NATS", () => {
  let server: BusServer;
  let bus: EventBus;
  let handled: string[];
  let isBroken: boolean;

  beforeEach(async () => {
    handled = [];
    isBroken = true;
    server = await startOnNats(service.url);
    bus = await server.open();
    const subscription = bus.subscribe(
      { topic: changesTopic, group, maxAttempts: 1, firstPauseMs: 1 },
      async (events) => {
        if (isBroken) throw new TypeError("no");
        handled.push(...events.map(({ subject }) => subject ?? ""));
      },
    );
    await subscription.started;
  }, 30_000);
  afterEach(async () => {
    await bus.close();
    await server.close();
  });

  const publish = (id: string): Promise<void> =>
    bus.publish(changesTopic, [
      rowChanged(
        { domain: "sales", product: "orders", time: new Date() },
        { product: "orders", entity: "Order", key: { id }, change: "updated", version: 2 },
      ),
    ]);

  it("are listed, replayed and forgotten", async () => {
    const config = await configure(`{ url: "${service.url}", prefix: ${server.prefix} }`);
    for (const id of ["one", "two"]) await publish(id);
    await expect.poll(() => bus.deadLetters(changesTopic, group).list(10), { timeout: 15_000 }).toHaveLength(2);
    await listDeadLetters({ config, group, limit: 10, json: false });
    expect(printed.join("\n")).toMatch(/Order\/\[\["id","one"\]\] {2}TypeError after 1 attempts/);

    await expect(replayDeadLetters([], { config, group, all: false })).rejects.toMatchObject({
      code: "OPTION_INVALID",
    });
    const [first] = await bus.deadLetters(changesTopic, group).list(1);
    await discardDeadLetters([first?.id ?? ""], { config, group, all: false });
    isBroken = false;
    await replayDeadLetters([], { config, group, all: true });
    expect(printed.slice(-2)).toEqual(["forgotten: 1", "handed to test-group again: 1"]);
    await expect.poll(() => handled.length, { timeout: 15_000 }).toBe(1);

    printed.length = 0;
    await listDeadLetters({ config, group, limit: 10, json: true });
    expect(printed).toEqual(["[]"]);
  }, 60_000);
});
