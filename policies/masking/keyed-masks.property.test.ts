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
  GraphQLString,
} from "graphql";
import { describe, expect, it } from "vitest";
import { meshScalars } from "#schema";
import type { Decision, MaskParameters, MaskTechnique } from "../decision.ts";
import { createKeyRing } from "../keys/key-ring.ts";
import { createMasterKey, type MasterKey } from "../keys/master-keys.ts";
import { applyMask, compileMask } from "./apply-mask.ts";
import { openEncrypted, readEncrypted } from "./encrypt.ts";
import { createMaskSetup, type MaskSetup, noMaskSetup } from "./mask-setup.ts";
import { isEmailShaped } from "./shape.ts";

const master = (fill: number): MasterKey => ({
  id: `k${fill}`,
  createdAt: new Date(0),
  secret: Buffer.alloc(32, fill),
});
const setup = createMaskSetup({
  keys: createKeyRing([master(1)]),
  custom: new Map([
    ["mirror", (value: unknown) => (typeof value === "string" ? [...value].reverse().join("") : value)],
  ]),
});

const tier = new GraphQLEnumType({ name: "Tier", values: { BASIC: { value: 1 }, GOLD: { value: 2 } } });
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.emailAddress(),
  fc.stringMatching(/^[A-Z]{2}-[0-9]{5,7}$/),
  fc.stringMatching(/^[+][0-9 ]{8,14}$/),
  fc.constant(""),
);
const day = fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.stringMatching(/^[0-9]{1,6}$/))
  .map(([whole, places]) => `${whole}.${places}`);

/** A leaf type with values as they stand in a JSON answer. */
const leaves: readonly (readonly [GraphQLLeafType, fc.Arbitrary<unknown>])[] = [
  [GraphQLString, text],
  [GraphQLID, text],
  [GraphQLInt, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })],
  [GraphQLFloat, fc.double({ noNaN: true, noDefaultInfinity: true })],
  [GraphQLBoolean, fc.boolean()],
  [tier, fc.constantFrom("BASIC", "GOLD")],
  [meshScalars.Decimal, decimal],
  [meshScalars.BigInt, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)],
  [meshScalars.Date, day.map((date) => date.toISOString().slice(0, 10))],
  [meshScalars.DateTime, day.map((date) => date.toISOString().replace(/0*Z$/, "Z").replace(".Z", "Z"))],
  [meshScalars.Time, fc.constantFrom("08:30:00", "23:59:59")],
  [meshScalars.UUID, fc.uuid()],
  [meshScalars.Base64, fc.base64String()],
  [meshScalars.JSON, fc.jsonValue().filter((value) => value !== null)],
];
const leafAndValue = fc.constantFrom(...leaves).chain(([type, values]) => values.map((value) => ({ type, value })));

const techniques: readonly (readonly [MaskTechnique, MaskParameters])[] = [
  ["generalise", { bucket: 1_000, to: "month", prefix: 1 }],
  ["noise", {}],
  ["noise", { amount: 2.5, days: 3 }],
  ["format-preserving", {}],
  ["pseudonymise", {}],
  ["pseudonymise", { as: "city" }],
  ["pseudonymise", { as: "code" }],
  ["hash", {}],
  ["hash", { length: 64 }],
  ["tokenise", {}],
  ["encrypt", {}],
  ["encrypt", { deterministic: true }],
  ["custom", { function: "mirror" }],
];
const keyed = techniques.filter(([name]) => name !== "generalise" && name !== "custom");
const repeating = keyed.filter(([name, { deterministic }]) => name !== "encrypt" || deterministic === true);

const mask = (technique: MaskTechnique, parameters: MaskParameters = {}, separation = ""): Decision => ({
  effect: "mask",
  mask: { technique, parameters, separation },
  policy: "p",
});

describe.each(techniques)("%s %j", (name, parameters) => {
  it("keeps the type: what is masked serialises to itself, and a value stays a value", () => {
    fc.assert(
      fc.property(leafAndValue, ({ type, value }) => {
        const masked = applyMask(mask(name, parameters), value, new GraphQLNonNull(type), setup);
        expect(masked).not.toBeNull();
        expect(masked).not.toBeUndefined();
        expect(type.serialize(type.parseValue(masked))).toEqual(masked);
      }),
    );
  });

  it("masks an e-mail address by one", () => {
    fc.assert(
      fc.property(fc.emailAddress(), (address) => {
        if (name === "custom") return;
        const masked = String(applyMask(mask(name, parameters), address, GraphQLString, setup));
        expect(isEmailShaped(masked)).toBe(true);
      }),
    );
  });

  it("goes into lists and leaves null alone", () => {
    const type = new GraphQLList(new GraphQLList(GraphQLString));
    const masked = applyMask(mask(name, parameters), [["Claire Gute", null], null, []], type, setup) as unknown[][];
    expect(masked).toEqual([[expect.any(String), null], null, []]);
    expect(masked[0]?.[0]).not.toBe("Claire Gute");
  });
});

describe("techniques with a key", () => {
  it.each(keyed)("%s %j redact without one, and say so once", (name, parameters) => {
    const said: string[] = [];
    const empty = createMaskSetup({ keys: createKeyRing([]), report: (problem) => said.push(problem) });
    fc.assert(
      fc.property(leafAndValue, ({ type, value }) => {
        const redacted = applyMask(mask("redact"), value, type);
        expect(applyMask(mask(name, parameters), value, type, empty)).toEqual(redacted);
        expect(applyMask(mask(name, parameters), value, type, noMaskSetup)).toEqual(redacted);
      }),
    );
    expect(said).toHaveLength(1);
  });

  it.each(repeating)("%s %j give equal values equal masks, in every process with the key", (name, parameters) => {
    const elsewhere = createMaskSetup({ keys: createKeyRing([master(9), master(1)]) });
    fc.assert(
      fc.property(leafAndValue, ({ type, value }) => {
        const here = applyMask(mask(name, parameters, "billing"), value, type, setup);
        expect(applyMask(mask(name, parameters, "billing"), value, type, setup)).toEqual(here);
        expect(applyMask(mask(name, parameters, "billing"), value, type, elsewhere)).toEqual(here);
      }),
    );
  });

  it.each([
    ["hash", {}],
    ["tokenise", {}],
    ["encrypt", { deterministic: true }],
    ["format-preserving", {}],
    ["pseudonymise", { as: "code" }],
  ] as const)("%s separates purposes, and keys", (name, parameters) => {
    const other = createMaskSetup({ keys: createKeyRing([master(2)]) });
    const value = "CG-1252012345";
    const masks = [
      applyMask(mask(name, parameters, "billing"), value, GraphQLString, setup),
      applyMask(mask(name, parameters, "marketing"), value, GraphQLString, setup),
      applyMask(mask(name, parameters, "billing"), value, GraphQLString, other),
    ];
    expect(new Set(masks).size).toBe(3);
  });

  it.each(["hash", "tokenise", "pseudonymise", "encrypt"] as const)("%s lets no part of a text out", (name) => {
    const word = fc.stringMatching(/^[A-Z][a-z]{9,14}$/);
    fc.assert(
      fc.property(word, word, (first, last) => {
        for (const raw of [`${first} ${last}`, `${first}.${last}@${last}.de`.toLowerCase()]) {
          const masked = String(applyMask(mask(name), raw, GraphQLString, setup)).toLowerCase();
          expect(masked).not.toContain(first.toLowerCase());
          expect(masked).not.toContain(last.toLowerCase());
        }
      }),
    );
  });

  it.each(keyed)("%s %j use the newest key from the next value on once it is there", (name, parameters) => {
    const ring = createKeyRing([master(1)]);
    const apply = compileMask(mask(name, parameters), GraphQLString, createMaskSetup({ keys: ring }));
    const before = apply("Claire Gute 12345678");
    ring.replace([master(1), master(2)]);
    const after = apply("Claire Gute 12345678");
    if (name !== "noise") expect(after).not.toBe(before);
    const anew = createMaskSetup({ keys: createKeyRing([master(2)]) });
    if (parameters.deterministic !== true && name === "encrypt") return;
    expect(applyMask(mask(name, parameters), "Claire Gute 12345678", GraphQLString, anew)).toBe(after);
  });
});

describe("format-preserving", () => {
  it("keeps length, marks, cases and which characters are digits", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9 .+()-]{8,30}$/), (raw) => {
        const masked = String(applyMask(mask("format-preserving"), raw, GraphQLString, setup));
        const shape = (it: string): string =>
          it.replaceAll(/[0-9]/g, "0").replaceAll(/[a-z]/g, "a").replaceAll(/[A-Z]/g, "A");
        if (masked !== "***") expect(shape(masked)).toBe(shape(raw));
      }),
    );
  });

  it("redacts what is too short to hide among others, and what is not ASCII", () => {
    const masks = ["12345", "Bob", "", "Éva Nagy-Szabó", "😀😀😀😀😀😀", "日本語日本語"].map((raw) =>
      applyMask(mask("format-preserving"), raw, GraphQLString, setup),
    );
    expect(new Set(masks)).toEqual(new Set(["***"]));
  });

  it("gives different numbers different masks with as many digits", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100_000, max: 2 ** 31 - 1 }),
        fc.integer({ min: 100_000, max: 2 ** 31 - 1 }),
        (a, b) => {
          const [one, other] = [a, b].map((it) => Number(applyMask(mask("format-preserving"), it, GraphQLInt, setup)));
          expect(String(one).length).toBe(String(a).length);
          expect(one === other).toBe(a === b);
        },
      ),
    );
  });
});

describe("noise", () => {
  it("stays within its bound", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), decimal, day, (whole, exact, date) => {
        const near = Number(applyMask(mask("noise", { percent: 20 }), whole, GraphQLInt, setup));
        expect(Math.abs(near - whole)).toBeLessThanOrEqual(Math.abs(whole) * 0.2 + 0.5);
        const nearExact = String(applyMask(mask("noise", { percent: 20 }), exact, meshScalars.Decimal, setup));
        expect(nearExact.split(".")[1]?.length).toBe(exact.split(".")[1]?.length);
        expect(Math.abs(Number(nearExact) - Number(exact))).toBeLessThanOrEqual(Math.abs(Number(exact)) * 0.2 + 1e-6);
        const raw = date.toISOString().slice(0, 10);
        const nearDay = String(applyMask(mask("noise", { days: 7 }), raw, meshScalars.Date, setup));
        expect(Math.abs(Date.parse(nearDay) - Date.parse(raw))).toBeLessThanOrEqual(7 * 86_400_000);
      }),
    );
  });

  it("is noise: of many values hardly any stays as it is", () => {
    const values = Array.from({ length: 200 }, (_, index) => 10_000 + index);
    const same = values.filter((value) => applyMask(mask("noise"), value, GraphQLInt, setup) === value);
    expect(same.length).toBeLessThan(5);
  });
});

describe("encrypt", () => {
  it("opens with its key, purpose and field, and with no other", () => {
    fc.assert(
      fc.property(text, fc.boolean(), (raw, deterministic) => {
        const use: MaskSetup = setup;
        const apply = compileMask(mask("encrypt", { deterministic }, "billing"), GraphQLString, use, "Customer.email");
        const sealed = String(apply(raw));
        const { keys } = setup;
        if (keys === undefined) throw new Error("no keys");
        const made = { separation: "billing", coordinate: "Customer.email" };
        expect(readEncrypted(sealed)).toEqual({ keyId: "k1", deterministic });
        expect(openEncrypted(sealed, keys, made)).toBe(raw.toWellFormed());
        expect(openEncrypted(sealed, keys, { ...made, separation: "marketing" })).toBeUndefined();
        if (!deterministic) expect(openEncrypted(sealed, keys, { ...made, coordinate: "Order.email" })).toBeUndefined();
        expect(openEncrypted(sealed, createKeyRing([master(3)]), made)).toBeUndefined();
      }),
    );
  });

  it("hides which values are equal unless it is told not to", () => {
    const apply = compileMask(mask("encrypt"), GraphQLString, setup, "Customer.name");
    expect(apply("Claire")).not.toBe(apply("Claire"));
  });
});

describe("custom", () => {
  const said: string[] = [];
  const functions = createMaskSetup({
    report: (problem) => said.push(problem),
    custom: new Map<string, (value: unknown) => unknown>([
      [
        "throws",
        (value) => {
          throw new Error(String(value));
        },
      ],
      ["number", () => 5],
      ["nothing", () => null],
      ["initials", (value) => String(value).replaceAll(/(\w)\w*/g, "$1.")],
    ]),
  });
  const apply = (name: string, value: unknown, type: GraphQLLeafType): unknown =>
    applyMask(mask("custom", { function: name }), value, type, functions);

  it("is what the function gives, where it is of the type", () => {
    expect(apply("initials", "Claire Gute", GraphQLString)).toBe("C. G.");
    expect(apply("number", 1, GraphQLInt)).toBe(5);
  });

  it("redacts when it throws, gives another type or is not there; nobody is told the value", () => {
    expect(apply("throws", "Claire Gute", GraphQLString)).toBe("***");
    expect(apply("number", "Claire Gute", GraphQLString)).toBe("***");
    expect(apply("nothing", "Claire Gute", GraphQLString)).toBe("***");
    expect(apply("initials", "2026-02-28", meshScalars.Date)).toBe("1970-01-01");
    expect(apply("absent", "Claire Gute", GraphQLString)).toBe("***");
    expect(said.length).toBe(5);
    expect(said.join()).not.toContain("Claire");
  });
});

it("takes a key for every technique out of one ring without any two being equal", () => {
  const ring = createKeyRing([createMasterKey([], new Date(0))]);
  const purposes = ["hash", "tokenise", "vault", "seal", "erasure"] as const;
  const keys = purposes.flatMap((purpose) =>
    ["", "billing"].map((it) => ring.current(purpose, it)?.bytes.toString("hex")),
  );
  expect(new Set(keys).size).toBe(10);
});
