/** Durations and sizes of the configuration, whose spelling the schema has already checked. */

const bytesByUnit: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };
const msByUnit: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1mb` → 1048576. Units are powers of 1024. */
export function readBytes(text: string): number {
  return readQuantity(text.toLowerCase(), bytesByUnit);
}

/** `30s` → 30000. */
export function readMs(text: string): number {
  return readQuantity(text, msByUnit);
}

function readQuantity(text: string, units: Readonly<Record<string, number>>): number {
  const [, amount, unit] = /^(\d+)([a-z]+)$/.exec(text) ?? [];
  const factor = unit === undefined ? undefined : units[unit];
  if (amount === undefined || factor === undefined) {
    throw new RangeError(
      `"${text}" is not a quantity; write a whole number and one of ${Object.keys(units).join(", ")}`,
    );
  }
  return Number(amount) * factor;
}
