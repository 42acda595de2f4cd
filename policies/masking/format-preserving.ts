/**
 * Format-preserving: every letter stays a letter of its case, every digit a digit, everything else as it is:
 * `CG-12520773` → `TX-80713495`, `+49 151 2345678` → `+73 904 1865520`. Made with FF1 (NIST SP 800-38G) under a key of its own
 * for each purpose of a caller, so different values stay different.
 *
 * The digits of a text are one FF1 number, its letters another. FF1 is safe from a million possibilities on (Revision 1):
 * six digits or five letters. Where only one of both is that many, the other's characters come from a keyed digest of the
 * text; where none is, and where a text has characters beyond ASCII, it is redacted. A number keeps its sign, its number of
 * digits and its places.
 */
import { FF1 } from "@noble/ciphers/ff1.js";
import { createKeyedDigest } from "./keyed-digest.ts";
import { maskByKind } from "./mask-by-kind.ts";
import { redactorOf } from "./redact.ts";
import type { KeyedTechnique } from "./technique.ts";

const leastDigits = 6;
const leastLetters = 5;
/** Longer texts are cut by no one: FF1's cost grows with their square. */
const longest = 200;
const ascii = /^[\x20-\x7e]*$/;
const greatestInt = 2 ** 31 - 1;
const greatestBigInt = 2n ** 63n - 1n;

export const formatPreserving: KeyedTechnique = {
  name: "format-preserving",
  parameters: {},
  keyed: "format-preserving",
  sql: { none: "the key would stand in the statement" },
  compile(leaf, { key }) {
    const cipher = createCipher(key.bytes);
    const redact = redactorOf(leaf);
    const text = (value: string): string => cipher.text(value) ?? String(redact(value));
    const number = (value: string, fits: (digits: string) => boolean): string =>
      cipher.number(value, fits) ?? String(redact(value));
    return maskByKind(leaf, {
      text,
      int: (value) => Number(number(String(value), (digits) => Number(digits) <= greatestInt)),
      decimal: (value) => number(value, () => true),
      bigInt: (value) => number(value, (digits) => BigInt(digits) <= greatestBigInt),
      uuid: (value) => cipher.uuid(value),
    });
  },
};

interface Cipher {
  /** Undefined when there are too few characters to hide among. */
  text(value: string): string | undefined;
  /** The digits without the sign are enciphered until they have no leading zero (unless they had one) and fit. */
  number(value: string, fits: (digits: string) => boolean): string | undefined;
  uuid(value: string): string;
}

function createCipher(key: Buffer): Cipher {
  const digest = createKeyedDigest(key);
  const run = (radix: number, symbols: readonly number[], tweak: string): readonly number[] =>
    FF1(radix, key, Buffer.from(tweak)).encrypt([...symbols]);

  return {
    text(value) {
      if (value.length > longest || !ascii.test(value)) return undefined;
      const digits = symbolsOf(value, digitOf);
      const letters = symbolsOf(value, letterOf);
      const hidesDigits = digits.length >= leastDigits;
      const hidesLetters = letters.length >= leastLetters;
      if (!hidesDigits && !hidesLetters) return undefined;
      // What is not enciphered by itself goes into the tweak, so that it makes a difference all the same.
      const bytes = digest(value);
      const newDigits = hidesDigits ? run(10, digits, hidesLetters ? "" : letters.join()) : drawn(bytes, digits, 10);
      const newLetters = hidesLetters ? run(26, letters, hidesDigits ? "" : digits.join()) : drawn(bytes, letters, 26);
      return written(value, newDigits, newLetters);
    },
    number(value, fits) {
      const digits = value.replaceAll(/[^0-9]/g, "");
      if (digits.length < leastDigits || digits.length > longest) return undefined;
      const leadingZero = digits.startsWith("0");
      let symbols = symbolsOf(digits, digitOf);
      // Cycle walking: the first that fits is the only one that leads there, so different numbers stay different.
      do symbols = run(10, symbols, value.startsWith("-") ? "-" : "");
      while ((symbols[0] === 0) !== leadingZero || !fits(symbols.join("")));
      return written(value, symbols, []);
    },
    uuid(value) {
      const symbols = run(16, symbolsOf(value, hexOf), "");
      let next = 0;
      return value.replaceAll(/[0-9A-Fa-f]/g, () => (symbols[next++] ?? 0).toString(16));
    },
  };
}

function digitOf(code: number): number | undefined {
  return code >= 48 && code <= 57 ? code - 48 : undefined;
}

function letterOf(code: number): number | undefined {
  if (code >= 97 && code <= 122) return code - 97;
  return code >= 65 && code <= 90 ? code - 65 : undefined;
}

function hexOf(code: number): number | undefined {
  return digitOf(code) ?? (letterOf(code) === undefined ? undefined : (letterOf(code) ?? 0) + 10);
}

function symbolsOf(text: string, symbolOf: (code: number) => number | undefined): readonly number[] {
  const symbols: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const symbol = symbolOf(text.charCodeAt(index));
    if (symbol !== undefined) symbols.push(symbol);
  }
  return symbols;
}

function drawn(bytes: Buffer, symbols: readonly number[], radix: number): readonly number[] {
  return symbols.map((_, index) => (bytes[index] ?? 0) % radix);
}

/** The text with its digits and letters replaced in order; letters keep their case. */
function written(text: string, digits: readonly number[], letters: readonly number[]): string {
  let [digit, letter] = [0, 0];
  return text.replaceAll(/[0-9A-Za-z]/g, (character) => {
    const code = character.charCodeAt(0);
    if (code <= 57) return String(digits[digit++] ?? 0);
    return String.fromCharCode((code >= 97 ? 97 : 65) + (letters[letter++] ?? 0));
  });
}
