import fc from "fast-check";
import { expect, it } from "vitest";
import { coordinate, policy } from "../policies.fixture.ts";
import type { Selector } from "./model.ts";
import { compileSelector } from "./selector.ts";
import { indexSelectors } from "./selector-index.ts";

const some = (...values: string[]) => fc.option(fc.subarray(values, { minLength: 1 }), { nil: undefined });
const selector = fc
  .record({
    pii: some("name", "email", "*"),
    domain: some("sales", "care"),
    product: some("orders", "customers"),
    tags: some("a", "b"),
    coordinate: some("Order.*", "*.total", "Customer.name", "C*.name"),
  })
  .map((keys): Selector => ({ ...policy("x").selector, ...keys }));
const field = fc
  .record({
    name: fc.constantFrom("Order.total", "Order.note", "Customer.name", "Card.name"),
    pii: fc.subarray(["name", "email"]),
    domain: fc.constantFrom("sales", "care"),
    product: fc.constantFrom("orders", "customers"),
    tags: fc.subarray(["a", "b"]),
  })
  .map(({ name, ...rest }) => coordinate(name, rest));

it("finds exactly the selectors that select, in their order", () => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(selector, { maxLength: 12 }), fc.array(field), (selectors, fields) => {
      const compiled = selectors.map(compileSelector);
      const selecting = indexSelectors(compiled, (each) => each);
      for (const each of fields) {
        const expected = compiled.filter(({ selects }) => selects(each));
        expect(selecting(each)).toEqual(expected);
        found += expected.length;
      }
    }),
  );
  expect(found).toBeGreaterThan(100);
});
