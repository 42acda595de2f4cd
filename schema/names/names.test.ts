import fc from "fast-check";
import { expect, test } from "vitest";
import { camelCase, pascalCase, snakeCase } from "./case.ts";
import { pluralise, singularise } from "./plural.ts";
import { suggest } from "./suggest.ts";

test.each([
  ["customer-360", "Customer360", "customer360", "customer_360"],
  ["customer_id", "CustomerId", "customerId", "customer_id"],
  ["orderDate", "OrderDate", "orderDate", "order_date"],
  ["HTTPServer", "HttpServer", "httpServer", "http_server"],
  ["Sub-Category", "SubCategory", "subCategory", "sub_category"],
  ["2fa", "_2fa", "_2fa", "_2fa"],
])("%s is %s, %s and %s", (name, pascal, camel, snake) => {
  expect([pascalCase(name), camelCase(name), snakeCase(name)]).toEqual([pascal, camel, snake]);
});

test("every name with a letter or digit becomes a GraphQL name, and doing it twice changes nothing", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9_ -]{0,10}[A-Za-z0-9][A-Za-z0-9_ -]{0,10}$/), (name) => {
      for (const spell of [pascalCase, camelCase, snakeCase]) {
        expect(spell(name)).toMatch(/^[_A-Za-z][_0-9A-Za-z]*$/);
      }
      expect(snakeCase(snakeCase(name)).replace(/^_/, "")).toBe(snakeCase(name).replace(/^_/, ""));
    }),
  );
});

test.each([
  ["order", "orders"],
  ["orderLine", "orderLines"],
  ["Category", "Categories"],
  ["salesPerson", "salesPeople"],
  ["customer_profile", "customer_profiles"],
  ["series", "series"],
])("of %s there are many %s", (one, many) => {
  expect(pluralise(one)).toBe(many);
  expect(singularise(many)).toBe(one);
});

test.each([
  ["shema", "schema"],
  ["schmea", "schema"],
  ["OUTPUTS", "outputs"],
  ["rate-limit", "rateLimit"],
  ["x", undefined],
  ["", undefined],
  ["completely different", undefined],
])("for %s, %s is suggested", (written, expected) => {
  expect(suggest(written, ["schema", "outputs", "rateLimit", "name"])).toBe(expected);
});
