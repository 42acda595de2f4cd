/** Where the public keys of an issuer come from: written in the configuration, a file, or a URL. */
import { readFile } from "node:fs/promises";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
  type JWTVerifyGetKey,
} from "jose";

/** A JSON Web Key Set (RFC 7517), or where to read one. */
export type KeySource =
  | { readonly keys: JSONWebKeySet["keys"] }
  /** Read when first needed and again when a token names a key it does not hold. */
  | { readonly file: string }
  /** `https:`, or `http:` on the loopback interface. Fetched when first needed, kept ten minutes. */
  | { readonly url: string };

/** The keys could not be read, as opposed to: they were read and none fits. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
}

/** How long an unknown key does not make the file be read again, whoever asks for it. */
const rereadAfterMs = 30_000;

/**
 * Guarantees a key resolver that throws `KeysUnavailable` when the source cannot be read and a jose error when it holds
 * no fitting key. Throws at once for a URL over which keys must not travel.
 */
export function createKeySource(source: KeySource, clock: () => number): JWTVerifyGetKey {
  if ("keys" in source) return createLocalJWKSet({ keys: source.keys });
  if ("file" in source) return createFileKeySource(source.file, clock);
  const url = new URL(source.url);
  if (!isTrustworthy(url)) {
    throw new Error(`Keys are only fetched by https, or by http from the loopback interface, not from ${url.origin}.`);
  }
  const remote = createRemoteJWKSet(url);
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (cause) {
      // Anything but "no key fits" means that there was no proper answer.
      if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys) throw cause;
      throw new KeysUnavailable(`The keys of ${url.origin} cannot be fetched.`, { cause });
    }
  };
}

function createFileKeySource(file: string, clock: () => number): JWTVerifyGetKey {
  let keys: JWTVerifyGetKey | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  const read = async (): Promise<JWTVerifyGetKey> => {
    readAt = clock();
    try {
      keys = createLocalJWKSet(JSON.parse(await readFile(file, "utf8")) as JSONWebKeySet);
      return keys;
    } catch (cause) {
      throw new KeysUnavailable(`The key file ${file} cannot be read as a JSON Web Key Set.`, { cause });
    }
  };
  return async (header?: JWSHeaderParameters, token?: FlattenedJWSInput) => {
    const resolve = async (getKey: JWTVerifyGetKey) =>
      getKey(header as Parameters<JWTVerifyGetKey>[0], token as Parameters<JWTVerifyGetKey>[1]);
    try {
      return await resolve(keys ?? (await read()));
    } catch (cause) {
      if (!(cause instanceof errors.JWKSNoMatchingKey) || clock() - readAt < rereadAfterMs) throw cause;
      return resolve(await read());
    }
  };
}

function isTrustworthy(url: URL): boolean {
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
}
