/** The configuration's word on who callers are → the authenticator and the keys of a mesh. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Authenticator,
  createAuthenticator,
  createGatewayTokens,
  createGatewayTokenVerifier,
  createSubgraphAuthenticator,
  developmentIssuer,
  type GatewayTokens,
  type GatewayTokenVerifier,
  type IssuerConfig,
  type KeySource,
  loadDevelopmentKey,
  loadSigningKey,
  type SubgraphAuthenticator,
  signDevelopmentToken,
} from "#policies";
import { readBytes, readMs } from "../config/quantity.ts";
import type { MeshConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";

/** For a gateway: who asks, and the tokens by which its subgraphs believe it. */
export async function createGatewayAuthentication(
  config: MeshConfig,
): Promise<{ readonly authenticate: Authenticator["authenticate"]; readonly tokens: GatewayTokens }> {
  const authenticator = await createConfigured(config);
  const key = await loadSigningKey(join(config.stateFolder, "gateway-key.json"));
  await publishKeys(join(config.stateFolder, "gateway.jwks.json"), { keys: [key.publicJwk] });
  return { authenticate: authenticator.authenticate, tokens: createGatewayTokens(key) };
}

/** For a product that is served on its own: who asks, and whether it is the gateway that does. */
export async function createProductAuthentication(config: MeshConfig, product: string): Promise<SubgraphAuthenticator> {
  return createSubgraphAuthenticator({
    gateway: createGatewayTokenVerifier({
      jwks: keySource(config.authentication.gatewayKeys),
      audience: product,
    }),
    own: await createConfigured(config),
  });
}

/** For products in a process of the gateway that others of its processes ask: tells, by product, who is asked for. */
export async function createInternalVerifiers(config: MeshConfig): Promise<(product: string) => GatewayTokenVerifier> {
  const { publicJwk } = await loadSigningKey(join(config.stateFolder, "gateway-key.json"));
  return (product) => createGatewayTokenVerifier({ jwks: { keys: [publicJwk] }, audience: product });
}

/**
 * A token by which another product of a development mesh lets this one read its outputs. Throws UPSTREAM_TOKEN_MISSING
 * elsewhere: there the configuration names one.
 */
export async function serviceToken(config: MeshConfig, product: string, role: string): Promise<string> {
  if (!config.authentication.development) {
    throw commandError(
      "UPSTREAM_TOKEN_MISSING",
      `${config.file} names no token for the upstreams of "${product}": set spec.upstreams.<name>.token`,
    );
  }
  return signDevelopmentToken({
    key: await loadDevelopmentKey(config.stateFolder),
    principals: { [product]: { kind: "service", roles: [role] } },
    as: product,
    expiresInSeconds: 300,
  });
}

async function createConfigured(config: MeshConfig): Promise<Authenticator> {
  const { apiKeys, clockTolerance, maxTokenSize } = config.authentication;
  return createAuthenticator({
    issuers: await issuersOf(config),
    apiKeys: apiKeys.map(({ expires, ...key }) => ({
      ...key,
      ...(expires === undefined ? {} : { expires: new Date(expires) }),
    })),
    clockToleranceSeconds: readMs(clockTolerance) / 1_000,
    maxTokenBytes: readBytes(maxTokenSize),
  });
}

async function issuersOf({ authentication, stateFolder }: MeshConfig): Promise<readonly IssuerConfig[]> {
  const configured = authentication.issuers.map(({ jwks, ...issuer }) => ({ ...issuer, jwks: keySource(jwks) }));
  return authentication.development
    ? [...configured, developmentIssuer(await loadDevelopmentKey(stateFolder))]
    : configured;
}

function keySource(place: string): KeySource {
  return /^https?:\/\//.test(place) ? { url: place } : { file: place };
}

/** Others read the file at any moment: it is there whole or as it was. */
export async function publishKeys(file: string, keys: unknown): Promise<void> {
  await mkdir(join(file, ".."), { recursive: true });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(keys));
  await rename(draft, file);
}
