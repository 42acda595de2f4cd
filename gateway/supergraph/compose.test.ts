import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { customersSdl, ordersSdl, productsSdl } from "../fixtures/shop.fixture.ts";
import { compose } from "./compose.ts";
import { composeHere } from "./compose-here.ts";
import { type CompositionError, CompositionFailed, printCompositionError } from "./composition-error.ts";

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])\n`;
const part = (name: string, sdl: string): { name: string; sdl: string; url: string } => ({ name, sdl, url: "" });

const shop = [part("orders", ordersSdl), part("customers", customersSdl), part("products", productsSdl)];

function errorsOf(...subgraphs: ReturnType<typeof part>[]): readonly CompositionError[] {
  const result = composeHere(subgraphs);
  return result.kind === "failed" ? result.errors : [];
}

describe("compose", () => {
  it("gives in a worker what it gives here", async () => {
    expect(await compose(shop)).toEqual(composeHere(shop));
  });

  it("carries composition errors over from the worker", async () => {
    const subgraphs = [part("orders", "type Query { broken: ")];
    expect(await compose(subgraphs)).toEqual(composeHere(subgraphs));
  });

  it("does not depend on the order of the subgraphs", () => {
    const expected = composeHere(shop);
    const order = fc.shuffledSubarray(shop, { minLength: shop.length });
    fc.assert(
      fc.property(order, (subgraphs) => {
        expect(composeHere(subgraphs)).toEqual(expected);
      }),
      { numRuns: 6 },
    );
  });
});

describe("a composition error", () => {
  it("names both products that own a type's field, the field, and what to do instead", () => {
    const catalog = part(
      "catalog",
      `${link}type Query { p: Product } type Product @key(fields: "id") { id: ID! name: String }`,
    );
    const pricing = part(
      "pricing",
      `${link}type Query { q: Product } type Product @key(fields: "id") { id: ID! name: String }`,
    );
    expect(errorsOf(catalog, pricing)).toEqual([
      {
        code: "INVALID_FIELD_SHARING",
        products: ["catalog", "pricing"],
        coordinate: "Product.name",
        reason: expect.stringContaining("defined as non-shareable in all of them"),
        advice: expect.stringContaining("One product owns a field"),
        places: [],
      },
    ]);
  });

  it("names the types that do not match, and where each is written", () => {
    const shared = (type: string): string =>
      `${link}type Query { p: P @shareable }\ntype P {\n  n: ${type} @shareable\n}`;
    const [error] = errorsOf(part("catalog", shared("Int")), part("pricing", shared("String")));
    expect(error).toMatchObject({
      code: "FIELD_TYPE_MISMATCH",
      products: ["catalog", "pricing"],
      coordinate: "P.n",
      reason: expect.stringMatching(/"Int" in subgraph "catalog" but type "String" in subgraph "pricing"/),
      places: [
        { product: "catalog", line: 4, column: 3 },
        { product: "pricing", line: 4, column: 3 },
      ],
    });
  });

  it("names the field that cannot be reached because a product lacks the key", () => {
    const catalog = part(
      "catalog",
      `${link}type Query { p: Product } type Product @key(fields: "id") { id: ID! name: String }`,
    );
    const pricing = part(
      "pricing",
      `${link}type Query { q: Product } type Product @key(fields: "sku") { sku: ID! price: Int }`,
    );
    expect(errorsOf(catalog, pricing)).toContainEqual(
      expect.objectContaining({
        code: "SATISFIABILITY_ERROR",
        products: ["catalog", "pricing"],
        coordinate: "Product.name",
        advice: expect.stringContaining("@key"),
      }),
    );
  });

  it("names the product of a key on a field that does not exist", () => {
    const [error] = errorsOf(
      part("catalog", `${link}type Query { p: Product } type Product @key(fields: "nope") { id: ID! }`),
    );
    expect(error).toMatchObject({ code: "KEY_INVALID_FIELDS", products: ["catalog"], coordinate: "Product" });
    expect(error?.reason).not.toContain("[catalog]");
  });

  it("names the product whose SDL is no SDL, with line and column", () => {
    expect(errorsOf(part("catalog", "type Query {\n  p: \n}"), part("orders", ordersSdl))).toEqual([
      expect.objectContaining({
        code: "SDL_SYNTAX_ERROR",
        products: ["catalog"],
        places: [{ product: "catalog", line: 3, column: 1 }],
      }),
    ]);
  });

  it("refuses two products of one name", () => {
    expect(errorsOf(part("orders", ordersSdl), part("orders", ordersSdl))).toEqual([
      expect.objectContaining({ code: "DUPLICATE_PRODUCT", products: ["orders"] }),
    ]);
  });

  it("prints as one paragraph that says what, where, why and what instead", () => {
    const error: CompositionError = {
      code: "FIELD_TYPE_MISMATCH",
      products: ["catalog", "pricing"],
      coordinate: "P.n",
      reason: "it differs",
      advice: "Give the field one type",
      places: [],
    };
    expect(printCompositionError(error)).toBe(
      "FIELD_TYPE_MISMATCH P.n (catalog, pricing): it differs. Give the field one type",
    );
    expect(new CompositionFailed(Array(7).fill(error)).message).toMatch(/do not compose.*and 2 more$/s);
  });
});
