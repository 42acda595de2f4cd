import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAuthenticator } from "./authenticate.ts";
import { developmentIssuer, loadDevelopmentKey, signDevelopmentToken } from "./development.ts";

const principals = {
  analyst: { roles: ["analyst"], purposes: ["marketing-analytics"] },
  robot: { kind: "service" as const },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "datamesh-state-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("development tokens", () => {
  it("are taken by an authenticator that trusts the development issuer, and by no other", async () => {
    const key = await loadDevelopmentKey(folder);
    const token = await signDevelopmentToken({ key, principals, as: "analyst" });
    const headers = new Map([
      ["authorization", `Bearer ${token}`],
      ["mesh-purpose", "marketing-analytics"],
    ]);
    const trusting = createAuthenticator({ issuers: [developmentIssuer(key)] });
    expect(await trusting.authenticate(headers)).toEqual({
      principal: {
        id: "analyst",
        kind: "user",
        roles: ["analyst"],
        purposes: ["marketing-analytics"],
        attributes: { scopes: [] },
      },
      purpose: "marketing-analytics",
    });
    await expect(createAuthenticator({ issuers: [] }).authenticate(headers)).rejects.toThrow(/issuer/);
  });

  it("expire", async () => {
    const key = await loadDevelopmentKey(folder);
    const token = await signDevelopmentToken({ key, principals, as: "robot", expiresInSeconds: 60, clock: () => 0 });
    const authenticator = createAuthenticator({ issuers: [developmentIssuer(key)], clock: () => 120_000 });
    await expect(authenticator.authenticate(new Map([["authorization", `Bearer ${token}`]]))).rejects.toThrow(
      /expired/,
    );
  });

  it("are refused for a principal that the configuration does not list, with those it does", async () => {
    const key = await loadDevelopmentKey(folder);
    await expect(signDevelopmentToken({ key, principals, as: "toString" })).rejects.toMatchObject({
      code: "DEVELOPMENT_PRINCIPAL_UNKNOWN",
      message: expect.stringContaining("Known: analyst, robot."),
    });
  });
});

describe("loadDevelopmentKey", () => {
  it("gives one key to all who ask for the first time at once, in a file that only its owner reads", async () => {
    const state = join(folder, "new", "state");
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadDevelopmentKey(state)));
    expect(new Set(keys.map((key) => key.kid)).size).toBe(1);
    expect(await readdir(state)).toEqual(["development-key.json"]);
    expect((await stat(join(state, "development-key.json"))).mode & 0o777).toBe(0o600);
    expect((await loadDevelopmentKey(state)).kid).toBe(keys[0]?.kid);
  });

  it("never publishes the private part", async () => {
    expect((await loadDevelopmentKey(folder)).publicJwk).not.toHaveProperty("d");
  });

  it("says so when the file holds something else", async () => {
    await writeFile(join(folder, "development-key.json"), "{}");
    await expect(loadDevelopmentKey(folder)).rejects.toThrow(/does not hold an Ed25519 private key/);
  });
});
