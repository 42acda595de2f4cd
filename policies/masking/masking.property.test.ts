import fc from "fast-check";
import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  type GraphQLLeafType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLString,
  isLeafType,
} from "graphql";
import { describe, expect, it } from "vitest";
import { meshScalars } from "#schema";
import type { Decision, MaskTechnique } from "../decision.ts";
import { applyMask, compileMask, compileResolverMask, isNullable, settleDecision } from "./apply-mask.ts";

const tier = new GraphQLEnumType({ name: "Tier", values: { BASIC: { value: 1 }, GOLD: { value: 2 } } });
const phone = fc
  .tuple(
    fc.constantFrom("+", "", "("),
    fc.array(fc.constantFrom(..."0123456789 -/")),
    fc.stringMatching(/^[0-9]{7,12}$/),
  )
  .map((parts) => parts.flat().join(""));
const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.emailAddress(), phone);
const day = fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });

/** A leaf type with values as they stand in a JSON answer. */
const leaves: readonly (readonly [GraphQLLeafType, fc.Arbitrary<unknown>])[] = [
  [GraphQLString, text],
  [GraphQLID, text],
  [GraphQLInt, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })],
  [GraphQLFloat, fc.double({ noNaN: true, noDefaultInfinity: true })],
  [GraphQLBoolean, fc.boolean()],
  [tier, fc.constantFrom("BASIC", "GOLD")],
  [meshScalars.Decimal, fc.tuple(fc.integer(), fc.nat(99)).map(([whole, cents]) => `${whole}.${cents}`)],
  [meshScalars.BigInt, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)],
  [meshScalars.Date, day.map((date) => date.toISOString().slice(0, 10))],
  [meshScalars.DateTime, day.map((date) => date.toISOString())],
  [meshScalars.Time, fc.constantFrom("08:30:00", "23:59:59")],
  [meshScalars.UUID, fc.uuid()],
  [meshScalars.Base64, fc.base64String()],
  [meshScalars.JSON, fc.jsonValue().filter((value) => value !== null)],
];
const leafAndValue = fc.constantFrom(...leaves).chain(([type, values]) => values.map((value) => ({ type, value })));
const technique = fc.constantFrom<MaskTechnique>("redact", "partial");
const mask = (name: MaskTechnique): Decision => ({ effect: "mask", mask: { technique: name }, policy: "p" });

describe("masks", () => {
  it("keep the type: what is masked serialises to itself, and a value stays a value", () => {
    fc.assert(
      fc.property(leafAndValue, technique, ({ type, value }, name) => {
        const masked = applyMask(mask(name), value, new GraphQLNonNull(type));
        expect(masked).not.toBeNull();
        expect(type.serialize(type.parseValue(masked))).toEqual(masked);
      }),
    );
  });

  it("are idempotent", () => {
    fc.assert(
      fc.property(leafAndValue, technique, ({ type, value }, name) => {
        const once = applyMask(mask(name), value, type);
        expect(applyMask(mask(name), once, type)).toEqual(once);
      }),
    );
  });

  it("redact to one value per type and shape, so that nothing of the raw value is left", () => {
    fc.assert(
      fc.property(leafAndValue, ({ type, value }) => {
        const masked = applyMask(mask("redact"), value, type);
        const possible = ["***", "***@***.invalid", 0, "0", false, "BASIC", "1970-01-01", "1970-01-01T00:00:00Z"];
        const more = ["00:00:00", "00000000-0000-0000-0000-000000000000", "", [], {}];
        expect([...possible, ...more]).toContainEqual(masked);
      }),
    );
  });

  it("never let more of a text out than the first characters, a top-level domain or two digits", () => {
    fc.assert(
      fc.property(text, (raw) => {
        const masked = String(applyMask(mask("partial"), raw, GraphQLString));
        const letters = [...masked].filter((character) => /[\p{L}\p{N}]/u.test(character));
        const isEmail = /^[^@ ]+@[^@ ]+$/u.test(masked);
        expect(letters.length).toBeLessThanOrEqual(isEmail ? 8 : 2);
      }),
    );
  });

  it("differ from every text that is not masked already", () => {
    fc.assert(
      fc.property(text, technique, (raw, name) => {
        fc.pre(!raw.includes("*"));
        expect(applyMask(mask(name), raw, GraphQLString)).not.toBe(raw);
      }),
    );
  });

  it.each([
    ["jane.doe@example.com", "j***@e***.com"],
    ["jd@ab.de", "***@a***.de"],
    ["jane@mail.example.museum", "j***@m***.museum"],
    ["jane@example.international", "j***@e***.***"],
    ["+49 151 2345678", "+** *** *****78"],
    ["(030) 123-4567 ", "(***) ***-**67 "],
    ["Claire Gute", "C***"],
    ["Éva Nagy", "É***"],
    ["😀😀😀😀", "😀***"],
    ["Bob", "***"],
    ["", "***"],
    ["jane@localhost", "j***"],
  ])("show %s in part as %s", (raw, masked) => {
    expect(applyMask(mask("partial"), raw, GraphQLString)).toBe(masked);
  });

  it.each([
    ["jane.doe@example.com", "***@***.invalid"],
    ["Claire Gute", "***"],
  ])("redact %s to %s", (raw, masked) => {
    expect(applyMask(mask("redact"), raw, GraphQLString)).toBe(masked);
  });

  it("go into lists and leave null alone", () => {
    const type = new GraphQLNonNull(new GraphQLList(new GraphQLList(GraphQLInt)));
    expect(applyMask(mask("redact"), [[1, null], null], type)).toEqual([[0, null], null]);
    expect(applyMask(mask("redact"), null, GraphQLInt)).toBeNull();
  });

  it("redact a scalar that nobody knows by the kind of its JSON value", () => {
    const unknown = new GraphQLScalarType({ name: "Colour" });
    const values = ["#fff", 12, true, ["a"], { r: 1 }];
    expect(values.map((value) => applyMask(mask("partial"), value, unknown))).toEqual(["#***", 0, false, [], {}]);
  });
});

describe("settleDecision", () => {
  const address = new GraphQLObjectType({ name: "Address", fields: { city: { type: GraphQLString } } });
  const outputType: fc.Arbitrary<GraphQLOutputType> = fc
    .tuple(
      fc.constantFrom<GraphQLLeafType | GraphQLObjectType>(GraphQLString, tier, address),
      fc.array(fc.boolean(), { maxLength: 4 }),
    )
    .map(([named, wrappers]) =>
      wrappers.reduce<GraphQLOutputType>(
        (type, nonNull) => (nonNull && isNullable(type) ? new GraphQLNonNull(type) : new GraphQLList(type)),
        named,
      ),
    );
  const decision = fc.constantFrom<Decision>(
    { effect: "allow" },
    mask("partial"),
    mask("redact"),
    { effect: "null", policy: "p" },
    { effect: "deny", policy: "p", reason: "r" },
  );

  it("gives a decision that the type can carry, and is settled then", () => {
    fc.assert(
      fc.property(outputType, decision, (type, wished) => {
        const settled = settleDecision(wished, type);
        if (settled.effect === "null") expect(isNullable(type)).toBe(true);
        if (settled.effect === "mask") expect(String(type)).not.toContain("Address");
        expect(settleDecision(settled, type)).toEqual(settled);
        // Only allow lets the raw value out.
        expect(settled.effect === "allow").toBe(wished.effect === "allow");
      }),
    );
  });
});

describe("compileResolverMask", () => {
  it("equals the mask on the serialised value, for what resolvers return", () => {
    fc.assert(
      fc.property(leafAndValue, technique, ({ type, value }, name) => {
        if (!isLeafType(type)) return;
        const internal = type.parseValue(value);
        const here = type.serialize(compileResolverMask(mask(name), type)(internal));
        expect(here).toEqual(compileMask(mask(name), type)(type.serialize(internal)));
      }),
    );
  });

  it("waits for promises inside lists and takes any iterable", async () => {
    const apply = compileResolverMask(mask("redact"), new GraphQLList(GraphQLString));
    const result = apply(new Set([Promise.resolve("raw"), "raw"])) as unknown[];
    expect(await Promise.all(result)).toEqual(["***", "***"]);
  });

  it("leaves errors as they are", () => {
    const error = new Error("x");
    expect(compileResolverMask(mask("redact"), GraphQLString)(error)).toBe(error);
  });
});
