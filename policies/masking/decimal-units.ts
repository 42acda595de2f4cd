/** Exact decimals as whole numbers of their last place: `-12.50` is −1250 units of 2 places. */
export interface Units {
  readonly units: bigint;
  readonly places: number;
}

/** `text` is a decimal in plain notation. */
export function parseUnits(text: string): Units {
  const point = text.indexOf(".");
  const places = point < 0 ? 0 : text.length - point - 1;
  return { units: BigInt(point < 0 ? text : text.slice(0, point) + text.slice(point + 1)), places };
}

/** With exactly as many places as it has, and no sign before zero. */
export function printUnits({ units, places }: Units): string {
  if (places === 0) return String(units);
  const sign = units < 0n ? "-" : "";
  const digits = String(units < 0n ? -units : units).padStart(places + 1, "0");
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** The greatest multiple of `size` that is not above the value, in the same places. */
export function floorToUnits({ units, places }: Units, size: bigint): Units {
  const step = size * 10n ** BigInt(places);
  const rest = units % step;
  return { units: units - (rest < 0n ? rest + step : rest), places };
}
