/**
 * Tokens for trying the mesh out: named principals from the configuration, signed by a key that lives beside the data.
 * Nothing trusts them unless the configuration says development, that is, unless `developmentIssuer` is put among the
 * authenticator's issuers.
 */
import { join } from "node:path";
import { SignJWT } from "jose";
import { ClientError } from "#schema";
import { policyErrors } from "../errors.ts";
import { loadSigningKey, type SigningKey, signingAlgorithm } from "./signing-key.ts";
import type { IssuerConfig } from "./verify-token.ts";

/** A principal as the configuration names it. */
export interface DevelopmentPrincipal {
  readonly kind?: "user" | "service";
  readonly roles?: readonly string[];
  readonly purposes?: readonly string[];
  /** What conditions and row filters can read. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Further claims, as they stand. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

const developmentIssuerName = "urn:datamesh:development";
const developmentAudience = "datamesh";

/** The key of the state folder: made at the first use, the same one for every process afterwards. */
export function loadDevelopmentKey(stateFolder: string): Promise<SigningKey> {
  return loadSigningKey(join(stateFolder, "development-key.json"));
}

/** The issuer of development tokens. Putting it into a configuration is trusting whoever can read the key. */
export function developmentIssuer(key: SigningKey): IssuerConfig {
  return {
    issuer: developmentIssuerName,
    audience: developmentAudience,
    jwks: { keys: [key.publicJwk] },
    algorithms: [signingAlgorithm],
    claims: { allAttributes: "attributes" },
  };
}

/**
 * Guarantees a token that an authenticator with `developmentIssuer` takes for the named principal. Raises
 * DEVELOPMENT_PRINCIPAL_UNKNOWN with the known names.
 */
export async function signDevelopmentToken(options: {
  readonly key: SigningKey;
  readonly principals: Readonly<Record<string, DevelopmentPrincipal>>;
  /** The principal's name, which becomes its id. */
  readonly as: string;
  /** Default 8 hours. */
  readonly expiresInSeconds?: number;
  readonly clock?: () => number;
}): Promise<string> {
  const { key, principals, as: name, expiresInSeconds = 8 * 3_600, clock = Date.now } = options;
  const principal = Object.hasOwn(principals, name) ? principals[name] : undefined;
  if (principal === undefined) {
    const names = Object.keys(principals).sort().join(", ");
    throw new ClientError(
      "DEVELOPMENT_PRINCIPAL_UNKNOWN",
      `There is no principal "${name}" in the configuration. ${names === "" ? "None is listed." : `Known: ${names}.`}`,
      { status: policyErrors.DEVELOPMENT_PRINCIPAL_UNKNOWN.status },
    );
  }
  const now = Math.floor(clock() / 1_000);
  return new SignJWT({
    ...principal.claims,
    kind: principal.kind ?? "user",
    roles: [...(principal.roles ?? [])],
    purposes: [...(principal.purposes ?? [])],
    attributes: principal.attributes ?? {},
  })
    .setProtectedHeader({ alg: signingAlgorithm, kid: key.kid, typ: "JWT" })
    .setIssuer(developmentIssuerName)
    .setAudience(developmentAudience)
    .setSubject(name)
    .setIssuedAt(now)
    .setExpirationTime(now + expiresInSeconds)
    .sign(key.privateKey);
}
