import { describe, expect, it } from "vitest";
import { type ApiKeyConfig, createApiKey } from "./api-keys.ts";
import { createAuthenticator } from "./authenticate.ts";

let nowMs = Date.UTC(2026, 0, 1);
const clock = (): number => nowMs;

function authenticatorFor(apiKeys: readonly ApiKeyConfig[]) {
  return createAuthenticator({ issuers: [], apiKeys, clock });
}
const headers = (key: string, rest: Readonly<Record<string, string>> = {}) =>
  new Map(Object.entries({ "mesh-api-key": key, ...rest }));

describe("an API key", () => {
  const { key, hash } = createApiKey();
  const other = createApiKey();
  const nightly: ApiKeyConfig = {
    name: "nightly-export",
    hash,
    expires: new Date("2026-02-01"),
    roles: ["exporter"],
    purposes: ["reporting"],
    attributes: { region: "West" },
  };

  it("makes a service of whoever sends it, the same object each time", async () => {
    const authenticator = authenticatorFor([{ name: "another", hash: other.hash }, nightly]);
    const caller = await authenticator.authenticate(headers(key, { "mesh-purpose": "reporting" }));
    expect(caller).toEqual({
      principal: {
        id: "api-key:nightly-export",
        kind: "service",
        roles: ["exporter"],
        purposes: ["reporting"],
        attributes: { scopes: [], region: "West" },
      },
      purpose: "reporting",
    });
    expect(await authenticator.authenticate(headers(key), "reporting")).toBe(caller);
    const { principal } = await authenticator.authenticate(headers(other.key));
    expect(principal).toMatchObject({ id: "api-key:another", roles: [], purposes: [] });
  });

  it.each<[string, ReadonlyMap<string, string>, string]>([
    ["an unknown key", headers(createApiKey().key), "The API key is none that this mesh knows."],
    ["a part of a key", headers(key.slice(0, -1)), "The API key is none that this mesh knows."],
    ["the hash instead of the key", headers(hash), "The API key is none that this mesh knows."],
    ["an oversized key", headers("x".repeat(10_000)), "The API key is longer than 256 bytes."],
    [
      "a key beside a token",
      headers(key, { authorization: "Bearer t" }),
      "Send a token or the header mesh-api-key, not both.",
    ],
  ])("refuses %s", async (_, given, message) => {
    await expect(authenticatorFor([nightly]).authenticate(given)).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
      status: 401,
      message,
    });
  });

  it("is refused from its expiry on, and may declare only what it was granted", async () => {
    const authenticator = authenticatorFor([nightly]);
    await expect(authenticator.authenticate(headers(key, { "mesh-purpose": "fraud" }))).rejects.toMatchObject({
      code: "PURPOSE_NOT_GRANTED",
    });
    nowMs = Date.UTC(2026, 1, 1);
    await expect(authenticator.authenticate(headers(key))).rejects.toMatchObject({
      message: "The API key has expired.",
      headers: { "www-authenticate": 'ApiKey realm="datamesh", header="mesh-api-key"' },
    });
  });

  it("is 32 random bytes, of which the configuration holds a hash", () => {
    expect(key).toMatch(/^dmk_[A-Za-z0-9_-]{43}$/);
    expect(hash).toMatch(/^sha256:[A-Za-z0-9_-]{43}$/);
    expect(new Set(Array.from({ length: 50 }, () => createApiKey().key)).size).toBe(50);
    expect(() => authenticatorFor([nightly, nightly])).toThrow(/twice/);
    expect(() => authenticatorFor([{ name: "x", hash: key }])).toThrow(/datamesh api-key create/);
  });
});
