import { describe, expect, it } from "vitest";
import { lookUp, openCore } from "../open-core.fixture.ts";
import type { KeptResponse } from "../responses/kept-response.ts";
import { plainShelf } from "../shelf/plain-shelf.fixture.ts";
import type { Subject, Subjects } from "../subjects/subjects-of.ts";
import { forgetHere } from "./forget-subjects.ts";

const ofPersons = plainShelf({
  id: "person",
  personal: ["contact"],
  subjects: { isPersonal: true, here: [], below: [] },
  subjectKeys: (type) => (type === "Person" ? [["id", ["Person.id"]]] : []),
});
const ofThings = plainShelf({ id: "thing" });

function open() {
  const { core } = openCore();
  const keep = (shelf: typeof ofPersons, representation: string): void => {
    const { lookup } = lookUp(core, shelf);
    lookup.find(0, representation);
    const fill = lookup.begin([lookup.missing(0, representation) ?? []].flat());
    fill.keep({ values: [{ a: 1 }], cacheControl: undefined, age: undefined, about: undefined });
  };
  const answer = (key: string, subjects: Subjects): void => {
    const began = core.fence.enter();
    const shared = core.fence.share([], began);
    const dependence = shared && core.fence.hold(shared, [], began);
    core.fence.leave();
    // No more of it is read.
    core.responses.set(key, { subjects, dependence, bytes: 1, isRetired: false } as unknown as KeptResponse);
  };
  const left = () => [
    ...[...core.memory.values()].map(({ key }) => key.split("\n")[1]),
    ...[...core.responses.values()].map(({ subjects }) => subjects.known.map(([, key]) => key).join(" ")),
  ];
  return { core, keep, answer, left };
}

const known = (...keys: string[]): Subjects => ({
  known: keys.map((key): Subject => ["Person.id", key]),
  isPartial: false,
});

describe("what is kept of persons in a process", () => {
  it("goes with them, and what may be anybody's goes with anybody", () => {
    const { core, keep, answer, left } = open();
    const [ann, ben, unknown] = ["ann", "ben"]
      .map((id) => `{"__typename":"Person","id":"${id}"}`)
      .concat(['{"__typename":"Person"}']);
    for (const each of [ann, ben, unknown]) keep(ofPersons, each ?? "");
    keep(ofThings, ann ?? "");
    answer("1", known("ann", "ben"));
    answer("2", known("ben"));
    answer("3", { known: [], isPartial: true });
    answer("4", known());
    expect(forgetHere(core, [["Person.id", "ann"]])).toBe(4);
    expect(left().toSorted()).toEqual(["", "ben", ann, ben]);
    expect(core.memory.get(`thing\n${ann}`)).toBeDefined();
    expect(forgetHere(core, [["Person.id", "ann"]])).toBe(0);
  });

  it("goes by what the key is of, and the key, as they are", () => {
    const { core, answer, left } = open();
    answer("1", known("1"));
    answer("2", { known: [["Member.id", "1"]], isPartial: false });
    answer("3", known("__proto__"));
    answer("4", known(""));
    for (const other of [
      ["Person.id", "01"],
      ["Person.id", " 1"],
      ["Person", "id1"],
      ["", "1"],
    ] as const) {
      expect(forgetHere(core, [other])).toBe(0);
    }
    expect(
      forgetHere(core, [
        ["Member.id", "1"],
        ["Person.id", "__proto__"],
        ["Person.id", "__proto__"],
      ]),
    ).toBe(2);
    expect(forgetHere(core, [["Person.id", ""]])).toBe(1);
    expect(left()).toEqual(["1"]);
  });

  it("stays where nobody is named, but for what may be anybody's", () => {
    const { core, answer } = open();
    answer("1", known("ann"));
    expect(forgetHere(core, [])).toBe(0);
    answer("2", { known: [["Person.id", "ann"]], isPartial: true });
    expect(forgetHere(core, [])).toBe(1);
  });
});
