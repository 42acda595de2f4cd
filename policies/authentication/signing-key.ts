/** A key pair of the mesh itself, kept in a file. */
import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** For verifiers, with `kid`, `alg` and `use`. */
  readonly publicJwk: JWK;
}

/** Ed25519: short signatures, no parameters to get wrong. */
export const signingAlgorithm = "EdDSA";

/** A new key pair that exists only in this process. */
export async function createSigningKey(): Promise<SigningKey> {
  return readSigningKey(await generatePrivateJwk());
}

/**
 * Guarantees the same key to every process that asks for the same file, also when several ask for the first time at
 * once: the file appears complete, readable by its owner only (mode 0600), or not at all.
 */
export async function loadSigningKey(file: string): Promise<SigningKey> {
  const kept = await readIfThere(file);
  if (kept !== undefined) return readSigningKey(parsePrivateJwk(kept, file));

  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(await generatePrivateJwk()), { mode: 0o600, flag: "wx" });
  try {
    // Unlike a rename, a link never replaces: of several processes one wins and the others read its key.
    await link(draft, file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  } finally {
    await unlink(draft);
  }
  return readSigningKey(parsePrivateJwk(await readFile(file, "utf8"), file));
}

async function generatePrivateJwk(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(signingAlgorithm, { crv: "Ed25519", extractable: true });
  return exportJWK(privateKey);
}

async function readSigningKey(jwk: JWK): Promise<SigningKey> {
  const { d: _private, ...publicPart } = jwk;
  const kid = await calculateJwkThumbprint(publicPart);
  return {
    kid,
    // An OKP private JWK is always imported as a CryptoKey; only `oct` keys become bytes.
    privateKey: (await importJWK(jwk, signingAlgorithm)) as CryptoKey,
    publicJwk: { ...publicPart, kid, alg: signingAlgorithm, use: "sig" },
  };
}

function parsePrivateJwk(text: string, file: string): JWK {
  let jwk: unknown;
  try {
    jwk = JSON.parse(text);
  } catch {
    jwk = undefined;
  }
  if (typeof jwk !== "object" || jwk === null || !("crv" in jwk) || jwk.crv !== "Ed25519" || !("d" in jwk)) {
    throw new Error(`${file} does not hold an Ed25519 private key. Remove it to have a new one made.`);
  }
  return jwk as JWK;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}
