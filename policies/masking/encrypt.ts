/**
 * Encrypt: AES-256-GCM, `enc:<key id>:<mode>:<nonce, text, tag as base64url>`. Who may see the value has it opened with
 * `datamesh reveal`.
 *
 * - Mode `r`, the default: a random nonce for every value, so that nobody sees which values are equal. It is bound to the
 *   coordinate that it was made for.
 * - Mode `d`, `deterministic: true`: the nonce is a keyed digest of the value (as in SIV), so that equal values are equal
 *   and still join.
 *
 * Only text has room for it (an e-mail address becomes an address): numbers, dates and UUIDs are redacted.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { z } from "zod";
import type { KeyRing } from "../keys/key-ring.ts";
import { createKeyedDigest } from "./keyed-digest.ts";
import { maskByKind } from "./mask-by-kind.ts";
import { isEmailShaped } from "./shape.ts";
import type { KeyedTechnique } from "./technique.ts";

const nonceBytes = 12;
const tagBytes = 16;
const encrypted = /^enc:([a-z0-9-]+):([rd]):([A-Za-z0-9_-]+)(?:@encrypted\.invalid)?$/;

export const encrypt: KeyedTechnique = {
  name: "encrypt",
  parameters: { deterministic: z.boolean().optional() },
  compare: (one, other) => Number(other.deterministic ?? false) - Number(one.deterministic ?? false),
  keyed: "encrypt",
  repeats: ({ deterministic }) => deterministic === true,
  sql: { none: "the key would stand in the statement" },
  compile(leaf, { key, parameters, coordinate }) {
    const deterministic = parameters.deterministic === true;
    const mode = deterministic ? "d" : "r";
    const digest = createKeyedDigest(key.bytes);
    const about = deterministic ? "" : coordinate;
    const seal = (text: string): Buffer => {
      // The digest and the cipher share a key; that the one is HMAC and the other AES keeps them apart.
      const nonce = deterministic ? digest(text).subarray(0, nonceBytes) : randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce).setAAD(Buffer.from(about));
      return Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    };
    return maskByKind(leaf, {
      text: (text) => {
        const sealed = `enc:${key.id}:${mode}:${seal(text).toString("base64url")}`;
        return isEmailShaped(text) ? `${sealed}@encrypted.invalid` : sealed;
      },
      base64: (text) => seal(text).toString("base64"),
    });
  },
};

/** What can be known of an encrypted value without opening it; undefined when the text is none. */
export function readEncrypted(text: string): { readonly keyId: string; readonly deterministic: boolean } | undefined {
  const match = encrypted.exec(text);
  return match === null ? undefined : { keyId: match[1] ?? "", deterministic: match[2] === "d" };
}

/** The value, or undefined when the ring lacks the key, or the text was not made under this separation and coordinate. */
export function openEncrypted(
  text: string,
  keys: KeyRing,
  made: { readonly separation: string; readonly coordinate: string },
): string | undefined {
  const [, keyId = "", mode, payload = ""] = encrypted.exec(text) ?? [];
  const key = keys.byId(keyId, "encrypt", made.separation);
  const bytes = Buffer.from(payload, "base64url");
  if (key === undefined || bytes.length < nonceBytes + tagBytes) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, bytes.subarray(0, nonceBytes));
  decipher.setAAD(Buffer.from(mode === "d" ? "" : made.coordinate)).setAuthTag(bytes.subarray(-tagBytes));
  try {
    const value = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
    return Buffer.concat([value, decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}
