import { SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { caller } from "../policies.fixture.ts";
import { anonymous } from "../principal.ts";
import { createAuthenticator } from "./authenticate.ts";
import { createGatewayTokens, createGatewayTokenVerifier, type GatewayTokenVerifier } from "./gateway-token.ts";
import { createSigningKey, type SigningKey } from "./signing-key.ts";
import { createSubgraphAuthenticator } from "./subgraph-authenticator.ts";

let key: SigningKey;
let nowMs = 1_000_000_000;
const clock = (): number => nowMs;
beforeAll(async () => {
  key = await createSigningKey();
});

const analyst = caller("fraud-detection", {
  roles: ["analyst"],
  purposes: ["fraud-detection"],
  attributes: { region: "west" },
});

function verifier(audience = "orders"): GatewayTokenVerifier {
  return createGatewayTokenVerifier({ jwks: { keys: [key.publicJwk] }, audience, clock });
}

describe("gateway tokens", () => {
  it("carry the caller with attributes and purpose to the one subgraph they are meant for", async () => {
    const tokens = createGatewayTokens(key, { clock });
    expect(await verifier().verify(await tokens.sign("orders", analyst))).toEqual(analyst);
    expect(await verifier().verify(await tokens.sign("orders", anonymous))).toBe(anonymous);
    await expect(verifier("customers").verify(await tokens.sign("orders", analyst))).rejects.toMatchObject({
      status: 401,
    });
  });

  it("are signed once per caller and subgraph while they are fresh, and live a minute", async () => {
    const tokens = createGatewayTokens(key, { clock });
    const first = await tokens.sign("orders", analyst);
    nowMs += 39_000;
    expect(await tokens.sign("orders", analyst)).toBe(first);
    expect(await tokens.sign("payments", analyst)).not.toBe(first);
    expect(await tokens.sign("orders", { ...analyst })).not.toBe(first);
    nowMs += 1_000;
    expect(await tokens.sign("orders", analyst)).not.toBe(first);
    const remembering = verifier();
    await remembering.verify(first);
    nowMs += 26_000;
    await expect(remembering.verify(first)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    await expect(verifier().verify(first)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("are refused when another key signed them, or when they are tokens of another kind", async () => {
    const stranger = createGatewayTokens(await createSigningKey(), { clock });
    await expect(verifier().verify(await stranger.sign("orders", analyst))).rejects.toMatchObject({ status: 401 });
    const userToken = await new SignJWT({ masking: "gateway", roles: [], purposes: [], kind: "user" })
      .setProtectedHeader({ alg: "EdDSA", kid: key.kid, typ: "JWT" })
      .setIssuer("urn:datamesh:gateway")
      .setAudience("orders")
      .setSubject("x")
      .setIssuedAt(nowMs / 1_000)
      .setExpirationTime(nowMs / 1_000 + 60)
      .sign(key.privateKey);
    await expect(verifier().verify(userToken)).rejects.toMatchObject({ status: 401 });
  });
});

describe("createSubgraphAuthenticator", () => {
  const own = createAuthenticator({ issuers: [], clock });

  it("leaves masking to the gateway for its token only, and refuses a bad one", async () => {
    const authenticator = createSubgraphAuthenticator({ gateway: verifier(), own });
    const token = await createGatewayTokens(key, { clock }).sign("orders", analyst);
    expect(await authenticator.authenticate(new Map([["mesh-gateway-token", token]]))).toEqual({
      caller: analyst,
      masking: "gateway",
    });
    await expect(authenticator.authenticate(new Map([["mesh-gateway-token", `${token}x`]]))).rejects.toMatchObject({
      status: 401,
    });
    expect(await authenticator.authenticate(new Map())).toEqual({ caller: anonymous, masking: "here" });
  });

  it("takes nobody's word for who the caller is, or that the gateway asks", async () => {
    const authenticator = createSubgraphAuthenticator({ gateway: verifier(), own });
    const claims = {
      "x-user": "root",
      "x-roles": "admin",
      "x-forwarded-user": "root",
      masking: "gateway",
      "mesh-caller": "{}",
    };
    expect(await authenticator.authenticate(new Map(Object.entries(claims)))).toEqual({
      caller: anonymous,
      masking: "here",
    });
    // The gateway's own token is no token of a user, and the other way round.
    const token = await createGatewayTokens(key, { clock }).sign("orders", analyst);
    await expect(authenticator.authenticate(new Map([["authorization", `Bearer ${token}`]]))).rejects.toMatchObject({
      status: 401,
    });
    const elsewhere = await createGatewayTokens(key, { clock }).sign("payments", analyst);
    const stranger = await createGatewayTokens(await createSigningKey(), { clock }).sign("orders", analyst);
    for (const bad of [elsewhere, stranger, "", "null"]) {
      // A valid key beside it does not help.
      const headers = new Map([["mesh-gateway-token", bad]]);
      await expect(authenticator.authenticate(headers)).rejects.toMatchObject({ status: 401 });
    }
    const stale = await createGatewayTokens(key, { clock }).sign("orders", analyst);
    nowMs += 66_000;
    await expect(authenticator.authenticate(new Map([["mesh-gateway-token", stale]]))).rejects.toMatchObject({
      status: 401,
      message: expect.stringMatching(/gateway|expired/i),
    });
  });

  it("trusts no gateway when none is configured", async () => {
    const authenticator = createSubgraphAuthenticator({ gateway: undefined, own });
    const token = await createGatewayTokens(key, { clock }).sign("orders", analyst);
    expect(await authenticator.authenticate(new Map([["mesh-gateway-token", token]]))).toEqual({
      caller: anonymous,
      masking: "here",
    });
  });
});
