import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { match, policy } from "../policies.fixture.ts";
import { type Audience, anyOther, listAudiences, readAudienceValues } from "./audiences.ts";
import { withoutUncertainty } from "./certain-policies.ts";
import { describeAudiences } from "./describe-audiences.ts";

const values = { roles: [undefined, "boss"], purposes: [undefined, "billing", "care"] };

describe("the words for a set of audiences", () => {
  it.each<[string, (audience: Audience) => boolean, readonly string[]]>([
    ["nobody", () => false, []],
    ["everybody", () => true, ["everybody, without a token too"]],
    ["all but anonymous", ({ kind }) => kind !== "anonymous", ["everybody with a token"]],
    ["two purposes", ({ purpose }) => purpose !== undefined, ["purpose billing or care"]],
    ["a role", ({ role }) => role === "boss", ["role boss"]],
    [
      "a role with a purpose",
      ({ role, purpose }) => role === "boss" && purpose === "care",
      ["role boss, purpose care"],
    ],
    ["machines", ({ kind }) => kind === "service", ["services"]],
    [
      "a role or a purpose",
      ({ role, purpose }) => role === "boss" || purpose === "care",
      ["purpose care", "role boss"],
    ],
  ])("%s", (_name, isIn, words) => {
    expect(describeAudiences(values, isIn)).toEqual(words);
  });

  it("are none exactly for nobody, and everybody exactly for everybody", () => {
    const all = listAudiences(values);
    fc.assert(
      fc.property(fc.subarray(all as Audience[]), (some) => {
        const keys = new Set(some.map((audience) => JSON.stringify(audience)));
        const words = describeAudiences(values, (audience) => keys.has(JSON.stringify(audience)));
        expect(words.length === 0).toBe(some.length === 0);
        expect(words[0] === "everybody, without a token too").toBe(some.length === all.length);
      }),
    );
  });
});

describe("the audiences that policies can tell apart", () => {
  it("have the roles and purposes that policies name, in expressions too", () => {
    const read = readAudienceValues(
      [
        policy("one", { when: [match({ roles: ["boss"] })], unless: [match({ purpose: ["care"] })] }),
        policy("two", { condition: 'purpose == "billing" || "clerk" in principal.roles' }),
      ],
      ["reporting"],
    );
    expect(read.roles).toEqual([undefined, "boss", "clerk"]);
    expect(read.purposes).toEqual(expect.arrayContaining([undefined, "billing", "care", "reporting", anyOther]));
  });
});

describe("conditions that no audience decides", () => {
  it("count as worst for the reader on one side, as best on the other", () => {
    const masks = policy("masks", { condition: 'principal.attributes.region == "west"' });
    const allows = policy("allows", { condition: 'principal.id == "ada"', effect: { type: "allow" } });
    const certain = policy("certain", { condition: 'purpose == "care"' });
    const { strict, lenient, uncertain } = withoutUncertainty([masks, allows, certain]);
    expect(strict.map(({ name, condition }) => [name, condition])).toEqual([
      ["masks", undefined],
      ["certain", 'purpose == "care"'],
    ]);
    expect(lenient.map(({ name }) => name)).toEqual(["allows", "certain"]);
    expect(uncertain.map(({ policy: name }) => name)).toEqual(["masks", "allows"]);
  });
});
