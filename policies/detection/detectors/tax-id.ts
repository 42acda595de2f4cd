import { type Detector, nameSays, passesLuhn } from "../detector.ts";

/** ISO 7064, mod 11,10: the check of German and Croatian numbers. */
function passesMod1110(digits: string): boolean {
  let product = 10;
  for (const digit of digits.slice(0, -1)) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === Number(digits.at(-1));
}

/** By country: what follows the country's letters in a VAT number, and its check. */
const vatChecks: Readonly<Record<string, (rest: string) => boolean>> = {
  DE: (rest) => /^[1-9]\d{8}$/.test(rest) && passesMod1110(rest),
  HR: (rest) => /^\d{11}$/.test(rest) && passesMod1110(rest),
  IT: (rest) => /^\d{11}$/.test(rest) && passesLuhn(rest),
  SE: (rest) => /^\d{10}01$/.test(rest) && passesLuhn(rest.slice(0, 10)),
  FR: (rest) => /^\d{11}$/.test(rest) && Number(rest.slice(0, 2)) === (12 + 3 * (Number(rest.slice(2)) % 97)) % 97,
  BE: (rest) => /^[01]\d{9}$/.test(rest) && Number(rest.slice(8)) === 97 - (Number(rest.slice(0, 8)) % 97),
};

const germanHints = ["tax_id", "tax_number", "steuer_id", "steuer_idnr", "steueridentifikationsnummer", "idnr", "tin"];

/**
 * VAT numbers of countries whose check is public, as written with the country's letters (sole traders are persons); the
 * German tax identification number by the column's name.
 */
export const taxId: Detector = {
  category: "tax-id",
  title: "tax numbers",
  test: ({ name, isDate }) => {
    if (isDate) return undefined;
    const hinted = nameSays(name, germanHints);
    return (value) => {
      const text = value.toUpperCase().replaceAll(/[\s.-]/g, "");
      return (
        vatChecks[text.slice(0, 2)]?.(text.slice(2)) === true ||
        (hinted && /^[1-9]\d{10}$/.test(text) && passesMod1110(text))
      );
    };
  },
};
