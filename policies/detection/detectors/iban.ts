import type { Detector } from "../detector.ts";

/** Length by country, from the IBAN registry, for those that are common; others by their check digits alone. */
const lengths: Readonly<Record<string, number>> = {
  AT: 20,
  BE: 16,
  BG: 22,
  CH: 21,
  CY: 28,
  CZ: 24,
  DE: 22,
  DK: 18,
  EE: 20,
  ES: 24,
  FI: 18,
  FR: 27,
  GB: 22,
  GR: 27,
  HR: 21,
  HU: 28,
  IE: 22,
  IS: 26,
  IT: 27,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  MC: 27,
  MT: 31,
  NL: 18,
  NO: 15,
  PL: 28,
  PT: 25,
  RO: 24,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  TR: 26,
};

/** International bank account numbers (ISO 13616), with their check digits (ISO 7064, mod 97-10). */
export const iban: Detector = {
  category: "iban",
  title: "bank account numbers (IBAN)",
  test: () => (value) => {
    const text = value.replaceAll(/[\s-]/g, "").toUpperCase();
    if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(text)) return false;
    const length = lengths[text.slice(0, 2)];
    if (length !== undefined && length !== text.length) return false;
    let rest = 0;
    for (const sign of text.slice(4) + text.slice(0, 4)) {
      for (const digit of String(Number.parseInt(sign, 36))) rest = (rest * 10 + Number(digit)) % 97;
    }
    return rest === 1;
  },
};
