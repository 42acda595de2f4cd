/** Two that may have different answers have different keys; two that cannot be told apart have one. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { anonymous, type Caller } from "#policies";
import type { Variation } from "../../governance-port.ts";
import { callerKey } from "../../transport/caller-key.ts";
import { representationIn } from "../entry.ts";
import type { Shelf } from "../shelf/shelf.ts";
import { openShelf } from "./open-shelf.ts";

interface Asked {
  readonly shelf: number;
  readonly isPrivate: boolean;
  readonly isVarying: boolean;
  readonly names: readonly string[];
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  readonly headers: readonly (readonly [string, string])[];
  readonly representation: string;
}

const tricky = fc.constantFrom("", "1", "\n", '"', ",", '",["', "null", "{}", "[]", "#0", "\n1\n");
const value = fc.oneof(
  tricky,
  fc.constantFrom(null, 0, 1, true, undefined, ["1"], { a: 1 }),
  fc.string({ maxLength: 2 }),
);
const asked: fc.Arbitrary<Asked> = fc.record({
  shelf: fc.nat(12),
  isPrivate: fc.boolean(),
  isVarying: fc.boolean(),
  names: fc.subarray(["a", "b"]),
  variables: fc.dictionary(fc.constantFrom("a", "b", "c"), value, { maxKeys: 3 }),
  caller: fc.record({ id: tricky, region: tricky }).map(({ id, region }) => ({
    principal: { ...anonymous.principal, id, attributes: { region } },
    purpose: undefined,
  })),
  headers: fc.array(fc.tuple(fc.constantFrom("x", "y"), tricky), { maxLength: 2 }),
  representation: fc.oneof(
    fc.constant(""),
    fc.record({ __typename: fc.constant("A"), id: value }).map((object) => JSON.stringify(object)),
  ),
});

const nameOf = (caller: Caller): string => String(caller.principal.attributes.region);
const shelfOf = ({ shelf, isPrivate, isVarying, names }: Asked): Shelf =>
  // No more of it is read.
  ({
    prefix: `${shelf}\n`,
    variables: names,
    hint: undefined,
    learnt: { isPrivate, hasKept: false, lastRefusal: undefined },
    variation: isVarying ? (caller: Caller): Variation => ({ name: nameOf(caller), limitsRows: true }) : undefined,
  }) as unknown as Shelf;

function keyOf(given: Asked): string {
  const { variables, caller, headers, representation } = given;
  const { prefix } = openShelf(shelfOf(given), { variables, caller, headers: new Map(headers) });
  return prefix + representation;
}

/** All that an answer depends on. */
function identityOf({ shelf, isPrivate, isVarying, names, variables, caller, headers, representation }: Asked): string {
  return JSON.stringify([
    shelf,
    isPrivate ? callerKey(caller) : "",
    isVarying ? nameOf(caller) : "",
    // A shelf has its names once and for all; of those that are not given nothing is asked.
    names.map((name) => (Object.hasOwn(variables, name) ? [name, variables[name] ?? null] : [name])),
    [...new Map(headers)],
    representation,
  ]);
}

it("keys are equal just where everything is that an answer depends on", () => {
  let equal = 0;
  const pair = fc.oneof(
    fc.tuple(asked, asked),
    fc
      .tuple(asked, asked, fc.constantFrom("caller", "variables", "headers", "representation", "shelf"))
      .map(([one, other, part]): [Asked, Asked] => [one, { ...one, [part]: other[part as keyof Asked] }]),
  );
  fc.assert(
    fc.property(pair, ([one, given]) => {
      // One shelf is private, varies and has its variables, or not.
      const { isPrivate, isVarying, names } = one;
      const other = given.shelf === one.shelf ? { ...given, isPrivate, isVarying, names } : given;
      const isSame = identityOf(one) === identityOf(other);
      if (isSame) equal++;
      expect(keyOf(one) === keyOf(other)).toBe(isSame);
      expect(representationIn({ key: keyOf(one) })).toBe(one.representation);
    }),
    { numRuns: 2_000 },
  );
  expect(equal).toBeGreaterThan(100);
});
