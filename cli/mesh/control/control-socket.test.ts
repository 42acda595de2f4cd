import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ClientError } from "#schema";
import type { ControlActions } from "./actions.ts";
import { askRunning, type ControlSocket, openControlSocket } from "./control-socket.ts";

let folder: string;
const open: ControlSocket[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "control-"));
});
afterEach(async () => {
  for (const socket of open.splice(0)) await socket.close();
  await rm(folder, { recursive: true, force: true });
});

const actions = (change: Partial<ControlActions["gateway"]> = {}): ControlActions["gateway"] => ({
  "cache-stats": () => Promise.reject(new Error("of a password")),
  "cache-purge": async ({ what }) => ({ isComplete: true, acknowledgedBy: what.length }),
  "cache-explain": () => Promise.reject(new ClientError("CACHE_OFF", "It keeps nothing.", { status: 409 })),
  "cache-forget": () => new Promise(() => undefined),
  ...change,
});

async function answer(change?: Partial<ControlActions["gateway"]>): Promise<ControlSocket | undefined> {
  const socket = await openControlSocket(folder, "gateway", actions(change));
  if (socket !== undefined) open.push(socket);
  return socket;
}

const purge = () => askRunning(folder, "gateway", "cache-purge", { cause: "operator", what: [{ kind: "all" }] });

describe("the socket on which a running process is asked", () => {
  it("gives what the action gives, and is this user's alone", async () => {
    await answer();
    expect(await purge()).toEqual({ isComplete: true, acknowledgedBy: 1 });
    expect((await stat(join(folder, "gateway.sock"))).mode & 0o777).toBe(0o600);
  });

  it("gives a refusal as it is, and of anything else only that it failed", async () => {
    await answer();
    const explain = askRunning(folder, "gateway", "cache-explain", { query: "{ a }" });
    await expect(explain).rejects.toMatchObject({ code: "CACHE_OFF", message: "It keeps nothing.", status: 409 });
    const stats = askRunning(folder, "gateway", "cache-stats", null);
    await expect(stats).rejects.toMatchObject({ code: "INTERNAL_SERVER_ERROR", message: "It failed." });
  });

  it("gives nothing where nobody runs, or another kind of process", async () => {
    expect(await purge()).toBeUndefined();
    await answer();
    expect(await askRunning(folder, "products", "retain", { dryRun: true })).toBeUndefined();
  });

  it("says that the process has ended when it ends before it has answered", async () => {
    const socket = await answer();
    const asked = askRunning(folder, "gateway", "cache-forget", { subjects: [], products: [] });
    const refused = expect(asked).rejects.toMatchObject({ code: "PROCESS_ENDED" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await socket?.close();
    await refused;
  });

  it("is left to the process that has it, and taken over from one that is gone", async () => {
    await answer();
    expect(await answer()).toBeUndefined();
    for (const socket of open.splice(0)) await socket.close();
    await writeFile(join(folder, "gateway.sock"), "");
    expect(await answer({ "cache-purge": async () => ({ isComplete: false, acknowledgedBy: 0 }) })).toBeDefined();
    expect(await purge()).toEqual({ isComplete: false, acknowledgedBy: 0 });
  });

  it("knows no other action", async () => {
    await answer();
    const unknown = askRunning(folder, "gateway", "toString" as "cache-purge", { cause: "operator", what: [] });
    await expect(unknown).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
