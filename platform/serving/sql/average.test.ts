import fc from "fast-check";
import { expect, it } from "vitest";
import { averageDecimal } from "./average.ts";

it("keeps the column's places and drops zeros beyond them", () => {
  expect(averageDecimal("3.00", 2n, 2)).toBe("1.50");
  expect(averageDecimal("10.00", 3n, 2)).toBe("3.33333333");
  expect(averageDecimal("-1.00", 3n, 2)).toBe("-0.33333333");
  expect(averageDecimal("0.00", 7n, 2)).toBe("0.00");
  expect(averageDecimal("7", 2n, 0)).toBe("3.5");
});

it("rounds half away from zero and never writes minus zero", () => {
  expect(averageDecimal("1", 2_000_000n, 0)).toBe("0.000001");
  expect(averageDecimal("-1", 2_000_000n, 0)).toBe("-0.000001");
  expect(averageDecimal("-1", 3_000_000n, 0)).toBe("0");
});

it("is within half a unit of the last place of the true quotient", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
      fc.bigInt({ min: 1n, max: 10n ** 9n }),
      (units, count) => {
        const sign = units < 0n ? "-" : "";
        const digits = String(units < 0n ? -units : units).padStart(3, "0");
        const [whole = "", fraction = ""] = averageDecimal(
          `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`,
          count,
          2,
        ).split(".");
        const average = BigInt(whole.replace("-", "") + fraction.padEnd(8, "0")) * (whole.startsWith("-") ? -1n : 1n);
        // average is in 10^-8, units in 10^-2: |average/10^8 - units/(10^2 count)| <= 0.5/10^8
        const difference = 2n * (average * count - units * 10n ** 6n);
        expect(difference <= count && difference >= -count).toBe(true);
      },
    ),
  );
});
