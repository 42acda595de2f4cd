import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readColumnType } from "#schema";
import { detectPersonalData } from "./detect-personal-data.ts";
import { isRepeated, passesLuhn } from "./detector.ts";
import { detectors } from "./detectors.ts";

/** The category that a column of such values gets. */
function categoryOf(
  values: readonly unknown[],
  name = "value",
  type = "string",
  output = "things",
): string | undefined {
  const rows = values.map((value) => ({ [name]: value }));
  const fields = [{ name, type: readColumnType(type) }];
  return detectPersonalData(rows, { output, fields, minShare: 0.5, minValues: 1 })[0]?.category;
}

// Published examples and numbers that are kept free for documentation and tests.
describe("what is found by its own form", () => {
  it.each<[string, readonly string[]]>([
    ["email", ["ada@example.org", "Ada King <ada.king+x@mail.example.co.uk>", "mailto:a@b.example"]],
    ["phone", ["+13255550120", "+49 30 901820", "(325) 555-0120", "325-555-0120", "+44 (20) 7946-0958"]],
    [
      "iban",
      ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "FR1420041010050500013M02606", "NL91ABNA0417164300"],
    ],
    [
      "payment-card",
      ["4111111111111111", "5555 5555 5555 4444", "378282246310005", "6011-1111-1111-1117", "2223003122003222"],
    ],
    ["ip", ["192.0.2.17", "2001:db8::8a2e:370:7334", "198.51.100.4/24"]],
    ["national-id", ["123-45-6789", "001-01-0001"]],
    ["national-id", ["12345678Z", "X1234567L", "RSSMRA85T10A562S", "111.444.777-35"]],
    ["tax-id", ["DE136695976", "IT00743110157", "FR40303265045", "SE556188840401", "BE0411905847"]],
  ])("%s", (category, values) => {
    for (const value of values) expect([value, categoryOf([value])]).toEqual([value, category]);
  });

  it("is found in numbers and inside nested values too", () => {
    expect(categoryOf([4111111111111111n], "number", "long")).toBe("payment-card");
    expect(categoryOf([{ contact: { mail: "ada@example.org" } }], "extra", "json")).toBe("email");
  });
});

describe("what is found by the column's name and plausible values", () => {
  it.each<[string, string, string, readonly unknown[]]>([
    ["birthdate", "date_of_birth", "date", ["1815-12-10", "1990-06-01", "2001-01-31"]],
    ["birthdate", "birth_year", "integer", [1985, 1990]],
    ["name", "last_name", "string", ["King", "van der Berg", "O'Neill", "王小明"]],
    ["address", "street", "string", ["12 Main Street", "Unter den Linden 77"]],
    ["address", "shipping_postal_code", "string", ["10117", "SW1A 1AA"]],
    ["geo", "home_latitude", "double", [52.51627, 48.85837]],
    ["phone", "mobile", "string", ["030 901820", "06 12345678"]],
    ["national-id", "bsn", "string", ["111222333"]],
    ["national-id", "pesel", "string", ["44051401359"]],
    ["tax-id", "steuer_id", "string", ["86095742719"]],
  ])("%s in %s", (category, name, type, values) => {
    expect(categoryOf(values, name, type)).toBe(category);
    // The same values mean nothing under another name.
    expect(categoryOf(values, "value", type)).toBeUndefined();
  });

  it("takes `name` for a person's only where the rows are persons", () => {
    const values = ["Ada King", "Bob Page"];
    expect(categoryOf(values, "name", "string", "customers")).toBe("name");
    expect(categoryOf(values, "name", "string", "products")).toBeUndefined();
  });
});

describe("what is no personal data", () => {
  it.each<[string, readonly unknown[]]>([
    ["order_id", ["CA-2016-152156", "US-2015-108966"]],
    ["sku", ["FUR-BO-10001798", "OFF-LA-10000240"]],
    ["code", ["123456789", "000000000", "4111111111111112"]],
    ["amount", [261.96, 731.94, -383.031]],
    ["version", ["1.2.3.4", "10.0.0.1"]],
    ["order_date", ["2016-11-08", "2015-10-11"]],
    ["city", ["Los Angeles", "Henderson"]],
    ["website", ["https://example.org", "example.org"]],
    ["duration", ["00:10:00", "12:30:59"]],
    ["email_opt_in", ["true", "false"]],
    ["latitude", [52.5, 48.9]],
    ["id", ["550e8400-e29b-41d4-a716-446655440000"]],
    ["serial", ["5500000000000005", "1234567890128"]],
  ])("%s", (name, values) => {
    expect(categoryOf(values, name)).toBeUndefined();
  });

  it("is not found in random numbers, words and identifiers", () => {
    const value = fc.oneof(
      fc.integer({ min: 0, max: 999_999_999 }).map(String),
      fc.uuid(),
      fc.stringMatching(/^[A-Z]{2,3}-[0-9]{4}-[0-9]{6}$/),
      fc.stringMatching(/^[a-z]{1,12}( [a-z]{1,12}){0,4}$/),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 20, maxLength: 40 }), (values) => {
        expect(categoryOf(values, "code")).toBeUndefined();
      }),
    );
  });
});

describe("detection", () => {
  it("needs enough values, and enough of them", () => {
    const rows = (found: number, other: number) => [
      ...Array.from({ length: found }, () => ({ note: "ada@example.org" })),
      ...Array.from({ length: other }, () => ({ note: "x" })),
      { note: null },
      { note: "" },
    ];
    const fields = [{ name: "note", type: readColumnType("string") }];
    const options = { output: "notes", fields, minShare: 0.5, minValues: 10 };
    expect(detectPersonalData(rows(5, 5), options)).toEqual([
      { column: "note", category: "email", title: "e-mail addresses", share: 0.5, values: 10 },
    ]);
    expect(detectPersonalData(rows(4, 6), options)).toEqual([]);
    expect(detectPersonalData(rows(9, 0), options)).toEqual([]);
  });

  it("tells no value", () => {
    fc.assert(
      fc.property(fc.emailAddress(), (address) => {
        const rows = Array.from({ length: 5 }, () => ({ note: address }));
        const fields = [{ name: "note", type: readColumnType("string") }];
        const found = detectPersonalData(rows, { output: "notes", fields, minShare: 0.5, minValues: 1 });
        expect(JSON.stringify(found)).not.toContain(address);
      }),
    );
  });

  it("has one category per detector, by the names that manifests use", () => {
    for (const { category } of detectors) expect(category).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  it("knows Luhn's check", () => {
    expect(passesLuhn("79927398713")).toBe(true);
    expect(passesLuhn("79927398710")).toBe(false);
    expect(isRepeated("0000")).toBe(true);
  });
});
