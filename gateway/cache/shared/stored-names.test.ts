import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createKeyRing } from "#policies";
import * as scope from "../fence/scopes.ts";
import { fieldOf, invalidatedFields, ownerOf, StoredNames } from "./stored-names.ts";

const facts = { hasPersonalKey: (type: string) => type === "Person", hasPersonalTag: () => true };
const subgraph = 'a/b "c", d';
const scopes = [
  scope.product(subgraph),
  scope.any(subgraph),
  scope.changes(subgraph),
  scope.type(subgraph, "Order"),
  scope.otherKey(subgraph, "Order", "id"),
  scope.entity(subgraph, "Order", 'id "1 2"'),
  scope.entity(subgraph, "Person", 'email "ann@example.com"'),
  scope.tag(subgraph, "user-ann@example.com"),
];

describe("fields of fences", () => {
  it("hold no value", () => {
    for (const name of scopes) {
      expect(fieldOf(name, facts)).not.toContain("ann");
      expect(fieldOf(name, facts)).not.toContain("1 2");
    }
  });

  it("are counted up with their scopes, whether a process takes the key for personal or not", () => {
    const takes = [
      facts,
      { hasPersonalKey: () => false, hasPersonalTag: () => false },
      { hasPersonalKey: () => true, hasPersonalTag: () => true },
    ];
    for (const name of scopes) {
      for (const here of takes) {
        for (const there of takes) {
          // Whatever depends on an entity depends on its type, too.
          const type = name.startsWith("e:") ? [scope.type(subgraph, name.includes("Order") ? "Order" : "Person")] : [];
          if (name.startsWith("g:")) type.push(scope.product(subgraph));
          const counted = invalidatedFields(name, here);
          expect([fieldOf(name, there), ...type].some((field) => counted.includes(field))).toBe(true);
        }
      }
    }
  });

  it("that are counted up hold no digest of a key that is personal, so that nobody can try values out", () => {
    const person = scope.entity(subgraph, "Person", 'email "ann@example.com"');
    const digest = fieldOf(person, { hasPersonalKey: () => false, hasPersonalTag: () => false });
    expect(invalidatedFields(person, { hasPersonalKey: () => false, hasPersonalTag: () => false })).toContain(digest);
    expect(invalidatedFields(person, facts)).not.toContain(digest);
    const tag = scope.tag(subgraph, "user-ann@example.com");
    expect(invalidatedFields(tag, facts)).not.toContain(fieldOf(tag, { ...facts, hasPersonalTag: () => false }));
  });

  it("are different for different scopes, but for entities with personal keys", () => {
    const fields = scopes.map((name) => fieldOf(name, facts));
    expect(new Set(fields).size).toBe(scopes.length);
    const other = scope.entity(subgraph, "Person", 'email "ben@example.com"');
    expect(fieldOf(other, facts)).toBe(fieldOf(scope.entity(subgraph, "Person", 'email "ann@example.com"'), facts));
    expect(fieldOf(scope.entity(subgraph, "Order", 'id "2"'), facts)).not.toBe(
      fieldOf(scope.entity(subgraph, "Order", 'id "3"'), facts),
    );
  });

  it("belong to the subgraph, whatever its name is", () => {
    for (const name of scopes) expect(ownerOf(name)).toBe(subgraph);
    expect(ownerOf(scope.all)).toBeUndefined();
  });
});

describe("digests", () => {
  const first = { id: "k1", createdAt: new Date(0), secret: randomBytes(32) };
  const second = { id: "k2", createdAt: new Date(1), secret: randomBytes(32) };

  it("depend on the key, and are the same for all who have it", () => {
    const plain = new StoredNames(undefined);
    const ring = createKeyRing([first]);
    const keyed = new StoredNames(ring);
    expect([plain.isKeyed, keyed.isKeyed]).toEqual([false, true]);
    expect(keyed.digest("text")).not.toBe(plain.digest("text"));
    expect(keyed.digest("text")).toBe(new StoredNames(createKeyRing([first])).digest("text"));
    const before = keyed.digest("text");
    ring.replace([first, second]);
    expect(keyed.digest("text")).not.toBe(before);
    ring.replace([]);
    expect(keyed.isKeyed).toBe(false);
    expect(keyed.digest("text")).toBe(plain.digest("text"));
  });

  it("of persons are found under every key that there is", () => {
    const ring = createKeyRing([first]);
    const names = new StoredNames(ring);
    const before = names.indexOf(["customers", "C-1"]);
    ring.replace([first, second]);
    expect(names.indexesOf(["customers", "C-1"])).toEqual([before, names.indexOf(["customers", "C-1"])]);
    expect(names.indexOf(["customers", "C-1"])).not.toBe(names.indexOf(["orders", "C-1"]));
    expect(new StoredNames(undefined).indexOf(["customers", "C-1"])).toBeUndefined();
  });
});
