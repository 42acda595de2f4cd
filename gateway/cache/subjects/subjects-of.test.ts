import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SubjectPlaces } from "../shelf/describe-selection.ts";
import { plainShelf } from "../shelf/plain-shelf.fixture.ts";
import { type Subjects, subjectsOf } from "./subjects-of.ts";

const places = (given: Partial<SubjectPlaces>): SubjectPlaces => ({ isPersonal: false, here: [], below: [], ...given });
const person = ["Person.id"] as const;

/** A person's own row, with those who referred them below it. */
const ofPersons = plainShelf({
  personal: ["contact"],
  subjects: places({
    isPersonal: true,
    here: [["id", person]],
    below: [["referredBy", places({ isPersonal: true, here: [["theirId", [...person, "Member.id"]]] })]],
  }),
  subjectKeys: (type) => (type === "Person" ? [["id", person]] : []),
});

/** A list of orders that say whose they are, or not. */
const ofOrders = plainShelf({
  personal: ["contact"],
  subjects: places({
    below: [
      [
        "orders",
        places({ isPersonal: true, here: [["customerId", person]], below: [["to", places({ isPersonal: true })]] }),
      ],
    ],
  }),
});

const sorted = ({ known, isPartial }: Subjects) => ({ known: known.map((each) => each.join(" ")).sort(), isPartial });
const of = (shelf: typeof ofPersons, representation: string, value: Parameters<typeof subjectsOf>[2]) =>
  sorted(subjectsOf(shelf, representation, value));

describe("whose data something holds", () => {
  it("is nobody's where nothing of it is personal, or there is nothing", () => {
    expect(of(plainShelf({ subjects: ofPersons.subjects }), "", { id: "ann" })).toEqual({
      known: [],
      isPartial: false,
    });
    expect(of(ofPersons, '{"__typename":"Person","id":"ann"}', null)).toEqual({ known: [], isPartial: false });
  });

  it.each<[string, string, Parameters<typeof subjectsOf>[2], readonly string[], boolean]>([
    ["in what it was asked for by", '{"__typename":"Person","id":"ann"}', { mail: "m" }, ["Person.id ann"], false],
    ["in it", "", { id: "ann" }, ["Person.id ann"], false],
    ["in both, once", '{"__typename":"Person","id":7}', { id: "7" }, ["Person.id 7"], false],
    ["nowhere", "", { mail: "m" }, [], true],
    ["nowhere: null", "", { id: null }, [], true],
    ["nowhere: a list", "", { id: ["ann"] }, [], true],
    ["nowhere: another type's key", '{"__typename":"Pet","id":"ann"}', { mail: "m" }, [], true],
    [
      "as zero, or as nothing written",
      "",
      { id: "", referredBy: { theirId: 0 } },
      ["Member.id 0", "Person.id ", "Person.id 0"],
      false,
    ],
    ["under a strange key", "", { id: "__proto__" }, ["Person.id __proto__"], false],
    ["below it alone", "", { referredBy: { theirId: "ben" } }, ["Member.id ben", "Person.id ben"], true],
    ["above it, where it is not said below", "", { id: "ann", referredBy: { name: "b" } }, ["Person.id ann"], false],
    [
      "in none of a list of nothing",
      "",
      { id: "ann", referredBy: [null, undefined, "x", 1] },
      ["Person.id ann"],
      false,
    ],
    [
      "in a list of lists",
      "",
      { id: "ann", referredBy: [[{ theirId: "ben" }], []] },
      ["Member.id ben", "Person.id ann", "Person.id ben"],
      false,
    ],
  ])("is said %s", (_, representation, value, known, isPartial) => {
    expect(of(ofPersons, representation, value)).toEqual({ known: [...known].sort(), isPartial });
  });

  it("is partly unknown as soon as one of many does not say it", () => {
    expect(of(ofOrders, "", { orders: [{ customerId: "a" }, { customerId: "b", to: { name: "n" } }] })).toEqual({
      known: ["Person.id a", "Person.id b"],
      isPartial: false,
    });
    expect(of(ofOrders, "", { orders: [{ customerId: "a" }, { customerId: null }] })).toEqual({
      known: ["Person.id a"],
      isPartial: true,
    });
    expect(of(ofOrders, "", { orders: [] })).toEqual({ known: [], isPartial: false });
  });

  it("does not depend on the order of a list, and all that are said are known", () => {
    const id = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    fc.assert(
      fc.property(fc.array(id), fc.nat(), (ids, turn) => {
        const orders = ids.map((customerId) => ({ customerId }));
        const at = orders.length === 0 ? 0 : turn % orders.length;
        const found = of(ofOrders, "", { orders });
        expect(of(ofOrders, "", { orders: [...orders.slice(at), ...orders.slice(0, at)] })).toEqual(found);
        const said = ids.filter((each) => each !== null).map((each) => `Person.id ${each}`);
        expect(found.known).toEqual([...new Set(said)].sort());
        expect(found.isPartial).toBe(ids.includes(null));
      }),
    );
  });
});
