/**
 * Sealing: AES-256-GCM with a random nonce, as text: `sealed:<key id>:<nonce, text, tag as base64>`. What is sealed for one
 * place (a column, a token) opens only as of that place.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { policyError } from "../errors.ts";
import type { KeyPurpose, KeyRing } from "./key-ring.ts";

const nonceBytes = 12;
const tagBytes = 16;
const prefix = "sealed:";

export function isSealed(text: string): boolean {
  return text.startsWith(prefix);
}

/** Seals with the newest key. Raises `KEY_MISSING` when the ring is empty. */
export function seal(text: string, place: string, keys: KeyRing, purpose: KeyPurpose): string {
  const key = keys.current(purpose);
  if (key === undefined) {
    throw policyError("KEY_MISSING", "There is no key to seal with. `datamesh keys rotate` makes one.");
  }
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce).setAAD(Buffer.from(place));
  const sealed = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `${prefix}${key.id}:${sealed.toString("base64")}`;
}

/** Raises `KEY_MISSING` when the ring no longer has the key, and `SEAL_BROKEN` for what was not sealed for this place. */
export function unseal(sealed: string, place: string, keys: KeyRing, purpose: KeyPurpose): string {
  const [, keyId = "", payload = ""] = sealed.split(":");
  const key = keys.byId(keyId, purpose);
  if (key === undefined) {
    throw policyError("KEY_MISSING", `The key ring no longer has the key ${keyId}, with which ${place} was sealed.`);
  }
  const bytes = Buffer.from(payload, "base64");
  try {
    const decipher = createDecipheriv("aes-256-gcm", key.bytes, bytes.subarray(0, nonceBytes));
    decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-tagBytes));
    const opened = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
    return Buffer.concat([opened, decipher.final()]).toString("utf8");
  } catch {
    throw policyError("SEAL_BROKEN", `A sealed value of ${place} was changed, or belongs to another place.`);
  }
}
