/**
 * Keys by which machines are known that have no token: the configuration holds hashes alone, so who reads it can call
 * nobody. A key is 32 random bytes: its hash cannot be tried out, and needs neither salt nor a slow function.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Principal } from "../principal.ts";
import { AuthenticationError } from "./authentication-error.ts";

/** The header that carries one. */
export const apiKeyHeader = "mesh-api-key";

export interface ApiKeyConfig {
  /** Unique; the principal's id is `api-key:` and the name. */
  readonly name: string;
  /** `sha256:` and the hash of the whole key, as `createApiKey` gives it. */
  readonly hash: string;
  /** From when on it is refused; never by default. */
  readonly expires?: Date | undefined;
  readonly roles?: readonly string[];
  readonly purposes?: readonly string[];
  readonly attributes?: Readonly<Record<string, unknown>>;
}

const prefix = "dmk_";
const hashPrefix = "sha256:";
/** Longer ones are refused unread. */
const maxKeyLength = 256;

/** A new key, to be given to its owner and kept nowhere, and the hash that the configuration keeps. */
export function createApiKey(): { readonly key: string; readonly hash: string } {
  const key = `${prefix}${randomBytes(32).toString("base64url")}`;
  return { key, hash: `${hashPrefix}${digest(key).toString("base64url")}` };
}

/**
 * The principal of a key, the same object every time. Throws `AuthenticationError` for an unknown or expired key; how
 * long that takes does not depend on how much of a key is right. Throws at once for a configuration that cannot be used.
 */
export function createApiKeyVerifier(keys: readonly ApiKeyConfig[], clock: () => number): (key: string) => Principal {
  const names = new Set<string>();
  const known = keys.map(({ name, hash, expires, roles = [], purposes = [], attributes = {} }) => {
    if (names.has(name)) throw new Error(`The API key ${name} is configured twice.`);
    names.add(name);
    const principal: Principal = {
      id: `api-key:${name}`,
      kind: "service",
      roles,
      purposes,
      attributes: { scopes: [], ...attributes },
    };
    return { digest: readHash(name, hash), expiresAt: expires?.getTime() ?? Number.POSITIVE_INFINITY, principal };
  });
  return (key) => {
    if (key.length > maxKeyLength) throw refused(`The API key is longer than ${maxKeyLength} bytes.`);
    const given = digest(key);
    // Every key is compared, also after the right one.
    let found: (typeof known)[number] | undefined;
    for (const entry of known) if (timingSafeEqual(entry.digest, given)) found = entry;
    if (found === undefined) throw refused("The API key is none that this mesh knows.");
    if (clock() >= found.expiresAt) throw refused("The API key has expired.");
    return found.principal;
  };
}

function readHash(name: string, hash: string): Buffer {
  const bytes = Buffer.from(hash.slice(hashPrefix.length), "base64url");
  if (hash.startsWith(hashPrefix) && bytes.length === 32) return bytes;
  throw new Error(`The hash of the API key ${name} is none. Put there what \`datamesh api-key create\` printed.`);
}

function refused(message: string): AuthenticationError {
  return new AuthenticationError(message, undefined, `ApiKey realm="datamesh", header="${apiKeyHeader}"`);
}

function digest(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
