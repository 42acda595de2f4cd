import { buildSchema, parse, print, validate } from "graphql";
import { describe, expect, it } from "vitest";
import { findOperation } from "./find-operation.ts";
import { declaredPurpose, PurposeRule, schemaWithPurpose, withoutPurpose, withPurpose } from "./purpose.ts";

const schema = schemaWithPurpose(buildSchema("type Query { a: Int }"));

describe("@purpose on an operation", () => {
  it("says why it reads, and is not there when it is planned", () => {
    const document = parse(`query A @purpose(name: "care") @other { a } query B { a }`);
    expect(declaredPurpose(findOperation(document, "A"))).toBe("care");
    expect(declaredPurpose(findOperation(document, "B"))).toBeUndefined();
    expect(print(withoutPurpose(document))).toBe(print(parse("query A @other { a } query B { a }")));
    const plain = parse("{ a }");
    expect(withoutPurpose(plain)).toBe(plain);
  });

  it("is written in the operation, once", () => {
    const messages = (text: string) =>
      validate(schema, parse(text))
        .concat(validate(schema, parse(text), [PurposeRule]))
        .map(({ message }) => message);
    expect(messages(`query @purpose(name: "care") { a }`)).toEqual([]);
    expect(messages(`query ($p: String!) @purpose(name: $p) { a }`)).toEqual([
      expect.stringContaining("must be a text"),
    ]);
    expect(messages(`query @purpose(name: "a") @purpose(name: "b") { a }`)).toEqual([
      expect.stringContaining("only be used once"),
    ]);
    expect(messages(`{ a @purpose(name: "a") }`)).toEqual([expect.stringContaining("may not be used on FIELD")]);
  });

  it("leaves a schema's own directive of that name alone", () => {
    const own = "directive @purpose(of: Int) on FIELD\n\ntype Query { a: Int }";
    expect(withPurpose(own)).toBe(own);
  });
});
