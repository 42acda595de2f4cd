/**
 * Hash: HMAC-SHA-256 under a key of its own for each purpose of a caller. Equal values have equal hashes within one
 * purpose and key, so they still join and can be counted; without the key no value can be found by trying all.
 *
 * Text becomes hexadecimal digits (in an address, when it was one), a number a whole number, a UUID a UUID. An `Int` has 31
 * bits: among some ten thousand distinct values two are likely to have one hash. A date has no room: it is redacted.
 */
import { z } from "zod";
import { bigIntOf, createKeyedDigest, floatOf, intOf, uuidOf } from "./keyed-digest.ts";
import { maskByKind } from "./mask-by-kind.ts";
import { isEmailShaped } from "./shape.ts";
import type { KeyedTechnique } from "./technique.ts";

const defaultLength = 32;

export const hash: KeyedTechnique = {
  name: "hash",
  parameters: { length: z.int().min(16).max(64).optional() },
  compare: (one, other) => Number(other.length ?? defaultLength) - Number(one.length ?? defaultLength),
  keyed: "hash",
  sql: { none: "the key would stand in the statement" },
  compile(leaf, { key, parameters }) {
    const digest = createKeyedDigest(key.bytes);
    const length = Number(parameters.length ?? defaultLength);
    const hex = (text: string): string => digest(text).toString("hex").slice(0, length);
    return maskByKind(leaf, {
      text: (text) => (isEmailShaped(text) ? `${hex(text)}@hash.invalid` : hex(text)),
      int: (value) => intOf(digest(String(value))),
      float: (value) => floatOf(digest(String(value))),
      decimal: (text) => String(floatOf(digest(text))),
      bigInt: (text) => String(bigIntOf(digest(text))),
      uuid: (text) => uuidOf(digest(text.toLowerCase())),
      base64: (text) => digest(text).toString("base64"),
    });
  },
};
