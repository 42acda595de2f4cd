import { expect, test } from "vitest";
import { createCode, literal, property } from "./code.ts";

test.each(["a-b", "a.b", "a b", "", "1a", 'a"]', "a\nb", "ä", "a;alert(1)"])(
  "%j does not get into generated code",
  (name) => {
    expect(() => property(createCode(), "o", name)).toThrow("is not a GraphQL name");
  },
);

test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "__defineGetter__"])(
  "%s is read only where the object has it itself",
  (name) => {
    const code = createCode();
    code.define("read", ["o"], `return ${property(code, "o", name)};`);
    const [read] = code.build<(o: object) => unknown>(["read"]);
    expect(read?.({})).toBeUndefined();
    expect(read?.(JSON.parse(`{${JSON.stringify(name)}:1}`))).toBe(1);
  },
);

test("a literal is the string, whatever is in it", () => {
  const text = 'quote " backslash \\ newline \n separators \u2028\u2029 `';
  const code = createCode();
  code.define("f", [], `return ${literal(text)};`);
  expect(code.build<() => string>(["f"])[0]?.()).toBe(text);
});

test("a constant is handed in by reference, once", () => {
  const code = createCode();
  const value = { a: 1 };
  expect(code.constant(value)).toBe(code.constant(value));
  code.define("f", [], `return ${code.constant(value)};`);
  expect(code.build<() => object>(["f"])[0]?.()).toBe(value);
});
