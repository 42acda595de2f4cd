import fc from "fast-check";
import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { readFirstField } from "./first-field.ts";
import { keyValues, readKeySets } from "./key-sets.ts";

describe("keys of a type", () => {
  const sets = readKeySets(
    parse(`
      type Product @join__type(graph: A, key: "upc") @join__type(graph: B, key: "sku brand { id }") @join__type(graph: C, key: " upc ") {
        upc: ID
      }
      type Other @join__type(graph: A) { id: ID }
    `),
  );

  it("are read once each, their fields in order", () => {
    expect(sets.get("Product")?.map(({ name }) => name)).toEqual(["brand{id} sku", "upc"]);
    expect(sets.get("Other")).toBeUndefined();
  });

  it("have values that do not depend on how they were written", () => {
    const [nested, upc] = sets.get("Product") ?? [];
    if (nested === undefined || upc === undefined) throw new Error("There are two keys.");
    expect(keyValues(upc, { upc: 7 })).toBe(keyValues(upc, { __typename: "Product", upc: "7" }));
    expect(keyValues(nested, { sku: "s", brand: { id: 1, name: "n" } })).toBe('[["1"],"s"]');
    expect(keyValues(nested, { sku: "s" })).toBeUndefined();
    expect(keyValues(nested, { sku: "s", brand: null })).toBeUndefined();
    expect(keyValues(upc, { upc: null })).toBe('["null"]');
  });
});

describe("the first field of a representation", () => {
  it("is read as a parsed one is, or not at all", () => {
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.double({ noNaN: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constant({ id: "1" }),
    );
    const name = fc.stringMatching(/^[a-zA-Z_]\w*$/);
    let read = 0;
    fc.assert(
      fc.property(name, name, value, value, fc.boolean(), (type, field, given, other, more) => {
        fc.pre(field !== "__typename" && field !== "other");
        const object = { __typename: type, [field]: given, ...(more && { other }) };
        const first = readFirstField(JSON.stringify(object));
        if (first === undefined) return;
        read++;
        expect(first.type).toBe(type);
        expect(first.field).toBe(field);
        expect(first.values).toBe(keyValues({ fields: [{ name: field, fields: undefined }] }, object));
      }),
    );
    expect(read).toBeGreaterThan(20);
  });

  it("is that of the key, with whatever is required behind it", () => {
    const upc = { type: "Product", field: "upc", values: '["a-1"]' };
    expect(readFirstField('{"__typename":"Product","upc":"a-1"}')).toEqual(upc);
    expect(readFirstField('{"__typename":"Product","upc":"a-1","price":{"eur":1}}')).toEqual(upc);
    expect(readFirstField('{"__typename":"Product","upc":12}')?.values).toBe('["12"]');
    for (const other of [
      "",
      "{}",
      '{"__typename":"P"}',
      '{"upc":"1","__typename":"P"}',
      '{"__typename":"P","a":{"b":"1"}}',
    ]) {
      expect(readFirstField(other), other).toBeUndefined();
    }
  });
});
