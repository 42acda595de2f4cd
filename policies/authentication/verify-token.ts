/** A token of a configured issuer → its claims. */
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { ClientError } from "#schema";
import { policyErrors } from "../errors.ts";
import { AuthenticationError } from "./authentication-error.ts";
import { type ClaimMapping, defaultClaimMapping } from "./claims.ts";
import { createKeySource, type KeySource, KeysUnavailable } from "./key-source.ts";

export interface IssuerConfig {
  /** The `iss` of its tokens, exactly. */
  readonly issuer: string;
  /** What `aud` must hold: who the token is for. */
  readonly audience: string | readonly string[];
  readonly jwks: KeySource;
  /** Signature algorithms to accept; `none` is never accepted. Default: the asymmetric ones. */
  readonly algorithms?: readonly string[];
  readonly claims?: Partial<ClaimMapping>;
}

export interface VerifiedToken {
  readonly claims: JWTPayload;
  readonly mapping: ClaimMapping;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

const asymmetricAlgorithms = [
  "EdDSA",
  "Ed25519",
  "ES256",
  "ES384",
  "ES512",
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
];

interface Issuer {
  readonly config: IssuerConfig;
  readonly mapping: ClaimMapping;
  readonly keys: JWTVerifyGetKey;
}

/**
 * Guarantees claims that a configured issuer signed, for this audience, that are valid now. Throws `AuthenticationError`
 * (UNAUTHENTICATED) for everything else, and AUTHENTICATION_UNAVAILABLE when the issuer's keys cannot be read.
 * RFC 7519, RFC 8725 (algorithms are chosen by configuration, never by the token).
 */
export function createTokenVerifier(options: {
  readonly issuers: readonly IssuerConfig[];
  readonly clockToleranceSeconds: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}): (token: string) => Promise<VerifiedToken> {
  const { clock, clockToleranceSeconds } = options;
  const issuers = new Map<string, Issuer>();
  for (const config of options.issuers) {
    if (issuers.has(config.issuer)) throw new Error(`The issuer ${config.issuer} is configured twice.`);
    if (config.algorithms?.some((algorithm) => algorithm.toLowerCase() === "none") === true) {
      throw new Error(`The issuer ${config.issuer} allows the algorithm none, which signs nothing. Remove it.`);
    }
    issuers.set(config.issuer, {
      config,
      mapping: { ...defaultClaimMapping, ...config.claims },
      keys: createKeySource(config.jwks, clock),
    });
  }

  return async (token) => {
    const issuer = issuers.get(readIssuer(token) ?? "");
    if (issuer === undefined) throw new AuthenticationError("The token's issuer is not one that this mesh trusts.");
    const { config, mapping, keys } = issuer;
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: config.issuer,
        audience: typeof config.audience === "string" ? config.audience : [...config.audience],
        algorithms: [...(config.algorithms ?? asymmetricAlgorithms)],
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(clock()),
        requiredClaims: ["exp"],
      });
      // `requiredClaims` and jose's own check make it a number.
      return { claims: payload, mapping, expiresAt: payload.exp as number };
    } catch (cause) {
      if (cause instanceof KeysUnavailable) {
        throw new ClientError(
          "AUTHENTICATION_UNAVAILABLE",
          "The keys of the token's issuer cannot be read at the moment. Try again later.",
          { status: policyErrors.AUTHENTICATION_UNAVAILABLE.status, cause },
        );
      }
      // jose's errors carry the token's claims; whoever logs the cause must not log those.
      throw new AuthenticationError(describe(cause), cause instanceof errors.JOSEError ? cause.code : cause);
    }
  };
}

/** The issuer that the token names, not verified yet: it only chooses the keys. */
function readIssuer(token: string): string | undefined {
  try {
    if (decodeProtectedHeader(token).alg === "none") {
      throw new AuthenticationError("The token is not signed (algorithm none).");
    }
    return decodeJwt(token).iss;
  } catch (cause) {
    if (cause instanceof AuthenticationError) throw cause;
    throw new AuthenticationError("The token is not a signed JSON Web Token.", cause);
  }
}

function describe(cause: unknown): string {
  if (cause instanceof errors.JWTExpired) return "The token has expired.";
  if (cause instanceof errors.JWTClaimValidationFailed) {
    if (cause.claim === "aud") return "The token is meant for another audience.";
    if (cause.claim === "nbf") return "The token is not valid yet.";
    if (cause.claim === "exp") return "The token does not say until when it is valid (exp).";
    return "A claim of the token is missing or wrong.";
  }
  if (cause instanceof errors.JOSEAlgNotAllowed) return "The token is signed by an algorithm that is not allowed.";
  if (cause instanceof errors.JWKSNoMatchingKey)
    return "The token is signed by a key that its issuer does not publish.";
  if (cause instanceof errors.JWSSignatureVerificationFailed) return "The token's signature does not match.";
  return "The token is not a valid signed JSON Web Token.";
}
