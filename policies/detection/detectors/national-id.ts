import { type Detector, isRepeated, nameSays } from "../detector.ts";

/** Spain: DNI and NIE, eight digits (the first of an NIE is a letter) and a letter by mod 23. */
function isSpanish(value: string): boolean {
  const text = value.toUpperCase().replaceAll(/[\s.-]/g, "");
  if (!/^[XYZ\d]\d{7}[A-Z]$/.test(text)) return false;
  const number = Number(text.slice(0, 8).replace(/^[XYZ]/, (letter) => String("XYZ".indexOf(letter))));
  return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] === text[8];
}

const italianOdd: Readonly<Record<string, number>> = Object.fromEntries(
  [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23].flatMap(
    (value, index) => {
      const letter = String.fromCharCode(65 + index);
      return index < 10
        ? [
            [letter, value],
            [String(index), value],
          ]
        : [[letter, value]];
    },
  ),
);

/** Italy: codice fiscale, sixteen signs, the last one a check letter. */
function isItalian(value: string): boolean {
  const text = value.toUpperCase();
  if (!/^[A-Z]{6}\d{2}[ABCDEHLMPRST]\d{2}[A-Z]\d{3}[A-Z]$/.test(text)) return false;
  let sum = 0;
  for (let index = 0; index < 15; index += 1) {
    const sign = text[index] ?? "";
    sum += index % 2 === 0 ? (italianOdd[sign] ?? 0) : /\d/.test(sign) ? Number(sign) : sign.charCodeAt(0) - 65;
  }
  return String.fromCharCode(65 + (sum % 26)) === text[15];
}

/** Poland: PESEL, a birth date (with its century in the month), a serial and a weighted check digit. */
function isPolish(value: string): boolean {
  if (!/^\d{11}$/.test(value)) return false;
  const month = Number(value.slice(2, 4)) % 20;
  const day = Number(value.slice(4, 6));
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  return (
    weighted(value.slice(0, 10), [1, 3, 7, 9, 1, 3, 7, 9, 1, 3], 10, (rest) => (10 - rest) % 10) === Number(value[10])
  );
}

/** Brazil: CPF, nine digits and two check digits by mod 11. */
function isBrazilian(value: string): boolean {
  const digits = value.replaceAll(/[.-]/g, "");
  if (!/^\d{11}$/.test(digits) || isRepeated(digits)) return false;
  const check = (length: number): number =>
    weighted(
      digits.slice(0, length),
      Array.from({ length }, (_, index) => length + 1 - index),
      11,
      (rest) => (rest < 2 ? 0 : 11 - rest),
    );
  return check(9) === Number(digits[9]) && check(10) === Number(digits[10]);
}

/** The Netherlands: BSN, nine digits by the eleven test. */
function isDutch(value: string): boolean {
  if (!/^\d{9}$/.test(value) || isRepeated(value)) return false;
  return weighted(value, [9, 8, 7, 6, 5, 4, 3, 2, -1], 11, (rest) => rest) === 0;
}

function weighted(
  digits: string,
  weights: readonly number[],
  modulus: number,
  check: (rest: number) => number,
): number {
  let sum = 0;
  for (const [index, weight] of weights.entries()) sum += Number(digits[index]) * weight;
  return check(((sum % modulus) + modulus) % modulus);
}

const hints = ["bsn", "cpf", "pesel", "national_id", "identity_number", "citizen_id", "burgerservicenummer", "id_card"];

/**
 * National identity numbers with check digits: Spain, Italy and (as it is written) Brazil by themselves; Poland, Brazil
 * and the Netherlands in bare digits by the column's name, since so many digits are anything.
 */
export const nationalId: Detector = {
  category: "national-id",
  title: "national identity numbers",
  test: ({ name, isDate }) => {
    if (isDate) return undefined;
    const hinted = nameSays(name, hints);
    return (value) =>
      isSpanish(value) ||
      isItalian(value) ||
      (/^\d{3}\.\d{3}\.\d{3}-\d{2}$/.test(value) && isBrazilian(value)) ||
      (hinted && (isPolish(value) || isBrazilian(value) || isDutch(value)));
  },
};
