/** What a detector is told and what it says. One file each in `detectors/`. */

/** What is known of a column before its values are looked at. */
export interface DetectedColumn {
  /** As written, in snake_case. */
  readonly name: string;
  /** The output's name: `name` is a person's in `customers`, and a thing's in `products`. */
  readonly output: string;
  /** The column's type holds dates or instants. */
  readonly isDate: boolean;
}

export interface Detector {
  /** The category of personal data, as `pii` names it. */
  readonly category: string;
  /** What it is called in words. */
  readonly title: string;
  /** Undefined: it has no opinion of such a column. The test sees each value as text, never empty. */
  test(column: DetectedColumn): ((value: string) => boolean) | undefined;
}

/** The words of a snake_case name. */
export function wordsOf(name: string): readonly string[] {
  return name
    .toLowerCase()
    .split("_")
    .filter((word) => word !== "");
}

/** Whether one of the phrases stands in the name, word by word: `birth_date` in `customer_birth_date`. */
export function nameSays(name: string, phrases: readonly string[]): boolean {
  const text = `_${wordsOf(name).join("_")}_`;
  return phrases.some((phrase) => text.includes(`_${phrase}_`));
}

/** Luhn's check (ISO/IEC 7812-1, annex B) of digits. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** The same digit again and again passes many checks and is nobody's number. */
export function isRepeated(digits: string): boolean {
  return /^(\d)\1*$/.test(digits);
}
