/** Signatures of checkpoints: Ed25519, so short and the same for the same words. */
import { createPublicKey, type KeyObject, subtle, verify } from "node:crypto";
import type { JWK } from "jose";
import type { SigningKey } from "../authentication/signing-key.ts";

export interface AuditSigner {
  readonly kid: string;
  /** Base64url. */
  sign(text: string): Promise<string>;
}

/** `unknown`: signed by a key that is none of those that are trusted. */
type SignatureState = "good" | "bad" | "unknown";

export type CheckSignature = (kid: string, text: string, signature: string) => SignatureState;

export function createAuditSigner({ kid, privateKey }: SigningKey): AuditSigner {
  return {
    kid,
    sign: async (text) =>
      Buffer.from(await subtle.sign("Ed25519", privateKey, Buffer.from(text))).toString("base64url"),
  };
}

/** Keys that are no Ed25519 keys with an id are left out. */
export function createSignatureCheck(keys: readonly JWK[]): CheckSignature {
  const byId = new Map<string, KeyObject>();
  for (const { kid, kty, crv, x } of keys) {
    if (kid === undefined || kty !== "OKP" || crv !== "Ed25519" || x === undefined) continue;
    byId.set(kid, createPublicKey({ key: { kty, crv, x }, format: "jwk" }));
  }
  return (kid, text, signature) => {
    const key = byId.get(kid);
    if (key === undefined) return "unknown";
    return verify(null, Buffer.from(text), key, Buffer.from(signature, "base64url")) ? "good" : "bad";
  };
}
