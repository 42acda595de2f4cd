/** Shares of a manifest: `99%`, `"99.9%"` and `0.999` are one thing, a number from 0 to 1. */

const PERCENT = /^(\d+(?:\.\d+)?)\s?%$/;

/** What a percentage in a string may look like, for JSON Schema. */
export const PERCENTAGE_PATTERN: RegExp = PERCENT;

/** The share from 0 to 1, or undefined when it is none. A bare number above 1 is refused: `99` may mean 99 % or 9900 %. */
export function parseShare(written: string | number): number | undefined {
  if (typeof written === "number") return inRange(written);
  const percent = PERCENT.exec(written.trim());
  if (percent !== null) return inRange(hundredth(percent[1] ?? ""));
  return /^(0|1|0\.\d+|1\.0+)$/.test(written.trim()) ? inRange(Number(written)) : undefined;
}

/** `0.999` → `99.9%`. */
export function printShare(share: number): string {
  return `${plainDecimal(shift(String(share), 2))}%`;
}

function inRange(share: number): number | undefined {
  return share >= 0 && share <= 1 ? share : undefined;
}

// By exponent and not by division: 99.9 / 100 is not the number that 0.999 is read as.
function hundredth(digits: string): number {
  return shift(digits, -2);
}

function shift(digits: string, by: number): number {
  const [mantissa = "0", exponent = "0"] = digits.split("e");
  return Number(`${mantissa}e${Number(exponent) + by}`);
}

function plainDecimal(value: number): string {
  return value.toLocaleString("en-US", { useGrouping: false, maximumFractionDigits: 20 });
}
