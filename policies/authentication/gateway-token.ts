/**
 * What the gateway says to a subgraph over HTTP: for whom it asks and that it masks the answer itself. A token is signed
 * by the gateway's key, meant for one subgraph, and valid for a minute; subgraphs trust nothing else to get raw values.
 */
import { createHash } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import { LRUCache } from "lru-cache";
import { anonymous, type Caller } from "../principal.ts";
import { AuthenticationError } from "./authentication-error.ts";
import { createKeySource, type KeySource } from "./key-source.ts";
import { type SigningKey, signingAlgorithm } from "./signing-key.ts";

/** The header that carries it; `authorization` stays free for the caller's own token. */
export const gatewayTokenHeader = "mesh-gateway-token";

const gatewayIssuer = "urn:datamesh:gateway";
const tokenType = "mesh-gateway+jwt";
const lifetimeSeconds = 60;
/** A token is sent until this little of its life is left, so that it does not expire on its way. */
const minRemainingSeconds = 20;

export interface GatewayTokens {
  /** A token for this subgraph and caller. Signed anew at most every 40 seconds per caller object and subgraph. */
  sign(subgraph: string, caller: Caller): Promise<string>;
}

/** Guarantees tokens that name exactly one audience and live 60 seconds. */
export function createGatewayTokens(key: SigningKey, options: { readonly clock?: () => number } = {}): GatewayTokens {
  const { clock = Date.now } = options;
  // By caller object: entries go when the authenticator forgets the caller.
  const fresh = new WeakMap<Caller, Map<string, { readonly token: Promise<string>; readonly until: number }>>();
  return {
    sign(subgraph, caller) {
      let bySubgraph = fresh.get(caller);
      if (bySubgraph === undefined) {
        bySubgraph = new Map();
        fresh.set(caller, bySubgraph);
      }
      const now = Math.floor(clock() / 1_000);
      const kept = bySubgraph.get(subgraph);
      if (kept !== undefined && now < kept.until) return kept.token;
      const token = sign(key, subgraph, caller, now);
      bySubgraph.set(subgraph, { token, until: now + lifetimeSeconds - minRemainingSeconds });
      // A failure must not be remembered as the caller's token.
      token.catch(() => bySubgraph.delete(subgraph));
      return token;
    },
  };
}

function sign(key: SigningKey, subgraph: string, caller: Caller, now: number): Promise<string> {
  const { id, kind, roles, purposes, attributes } = caller.principal;
  return new SignJWT({
    kind,
    roles,
    purposes,
    attributes,
    masking: "gateway",
    ...(caller.purpose === undefined ? {} : { purpose: caller.purpose }),
  })
    .setProtectedHeader({ alg: signingAlgorithm, kid: key.kid, typ: tokenType })
    .setIssuer(gatewayIssuer)
    .setAudience(subgraph)
    .setSubject(id)
    .setIssuedAt(now)
    .setExpirationTime(now + lifetimeSeconds)
    .sign(key.privateKey);
}

export interface GatewayTokenVerifier {
  /** The caller for whom the gateway asks. Throws `AuthenticationError` for any token that the gateway did not sign for us. */
  verify(token: string): Promise<Caller>;
}

export function createGatewayTokenVerifier(options: {
  /** The gateway's public keys. */
  readonly jwks: KeySource;
  /** This subgraph's name. */
  readonly audience: string;
  readonly clockToleranceSeconds?: number;
  readonly clock?: () => number;
}): GatewayTokenVerifier {
  const { audience, clockToleranceSeconds = 5, clock = Date.now } = options;
  const keys = createKeySource(options.jwks, clock);
  const known = new LRUCache<string, { readonly caller: Caller; readonly trustedUntil: number }>({ max: 10_000 });
  return {
    async verify(token) {
      const hash = createHash("sha256").update(token).digest("base64");
      const remembered = known.get(hash);
      if (remembered !== undefined && clock() < remembered.trustedUntil) return remembered.caller;
      known.delete(hash);
      try {
        const { payload } = await jwtVerify(token, keys, {
          issuer: gatewayIssuer,
          audience,
          typ: tokenType,
          algorithms: [signingAlgorithm],
          clockTolerance: clockToleranceSeconds,
          currentDate: new Date(clock()),
          maxTokenAge: lifetimeSeconds,
          requiredClaims: ["sub", "exp", "masking"],
        });
        const caller = readCaller(payload);
        known.set(hash, { caller, trustedUntil: ((payload.exp ?? 0) + clockToleranceSeconds) * 1_000 });
        return caller;
      } catch (cause) {
        throw new AuthenticationError(
          "The gateway token is not valid here.",
          cause instanceof errors.JOSEError ? cause.code : cause,
        );
      }
    },
  };
}

/** The claims are the gateway's own words, proven by its signature; they are written by `sign` above and by nothing else. */
function readCaller(claims: Readonly<Record<string, unknown>>): Caller {
  if (claims.kind === "anonymous") return anonymous;
  return {
    principal: {
      id: claims.sub as string,
      kind: claims.kind as "user" | "service",
      roles: claims.roles as readonly string[],
      purposes: claims.purposes as readonly string[],
      attributes: claims.attributes as Readonly<Record<string, unknown>>,
    },
    purpose: claims.purpose as string | undefined,
  };
}
