/**
 * Noise: a number or a day near the real one. How far off it is comes from the value under a key, so one value always has
 * the same noise (asking often averages nothing out), and it is bounded:
 *
 * - numbers: by `percent` of the value (10), or by `amount`;
 * - days and instants: by `days` (30).
 *
 * Sums and averages over many rows stay near the real ones. What is neither number nor date is redacted.
 */
import { z } from "zod";
import type { MaskParameters } from "../decision.ts";
import { parseUnits, printUnits, type Units } from "./decimal-units.ts";
import { createKeyedDigest } from "./keyed-digest.ts";
import { maskByKind } from "./mask-by-kind.ts";
import type { KeyedTechnique } from "./technique.ts";

const dayMs = 86_400_000;
const leastInt = -(2 ** 31);
const greatestInt = 2 ** 31 - 1;
const leastBigInt = -(2n ** 63n);
const greatestBigInt = 2n ** 63n - 1n;
const firstDayMs = Date.parse("0001-01-01");
const lastDayMs = Date.parse("9999-12-31");
/** A fraction is counted in these. */
const fine = 1_000_000;

export const noise: KeyedTechnique = {
  name: "noise",
  parameters: {
    percent: z.number().gt(0).max(100).optional(),
    amount: z.number().gt(0).max(1e12).optional(),
    days: z.int().min(1).max(3_650).optional(),
  },
  compare(one, other) {
    if ((one.amount === undefined) !== (other.amount === undefined)) return undefined;
    const far = ({ percent, amount }: MaskParameters): number => Number(amount ?? percent ?? 10);
    const differences = [far(one) - far(other), Number(one.days ?? 30) - Number(other.days ?? 30)];
    if (differences.some((it) => it > 0) && differences.some((it) => it < 0)) return undefined;
    return differences.find((it) => it !== 0) ?? 0;
  },
  keyed: "noise",
  sql: { none: "the key would stand in the statement" },
  compile(leaf, { key, parameters }) {
    const digest = createKeyedDigest(key.bytes);
    const percent = Number(parameters.percent ?? 10);
    const amount = parameters.amount === undefined ? undefined : Number(parameters.amount);
    const days = Number(parameters.days ?? 30);
    /** From −1 to 1, in steps of a millionth. */
    const offset = (text: string): number => {
      const steps = digest(text).readUIntBE(0, 6) % (2 * fine + 1);
      return steps / fine - 1;
    };
    const near = (value: number): number =>
      value + offset(String(value)) * (amount ?? (Math.abs(value) * percent) / 100);
    const nearUnits = ({ units, places }: Units, text: string): Units => {
      const parts = BigInt(Math.round(offset(text) * fine));
      const size = units < 0n ? -units : units;
      const far =
        amount === undefined
          ? (size * BigInt(Math.round(percent * 1_000))) / 100_000n
          : (BigInt(Math.round(amount * 1_000)) * 10n ** BigInt(places)) / 1_000n;
      return { units: units + (far * parts) / BigInt(fine), places };
    };
    const nearDay = (text: string): string => {
      const moved = Date.parse(text.slice(0, 10)) + Math.round(offset(text.slice(0, 10)) * days) * dayMs;
      return new Date(Math.min(Math.max(moved, firstDayMs), lastDayMs)).toISOString().slice(0, 10);
    };
    return maskByKind(leaf, {
      int: (value) => Math.min(Math.max(Math.round(near(value)), leastInt), greatestInt) + 0,
      float: (value) => {
        const moved = near(value);
        return Number.isFinite(moved) ? moved + 0 : value;
      },
      decimal: (text) => printUnits(nearUnits(parseUnits(text), text)),
      bigInt: (text) => {
        const { units } = nearUnits(parseUnits(text), text);
        return String(units < leastBigInt ? leastBigInt : units > greatestBigInt ? greatestBigInt : units);
      },
      date: nearDay,
      // The time of day could be looked up elsewhere; the day is what carries on.
      dateTime: (text) => `${nearDay(text)}T00:00:00Z`,
    });
  },
};
