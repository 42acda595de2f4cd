/**
 * Tokenise: a token that stands for the value and that a vault can turn back (`datamesh reveal`, where a policy allows
 * it). Tokens are made with a key of their own for each purpose of a caller, so equal values have equal tokens within one
 * purpose and key, and every process makes the same without asking the vault; the vault learns of them behind the answer.
 *
 * Text becomes `tok_…` (in an address, when it was one), a number a whole number, a UUID a UUID; a date is redacted.
 */
import { bigIntOf, createKeyedDigest, floatOf, intOf, uuidOf } from "./keyed-digest.ts";
import { maskByKind } from "./mask-by-kind.ts";
import { isEmailShaped } from "./shape.ts";
import type { KeyedTechnique } from "./technique.ts";

export const tokenise: KeyedTechnique = {
  name: "tokenise",
  parameters: {},
  keyed: "tokenise",
  sql: { none: "the vault would not learn of the token" },
  compile(leaf, { key, vault, coordinate }) {
    const digest = createKeyedDigest(key.bytes);
    const keep = <T extends string | number>(token: T, value: string): T => {
      vault?.keep(String(token), value, coordinate);
      return token;
    };
    const textToken = (text: string): string => `tok_${digest(text).toString("base64url").slice(0, 24)}`;
    return maskByKind(leaf, {
      text: (text) => keep(isEmailShaped(text) ? `${textToken(text)}@token.invalid` : textToken(text), text),
      int: (value) => keep(intOf(digest(String(value))), String(value)),
      float: (value) => keep(floatOf(digest(String(value))), String(value)),
      decimal: (text) => keep(String(floatOf(digest(text))), text),
      bigInt: (text) => keep(String(bigIntOf(digest(text))), text),
      uuid: (text) => keep(uuidOf(digest(text.toLowerCase())), text),
      base64: (text) => keep(digest(text).toString("base64"), text),
    });
  },
};
