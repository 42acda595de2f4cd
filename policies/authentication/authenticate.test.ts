import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JWTPayload, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { ClientError } from "#schema";
import { anonymous } from "../principal.ts";
import { type AuthenticationConfig, createAuthenticator } from "./authenticate.ts";
import { AuthenticationError } from "./authentication-error.ts";
import { createSigningKey, type SigningKey } from "./signing-key.ts";

let nowMs = Date.UTC(2026, 0, 1);
const clock = (): number => nowMs;
let key: SigningKey;
let otherKey: SigningKey;
beforeAll(async () => {
  [key, otherKey] = await Promise.all([createSigningKey(), createSigningKey()]);
});

const issuer = "https://issuer.example";

function config(rest: Partial<AuthenticationConfig["issuers"][number]> = {}): AuthenticationConfig {
  return { clock, issuers: [{ issuer, audience: "mesh", jwks: { keys: [key.publicJwk] }, ...rest }] };
}

interface TokenOptions {
  readonly by?: SigningKey;
  readonly issuer?: string;
  readonly audience?: string;
  readonly lifetimeSeconds?: number | undefined;
}

async function sign(claims: JWTPayload = {}, options: TokenOptions = {}): Promise<string> {
  const by = options.by ?? key;
  const now = Math.floor(nowMs / 1_000);
  const token = new SignJWT({ sub: "ada", ...claims })
    .setProtectedHeader({ alg: "EdDSA", kid: by.kid })
    .setIssuer(options.issuer ?? issuer)
    .setAudience(options.audience ?? "mesh");
  if (!("lifetimeSeconds" in options) || options.lifetimeSeconds !== undefined) {
    token.setExpirationTime(now + (options.lifetimeSeconds ?? 600));
  }
  return token.sign(by.privateKey);
}

function bearer(token: string, purpose?: string): ReadonlyMap<string, string> {
  const headers = new Map([["authorization", `Bearer ${token}`]]);
  if (purpose !== undefined) headers.set("mesh-purpose", purpose);
  return headers;
}

/** The error that the headers are refused with. */
async function refusal(
  configuration: AuthenticationConfig,
  headers: ReadonlyMap<string, string>,
): Promise<ClientError> {
  const outcome = await createAuthenticator(configuration)
    .authenticate(headers)
    .catch((error: unknown) => error);
  if (!(outcome instanceof ClientError)) throw new Error("The headers were not refused");
  return outcome;
}

describe("createAuthenticator", () => {
  it("takes a request without a token as anonymous", async () => {
    expect(await createAuthenticator(config()).authenticate(new Map())).toBe(anonymous);
  });

  it.each([
    [{ scope: "read write" }, ["read", "write"]],
    [{ scp: ["read", "write"] }, ["read", "write"]],
    [{ scp: "write", scope: "read" }, ["read", "write"]],
    [{ scp: { read: true } }, []],
  ])("takes scopes from %j", async (claims, scopes) => {
    const { principal } = await createAuthenticator(config()).authenticate(bearer(await sign(claims)));
    expect(principal.attributes).toEqual({ scopes });
  });

  it("makes a principal of the claims, and sets a purpose only when it is declared and granted", async () => {
    const authenticator = createAuthenticator(config());
    const token = await sign({ roles: ["analyst"], purposes: ["fraud-detection"], scope: "read write", secret: "x" });
    const principal = {
      id: "ada",
      kind: "user",
      roles: ["analyst"],
      purposes: ["fraud-detection"],
      attributes: { scopes: ["read", "write"] },
    };
    expect(await authenticator.authenticate(bearer(token))).toEqual({ principal, purpose: undefined });
    expect(await authenticator.authenticate(bearer(token, "fraud-detection"))).toEqual({
      principal,
      purpose: "fraud-detection",
    });
  });

  it("gives the same object for the same token and purpose", async () => {
    const authenticator = createAuthenticator(config());
    const token = await sign({ purposes: ["p"] });
    expect(await authenticator.authenticate(bearer(token, "p"))).toBe(
      await authenticator.authenticate(bearer(token, "p")),
    );
  });

  it.each([undefined, "ada"])("refuses a purpose that is not granted (subject %s)", async (subject) => {
    const headers = subject === undefined ? new Map([["mesh-purpose", "fraud"]]) : bearer(await sign(), "fraud");
    expect(await refusal(config(), headers)).toMatchObject({ code: "PURPOSE_NOT_GRANTED", status: 403 });
  });

  it("takes the purpose of the operation as that of the header, unless both differ", async () => {
    const authenticator = createAuthenticator(config());
    const token = await sign({ purposes: ["p", "q"] });
    const declared = await authenticator.authenticate(bearer(token), "p");
    expect(declared.purpose).toBe("p");
    expect(await authenticator.authenticate(bearer(token, "p"), "p")).toBe(declared);
    await expect(authenticator.authenticate(bearer(token, "q"), "p")).rejects.toMatchObject({
      code: "PURPOSE_CONFLICT",
      status: 400,
    });
    await expect(authenticator.authenticate(bearer(token), "r")).rejects.toMatchObject({ code: "PURPOSE_NOT_GRANTED" });
    await expect(authenticator.authenticate(new Map(), "p")).rejects.toMatchObject({ code: "PURPOSE_NOT_GRANTED" });
  });

  it("does not repeat a declared purpose that is no name", async () => {
    const error = await refusal(config(), bearer(await sign(), "<script>"));
    expect(error.message).not.toContain("script");
  });

  it("reads claims where the configuration says they are", async () => {
    const authenticator = createAuthenticator(
      config({
        claims: {
          id: "oid",
          roles: ["realm_access.roles", "https://example.com/roles"],
          purposes: ["grants"],
          attributes: { region: "address.region" },
        },
      }),
    );
    const token = await sign({
      oid: "42",
      kind: "service",
      realm_access: { roles: ["a", 1] },
      "https://example.com/roles": "b c",
      grants: "p q",
      address: { region: "west" },
    });
    expect(await authenticator.authenticate(bearer(token, "q"))).toEqual({
      principal: {
        id: "42",
        kind: "service",
        roles: ["a", "b", "c"],
        purposes: ["p", "q"],
        attributes: { scopes: [], region: "west" },
      },
      purpose: "q",
    });
  });

  const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(`{"iss":"${issuer}","sub":"ada"}`).toString("base64url")}.`;
  it.each<[string, () => string | Promise<string>, RegExp]>([
    ["text that is no token", () => "nonsense", /not a signed JSON Web Token/],
    ["algorithm none", () => none, /not signed \(algorithm none\)/],
    ["an expired token", () => sign({}, { lifetimeSeconds: -31 }), /expired/],
    ["a token that never expires", () => sign({}, { lifetimeSeconds: undefined }), /until when/],
    ["a token from another issuer", () => sign({}, { issuer: "https://other.example" }), /issuer/],
    ["a token for another audience", () => sign({}, { audience: "other" }), /audience/],
    ["a token by a key that is not published", () => sign({}, { by: otherKey }), /does not publish/],
    [
      "a token with a changed payload",
      async () => {
        const [header, , signature] = (await sign()).split(".");
        const payload = Buffer.from(`{"iss":"${issuer}","sub":"root","aud":"mesh","exp":4102444800}`).toString(
          "base64url",
        );
        return `${header}.${payload}.${signature}`;
      },
      /signature/,
    ],
    ["a token that is not valid yet", () => sign({ nbf: Math.floor(nowMs / 1_000) + 60 }), /not valid yet/],
    ["a token without a subject", () => sign({ sub: "" }), /whose it is/],
    ["a token that calls itself anonymous", () => sign({ sub: "anonymous" }), /whose it is/],
    ["an oversized token", () => sign({ filler: "x".repeat(9_000) }), /longer than 8192 bytes/],
    ["two tokens", () => "a b", /one token/],
  ])("refuses %s", async (_, makeToken, message) => {
    const token = await makeToken();
    const error = await refusal(config(), bearer(token));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", status: 401, message: expect.stringMatching(message) });
    expect((error as AuthenticationError).headers["www-authenticate"]).toBe(
      `Bearer realm="datamesh", error="invalid_token", error_description="${error.message}"`,
    );
    expect(error.message).not.toContain(token);
  });

  it("refuses other schemes than Bearer, whose case does not matter", async () => {
    expect(await refusal(config(), new Map([["authorization", "Basic YTpi"]]))).toMatchObject({ status: 401 });
    const caller = await createAuthenticator(config()).authenticate(
      new Map([["authorization", `bEARER ${await sign()}`]]),
    );
    expect(caller.principal.id).toBe("ada");
  });

  it("refuses an algorithm that the configuration does not list", async () => {
    const error = await refusal(config({ algorithms: ["RS256"] }), bearer(await sign()));
    expect(error.message).toMatch(/algorithm/);
  });

  it("accepts a clock that differs by less than the tolerance", async () => {
    const caller = await createAuthenticator(config()).authenticate(bearer(await sign({}, { lifetimeSeconds: -20 })));
    expect(caller.principal.id).toBe("ada");
  });

  it("does not remember a token beyond its expiry", async () => {
    const authenticator = createAuthenticator(config());
    const token = await sign({}, { lifetimeSeconds: 60 });
    await authenticator.authenticate(bearer(token));
    nowMs += 91_000;
    await expect(authenticator.authenticate(bearer(token))).rejects.toThrow(/expired/);
  });

  it("reads keys from a file, and again when a token names a new one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "datamesh-keys-"));
    try {
      const file = join(folder, "jwks.json");
      const authenticator = createAuthenticator(config({ jwks: { file } }));
      const unavailable = await authenticator.authenticate(bearer(await sign())).catch((error: unknown) => error);
      expect(unavailable).toMatchObject({ code: "AUTHENTICATION_UNAVAILABLE", status: 503 });
      await writeFile(file, JSON.stringify({ keys: [key.publicJwk] }));
      await authenticator.authenticate(bearer(await sign()));
      await writeFile(file, JSON.stringify({ keys: [otherKey.publicJwk] }));
      nowMs += 31_000;
      const caller = await authenticator.authenticate(bearer(await sign({}, { by: otherKey })));
      expect(caller.principal.id).toBe("ada");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("fetches keys from a loopback URL, and says when that fails", async () => {
    const server = createServer((_, response) => response.end(JSON.stringify({ keys: [key.publicJwk] })));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    try {
      const caller = await createAuthenticator(config({ jwks: { url } })).authenticate(bearer(await sign()));
      expect(caller.principal.id).toBe("ada");
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    expect(await refusal(config({ jwks: { url } }), bearer(await sign()))).toMatchObject({ status: 503 });
  });

  it("trusts no header but the token's, the key's and the purpose's", async () => {
    const claimed = [
      "x-user",
      "x-user-id",
      "x-forwarded-user",
      "x-roles",
      "mesh-caller",
      "mesh-gateway-token",
      "cookie",
    ];
    const headers = new Map(claimed.map((name) => [name, "root"]));
    expect(await createAuthenticator(config()).authenticate(headers)).toBe(anonymous);
  });

  it("refuses a configuration that cannot be safe", () => {
    expect(() => createAuthenticator(config({ jwks: { url: "http://keys.example/jwks" } }))).toThrow(/https/);
    expect(() => createAuthenticator(config({ algorithms: ["none"] }))).toThrow(/signs nothing/);
    const twice = config().issuers;
    expect(() => createAuthenticator({ issuers: [...twice, ...twice] })).toThrow(/twice/);
  });
});
