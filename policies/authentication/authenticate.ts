/** Headers of a request → who asks, and why. */
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { ClientError } from "#schema";
import { policyErrors } from "../errors.ts";
import { anonymous, type Caller, type Principal } from "../principal.ts";
import { type ApiKeyConfig, apiKeyHeader, createApiKeyVerifier } from "./api-keys.ts";
import { AuthenticationError } from "./authentication-error.ts";
import { readPrincipal } from "./claims.ts";
import { createTokenVerifier, type IssuerConfig } from "./verify-token.ts";

export interface AuthenticationConfig {
  readonly issuers: readonly IssuerConfig[];
  /** Keys of machines; none by default. */
  readonly apiKeys?: readonly ApiKeyConfig[];
  /** By how much the issuers' clocks may differ from ours. Default 30. */
  readonly clockToleranceSeconds?: number;
  /** Longer tokens are refused unread. Default 8192. */
  readonly maxTokenBytes?: number;
  /** How many verified tokens are remembered. Default 10,000. */
  readonly maxCachedTokens?: number;
  /** Milliseconds since the epoch; for tests. */
  readonly clock?: () => number;
}

export interface Authenticator {
  /**
   * Guarantees the caller that the headers prove: `anonymous` without an `Authorization` header. Header names are
   * lower-case. The same token or API key and purpose give the same object while the token is remembered, so what is
   * computed for a caller can be kept by it. The purpose is the header's, or else `declaredPurpose`, the operation's.
   *
   * Throws UNAUTHENTICATED (401, an `AuthenticationError` with the `WWW-Authenticate` header), PURPOSE_NOT_GRANTED (403),
   * PURPOSE_CONFLICT (400), AUTHENTICATION_UNAVAILABLE (503).
   */
  authenticate(headers: ReadonlyMap<string, string>, declaredPurpose?: string): Promise<Caller>;
}

/** The header in which a caller declares why it reads. */
export const purposeHeader = "mesh-purpose";

/** A key that its issuer withdrew is trusted no longer than this. */
const maxTrustSeconds = 300;
const purposeSyntax = /^[a-z][a-z0-9-]{0,62}$/;

interface KnownPrincipal {
  readonly principal: Principal;
  readonly callerByPurpose: Map<string | undefined, Caller>;
}

interface KnownToken extends KnownPrincipal {
  /** Milliseconds since the epoch. */
  readonly trustedUntil: number;
}

/** Guarantees that no purpose is ever set that the principal was not granted. Throws for a wrong configuration. */
export function createAuthenticator(config: AuthenticationConfig): Authenticator {
  const { clock = Date.now, clockToleranceSeconds = 30, maxTokenBytes = 8_192 } = config;
  const verify = createTokenVerifier({ issuers: config.issuers, clock, clockToleranceSeconds });
  const principalOfKey = createApiKeyVerifier(config.apiKeys ?? [], clock);
  const byKeyPrincipal = new WeakMap<Principal, KnownPrincipal>();
  const known = new LRUCache<string, KnownToken>({ max: config.maxCachedTokens ?? 10_000 });

  const principalOf = async (token: string): Promise<KnownToken> => {
    // The hash and not the token is kept: a memory dump gives no tokens away.
    const hash = createHash("sha256").update(token).digest("base64");
    const remembered = known.get(hash);
    if (remembered !== undefined && clock() < remembered.trustedUntil) return remembered;
    known.delete(hash);
    const { claims, mapping, expiresAt } = await verify(token);
    const principal = readPrincipal(claims, mapping);
    if (principal === undefined) throw new AuthenticationError("The token does not say whose it is.");
    const trustedUntil = Math.min((expiresAt + clockToleranceSeconds) * 1_000, clock() + maxTrustSeconds * 1_000);
    const entry: KnownToken = { principal, trustedUntil, callerByPurpose: new Map() };
    known.set(hash, entry);
    return entry;
  };

  const keyed = (key: string): KnownPrincipal => {
    const principal = principalOfKey(key);
    const entry = byKeyPrincipal.get(principal) ?? { principal, callerByPurpose: new Map() };
    byKeyPrincipal.set(principal, entry);
    return entry;
  };

  return {
    async authenticate(headers, declaredPurpose) {
      const authorization = headers.get("authorization");
      const apiKey = headers.get(apiKeyHeader);
      const purpose = onePurpose(headers.get(purposeHeader), declaredPurpose);
      if (authorization === undefined && apiKey === undefined) {
        if (purpose !== undefined) throw purposeNotGranted(purpose);
        return anonymous;
      }
      if (authorization !== undefined && apiKey !== undefined) {
        throw new AuthenticationError(`Send a token or the header ${apiKeyHeader}, not both.`);
      }
      const { principal, callerByPurpose } =
        apiKey === undefined ? await principalOf(readBearer(authorization ?? "", maxTokenBytes)) : keyed(apiKey);
      if (purpose !== undefined && !principal.purposes.includes(purpose)) throw purposeNotGranted(purpose);
      // Only granted purposes get here, so the map is as small as the principal's list.
      let caller = callerByPurpose.get(purpose);
      if (caller === undefined) {
        caller = { principal, purpose };
        callerByPurpose.set(purpose, caller);
      }
      return caller;
    },
  };
}

/** The token of `Authorization: Bearer <token>` (RFC 6750 section 2.1; the scheme's case does not matter, RFC 9110). */
function readBearer(authorization: string, maxTokenBytes: number): string {
  const [scheme = "", token = "", ...rest] = authorization.trim().split(/ +/);
  if (scheme.toLowerCase() !== "bearer") throw new AuthenticationError("Only the Bearer scheme is accepted.");
  if (token === "" || rest.length > 0) throw new AuthenticationError("Bearer must be followed by one token.");
  if (token.length > maxTokenBytes) {
    throw new AuthenticationError(`The token is longer than ${maxTokenBytes} bytes.`);
  }
  return token;
}

/** Raises PURPOSE_CONFLICT when the header says another one than the operation. */
function onePurpose(inHeader: string | undefined, inOperation: string | undefined): string | undefined {
  if (inHeader === undefined || inOperation === undefined || inHeader === inOperation) return inHeader ?? inOperation;
  throw new ClientError(
    "PURPOSE_CONFLICT",
    `The header ${purposeHeader} and @purpose of the operation declare two purposes. Declare one of them only.`,
    { status: policyErrors.PURPOSE_CONFLICT.status },
  );
}

/** PURPOSE_NOT_GRANTED. A purpose that is no name is not repeated. */
export function purposeNotGranted(purpose: string): ClientError {
  const named = purposeSyntax.test(purpose) ? `The purpose ${purpose}` : `The declared purpose`;
  return new ClientError(
    "PURPOSE_NOT_GRANTED",
    `${named} is not granted to this principal. Declare a granted one, in the header ${purposeHeader} or by @purpose, or none.`,
    { status: policyErrors.PURPOSE_NOT_GRANTED.status },
  );
}
