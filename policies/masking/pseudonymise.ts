/**
 * Pseudonymise: a made-up value of the same kind, always the same for the same value within one purpose and key, so that
 * people can be told apart and followed without being known.
 *
 * `as` says what kind a text is: `name`, `first-name`, `last-name`, `email`, `phone`, `address`, `city`, `company` or `code`.
 * Left out, it is seen from the text: an e-mail address, a phone number, else a name; an `ID` is a code (letters stay
 * letters, digits digits). Nobody is reached by what is made up: addresses are at example.com (RFC 2606), phone numbers in
 * the range 555-01xx, which is kept free for fiction. Numbers keep how many digits they have, dates become days between
 * 1940 and 2009. Of kinds with few possibilities, such as `city`, different values may get one pseudonym.
 */
import { z } from "zod";
import { cities, companies, firstNames, lastNames, streets } from "./fakes.ts";
import { createKeyedDigest, floatOf, uuidOf } from "./keyed-digest.ts";
import { maskByKind } from "./mask-by-kind.ts";
import { isEmailShaped, isPhoneShaped } from "./shape.ts";
import type { KeyedTechnique } from "./technique.ts";

const kinds = ["name", "first-name", "last-name", "email", "phone", "address", "city", "company", "code"] as const;
type Kind = (typeof kinds)[number];

export const pseudonymise: KeyedTechnique = {
  name: "pseudonymise",
  parameters: { as: z.enum(kinds).optional() },
  keyed: "pseudonymise",
  sql: { none: "the key would stand in the statement" },
  compile(leaf, { key, parameters }) {
    const digest = createKeyedDigest(key.bytes);
    // Read strictly: one of `kinds`.
    const as = parameters.as as Kind | undefined;
    const other: Kind = leaf.name === "ID" ? "code" : "name";
    const kindOf = (text: string): Kind => {
      // A masked e-mail address is one still, whatever the policy takes the field for.
      if (isEmailShaped(text)) return "email";
      return as ?? (isPhoneShaped(text) && leaf.name !== "ID" ? "phone" : other);
    };
    const day = (text: string): string => {
      const days = digest(text).readUIntBE(0, 6) % fakeDays;
      return new Date(firstFakeDay + days * dayMs).toISOString().slice(0, 10);
    };
    return maskByKind(leaf, {
      text: (text) => writers[kindOf(text)](createDraw(digest(text)), text),
      int: (value) => Number(sameDigits(String(value), createDraw(digest(String(value))), 999_999_999n)),
      float: (value) =>
        Number.isSafeInteger(Math.trunc(value))
          ? Number(sameDigits(String(Math.trunc(value)), createDraw(digest(String(value))), undefined))
          : floatOf(digest(String(value))),
      decimal: (text) => sameDigits(text, createDraw(digest(text)), undefined),
      bigInt: (text) => sameDigits(text, createDraw(digest(text)), 999_999_999_999_999_999n),
      date: day,
      dateTime: (text) => `${day(text.slice(0, 10))}T00:00:00Z`,
      uuid: (text) => uuidOf(digest(text.toLowerCase())),
      base64: (text) => digest(text).toString("base64"),
    });
  },
};

const dayMs = 86_400_000;
const firstFakeDay = Date.parse("1940-01-01");
const fakeDays = (Date.parse("2010-01-01") - firstFakeDay) / dayMs;

/** Whole numbers below a bound, one after another, from one digest. */
type Draw = (below: number) => number;

function createDraw(digest: Buffer): Draw {
  const whole = BigInt(`0x${digest.toString("hex")}`);
  let rest = whole;
  let round = 0n;
  return (below) => {
    // Long codes use more than there is; what comes then still depends on the whole value.
    if (rest === 0n) rest = whole ^ ++round;
    const drawn = Number(rest % BigInt(below));
    rest /= BigInt(below);
    return drawn;
  };
}

const oneOf = (list: readonly string[], draw: Draw): string => list[draw(list.length)] ?? "";
const firstName = (draw: Draw): string => oneOf(firstNames, draw);
const lastName = (draw: Draw): string => oneOf(lastNames, draw);
const initial = (draw: Draw): string => String.fromCharCode(65 + draw(26));
const digits = (draw: Draw, count: number): string => String(draw(10 ** count)).padStart(count, "0");

const writers: Readonly<Record<Kind, (draw: Draw, text: string) => string>> = {
  name: (draw) => `${firstName(draw)} ${initial(draw)}. ${lastName(draw)}`,
  "first-name": firstName,
  "last-name": lastName,
  email: (draw) => `${firstName(draw)}.${lastName(draw)}.${draw(2 ** 32).toString(36)}@example.com`.toLowerCase(),
  phone: (draw) => `+1${200 + draw(800)}55501${digits(draw, 2)}`,
  address: (draw) => `${1 + draw(9_999)} ${oneOf(streets, draw)}`,
  city: (draw) => oneOf(cities, draw),
  company: (draw) => `${lastName(draw)} ${oneOf(companies, draw)}`,
  code: (draw, text) => text.replaceAll(/\p{L}|\p{N}/gu, (character) => drawnLike(character, draw)),
};

function drawnLike(character: string, draw: Draw): string {
  if (/\p{N}/u.test(character)) return String(draw(10));
  const letter = String.fromCharCode(97 + draw(26));
  return character === character.toLowerCase() ? letter : letter.toUpperCase();
}

/** A number with the same sign, as many digits and places, and no leading zero that was not there. */
function sameDigits(text: string, draw: Draw, greatest: bigint | undefined): string {
  let isFirst = true;
  const written = text.replaceAll(/[0-9]/g, (digit) => {
    const drawn = isFirst && digit !== "0" ? 1 + draw(9) : isFirst ? 0 : draw(10);
    isFirst = false;
    return String(drawn);
  });
  if (greatest === undefined) return written.replace(/^-(?=[0.]*$)/, "");
  const value = BigInt(written);
  const bounded = value > greatest || value < -greatest ? value % greatest : value;
  return String(bounded);
}
