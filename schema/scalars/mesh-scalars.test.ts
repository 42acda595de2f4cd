import fc from "fast-check";
import { type GraphQLScalarType, parseValue } from "graphql";
import { describe, expect, test } from "vitest";
import { plainDecimal } from "./decimal.ts";
import { meshScalars } from "./mesh-scalars.ts";

const { Decimal, BigInt: Big, Date: Day, DateTime, Time, JSON: Json, UUID, Base64 } = meshScalars;

const literal = (scalar: GraphQLScalarType, text: string): unknown => scalar.parseLiteral(parseValue(text), {});

describe("Decimal", () => {
  test.each([
    ["12.50", "12.50"],
    ["-0", "0"],
    ["-0.00", "0.00"],
    ["007.1", "7.1"],
    ["1e3", "1000"],
    ["1.25E-3", "0.00125"],
    ["12.5e1", "125"],
    ["-1.5e0", "-1.5"],
  ])("writes %s as %s", (text, plain) => {
    expect(Decimal.parseValue(text)).toBe(plain);
    expect(Decimal.serialize(text)).toBe(plain);
  });

  test("reads a float literal from its source text, without loss", () => {
    expect(literal(Decimal, "0.1000000000000000055511151231257827")).toBe("0.1000000000000000055511151231257827");
    expect(literal(Decimal, "12345678901234567890123456789")).toBe("12345678901234567890123456789");
  });

  test.each([
    ["abc"],
    [""],
    ["NaN"],
    ["Infinity"],
    ["1,5"],
    [".5"],
    ["1e99999"],
    [" 1"],
    ["0x1"],
    [0.1],
    [2 ** 60],
    [true],
    [null],
    [{}],
  ])("refuses %s, without repeating it", (value) => {
    expect(() => Decimal.parseValue(value)).toThrow(/^Decimal must be a decimal number/);
  });

  test("keeps every digit of every decimal, however it is written", () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.nat(30), (digits, scale) => {
        const written = `${digits}e-${scale}`;
        const plain = plainDecimal(written) ?? "";
        expect(plain).toMatch(/^-?\d+(\.\d+)?$/);
        expect(BigInt(plain.replace(".", ""))).toBe(digits);
        expect(plain.split(".")[1]?.length ?? 0).toBe(scale);
        expect(plainDecimal(plain)).toBe(plain);
      }),
    );
  });

  test("agrees with JavaScript where that is exact", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (value) => Number(Decimal.serialize(value)) === value,
      ),
    );
  });
});

describe("BigInt", () => {
  test("goes there and back for all 64 bits", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const wire = Big.serialize(value);
        expect(wire).toBe(String(value));
        expect(Big.parseValue(wire)).toBe(value);
        expect(literal(Big, wire)).toBe(value);
        expect(literal(Big, `"${wire}"`)).toBe(value);
      }),
    );
  });

  test.each([["9223372036854775808"], ["-9223372036854775809"], ["1.0"], ["1e3"], [""], [2 ** 53], [1.5], [null]])(
    "refuses %s",
    (value) => {
      expect(() => Big.parseValue(value)).toThrow(/^BigInt must be/);
    },
  );
});

describe("Date", () => {
  test("takes exactly the days that exist", () => {
    const anyDay = fc.date({ min: new Date("0000-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(anyDay, (date) => {
        const day = date.toISOString().slice(0, 10);
        expect(Day.parseValue(day)).toBe(day);
        expect(Day.serialize(date)).toBe(day);
      }),
    );
  });

  test.each([
    ["2026-02-29"],
    ["1900-02-29"],
    ["2026-13-01"],
    ["2026-00-10"],
    ["2026-04-31"],
    ["26-01-01"],
    ["2026-1-1"],
    ["2026-01-01T00:00:00Z"],
    [20260101],
    [null],
  ])("refuses %s", (value) => {
    expect(() => Day.parseValue(value)).toThrow(/^Date must be a date that exists/);
  });

  test("knows leap years", () => {
    expect(["2024-02-29", "2000-02-29"].map((day) => Day.parseValue(day))).toEqual(["2024-02-29", "2000-02-29"]);
  });
});

describe("DateTime", () => {
  test("is the same instant in UTC, whatever the offset", () => {
    const instants = fc.date({ min: new Date("0001-01-02"), max: new Date("9999-12-30"), noInvalidDate: true });
    fc.assert(
      fc.property(instants, fc.integer({ min: -1439, max: 1439 }), (instant, offset) => {
        const local = new Date(instant.getTime() + offset * 60_000).toISOString().slice(0, 23);
        const size = Math.abs(offset);
        const zone = `${offset < 0 ? "-" : "+"}${String(Math.floor(size / 60)).padStart(2, "0")}:${String(size % 60).padStart(2, "0")}`;
        const read = DateTime.parseValue(local + zone);
        expect(new Date(read).getTime()).toBe(instant.getTime());
        expect(read).toMatch(/Z$/);
        expect(DateTime.serialize(read)).toBe(read);
      }),
    );
  });

  test.each([
    ["2026-01-31T10:00:00.123456Z", "2026-01-31T10:00:00.123456Z"],
    ["2026-01-31T10:00:00.500+02:00", "2026-01-31T08:00:00.5Z"],
    ["2026-01-31t10:00:00z", "2026-01-31T10:00:00Z"],
    ["2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z"],
  ])("writes %s as %s", (text, utc) => {
    expect(DateTime.parseValue(text)).toBe(utc);
  });

  test.each([
    ["2026-01-31"],
    ["2026-01-31T10:00:00"],
    ["2026-02-30T10:00:00Z"],
    ["2026-01-31T24:00:00Z"],
    ["2026-01-31T23:59:60Z"],
    ["0000-01-01T00:00:00+01:00"],
    [0],
    [null],
  ])("refuses %s", (value) => {
    expect(() => DateTime.parseValue(value)).toThrow(/^DateTime must be an instant/);
  });

  test("writes a Date of the engine, and refuses one that is none", () => {
    expect(DateTime.serialize(new Date(0))).toBe("1970-01-01T00:00:00Z");
    expect(() => DateTime.serialize(new Date(Number.NaN))).toThrow(/DateTime/);
  });
});

describe("Time, UUID and Base64", () => {
  test.each<[GraphQLScalarType, string, string]>([
    [Time, "08:30", "08:30:00"],
    [Time, "23:59:59.120", "23:59:59.12"],
    [UUID, "2F1E0B9C-5A0E-4C59-9A53-0F1D7A3C8B42", "2f1e0b9c-5a0e-4c59-9a53-0f1d7a3c8b42"],
    [Base64, "aGVsbG8=", "aGVsbG8="],
    [Base64, "", ""],
  ])("%s writes %s as %s", (scalar, text, canonical) => {
    expect(scalar.parseValue(text)).toBe(canonical);
    expect(literal(scalar, JSON.stringify(text))).toBe(canonical);
  });

  test.each<[GraphQLScalarType, unknown]>([
    [Time, "24:00"],
    [Time, "8:30"],
    [UUID, "2f1e0b9c"],
    [Base64, "a"],
    [Base64, "aGVsbG8"],
    [UUID, 1],
  ])("%s refuses %s", (scalar, value) => {
    expect(() => scalar.parseValue(value)).toThrow(new RegExp(`^${scalar.name} must be`));
  });

  test("bytes become base64", () => {
    expect(Base64.serialize(new Uint8Array([104, 105]))).toBe("aGk=");
  });
});

describe("JSON", () => {
  test("literals become plain values, variables included", () => {
    const node = parseValue('{ a: [1, 2.5, "x", true, null], b: { c: $v } }');
    expect(Json.parseLiteral(node, { v: { d: 1 } })).toEqual({ a: [1, 2.5, "x", true, null], b: { c: { d: 1 } } });
  });

  test("a field named __proto__ is data and changes nothing else", () => {
    const value = literal(Json, "{ __proto__: { admin: true }, a: 1 }") as { admin?: boolean };
    expect(Object.keys(value)).toEqual(["__proto__", "a"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value.admin).toBeUndefined();
  });

  test("a bare word is refused", () => {
    expect(() => literal(Json, "{ a: OPEN }")).toThrow(/bare word/);
  });
});

test("every scalar says where it is specified, if a standard does", () => {
  const without = Object.values(meshScalars).filter(({ specifiedByURL }) => specifiedByURL == null);
  expect(without.map(({ name }) => name)).toEqual(["Decimal", "BigInt"]);
});
