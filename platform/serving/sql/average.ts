/** Places that an average has beyond those of its column. */
const extraPlaces = 6;

/**
 * `sum / count` as a decimal with six places more than the column has, rounded half away from zero; trailing zeros beyond
 * the column's places go. Exact: computed in whole numbers.
 */
export function averageDecimal(sum: string, count: bigint, scale: number): string {
  const [whole = "0", fraction = ""] = sum.replace("-", "").split(".");
  const units = BigInt(whole + fraction.padEnd(scale, "0"));
  const places = scale + extraPlaces;
  const scaled = units * 10n ** BigInt(extraPlaces);
  const rounded = (2n * scaled + count) / (2n * count);
  const digits = String(rounded).padStart(places + 1, "0");
  const point = digits.length - places;
  const kept = digits.slice(point, point + scale) + digits.slice(point + scale).replace(/0+$/, "");
  const sign = sum.startsWith("-") && rounded !== 0n ? "-" : "";
  return `${sign}${digits.slice(0, point)}${kept === "" ? "" : `.${kept}`}`;
}
