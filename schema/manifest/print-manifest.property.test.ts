// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a manifest writes its variables like this

import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { printFinding } from "../finding.ts";
import type { DataProduct } from "./model.ts";
import { printManifest } from "./print-manifest.ts";
import { readManifest } from "./read-manifest.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9]{1,12}(-[a-z0-9]{1,5})?$/);
const text = fc.oneof(
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9 ,.:#'"{}[\]&*!|>%@`~-]{0,30}$/),
  fc.constantFrom(
    "yes",
    "null",
    "1.0",
    "~",
    "${NAME} and $${x}",
    "cost: $5",
    " padded ",
    "two\nlines\n",
    "日本語",
    "- a",
  ),
);
// `<<` is refused as a key, quoted or not.
const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('"<<"'));
const duration = fc.constantFrom("90d", "15m", "PT1H", "P1Y2M", "5 minutes", "36h", "1500ms", "2w", "6mo", "1 year");
const lifetime = duration.filter((written) => written !== "1500ms");
const share = fc.constantFrom<unknown>("99%", "99.9%", 0.999, 0.5, 1, "100%", 0, "33.33 %");
const version = fc.constantFrom<unknown>("2", 2, "2.1", 1.5, "3.0.1", "1.0.0-rc.1");
const columnType = fc.constantFrom(
  "string",
  "decimal",
  "decimal( 12 , 2 )",
  "array<string>",
  "map<string,array<long>>",
  "struct<a:string, b:decimal(3)>",
  "timestamp",
  "uuid",
);
const deprecation = fc.record(
  { sunset: fc.constant("2027-01-01"), since: fc.constant("2026-01-01"), replacedBy: text, reason: text },
  { requiredKeys: [] },
);

/** Half of the keys at random, so that defaults and their absence meet everything else. */
function some<T extends Record<string, fc.Arbitrary<unknown>>, K extends string & keyof T>(
  shape: T,
  requiredKeys: K[],
): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(shape, { requiredKeys }) as fc.Arbitrary<Record<string, unknown>>;
}

const columns = (names: readonly string[]): fc.Arbitrary<Record<string, unknown>[]> =>
  fc.tuple(
    ...names.map((column, index) =>
      some(
        {
          name: fc.constant(column),
          type: index === 0 ? fc.constantFrom("string", "long") : columnType,
          key: index === 0 ? fc.boolean() : fc.constant(false),
          required: fc.boolean(),
          unique: fc.boolean(),
          description: text,
          examples: fc.array(fc.oneof(text, fc.integer(), fc.constant(null), fc.constant([]))),
          unit: text,
          enum: fc.array(fc.oneof(text, fc.integer(), fc.boolean()), { minLength: 1, maxLength: 3 }),
          min: fc.integer(),
          max: fc.double({ noNaN: true, noDefaultInfinity: true }),
          pattern: text,
          pii: index === 0 ? fc.constant(false) : fc.constantFrom<unknown>(true, false, "email"),
          classification: fc.constantFrom("public", "internal", "restricted"),
          mask: fc.constantFrom<unknown>("hash", { technique: "partial", keep: 4 }),
          subject: fc.boolean(),
          since: version,
          deprecated: fc.oneof<fc.Arbitrary<unknown>[]>(fc.boolean(), deprecation),
          businessName: text,
          "x-note": text,
        },
        ["name", "type"],
      ),
    ),
  );

const manifest = some(
  {
    apiVersion: fc.constant("datamesh.io/v1"),
    kind: fc.constant("DataProduct"),
    "x-root": json,
    metadata: some(
      {
        name,
        team: name,
        domain: name,
        version,
        status: fc.constantFrom("development", "operations"),
        description: fc.oneof<fc.Arbitrary<unknown>[]>(text, some({ purpose: text, usage: text }, [])),
        tags: fc.array(text, { maxLength: 2 }),
        labels: fc.dictionary(name, text, { maxKeys: 2 }),
        tenant: text,
        "x-a": json,
      },
      ["name", "team"],
    ),
    spec: fc
      .record({
        inputs: fc.array(
          some(
            {
              type: fc.constant("batch"),
              source: fc.constant("a.csv"),
              format: fc.constantFrom("csv", "avro"),
              mode: fc.constantFrom("append", "snapshot"),
              schedule: fc.constant("0 * * * *"),
              timezone: fc.constantFrom("UTC", "Europe/Zurich"),
              expects: fc.constant([{ nullCheck: "a" }]),
              description: text,
            },
            ["type", "source"],
          ),
          { maxLength: 1 },
        ),
        table: columns(["first", "second", "third"]),
        tableMore: some(
          {
            description: text,
            version,
            storage: fc.constantFrom("duckdb", "postgres"),
            cache: fc.oneof<fc.Arbitrary<unknown>[]>(
              lifetime,
              some({ maxAge: lifetime, scope: fc.constantFrom("public", "private"), staleIfError: lifetime }, [
                "maxAge",
              ]),
            ),
            deprecation,
            examples: fc.array(text, { maxLength: 2 }),
          },
          [],
        ),
        api: fc.option(
          some(
            {
              type: fc.constant("api"),
              name: fc.constant("the-api"),
              rateLimit: fc.oneof<fc.Arbitrary<unknown>[]>(
                fc.integer({ min: 1, max: 99 }),
                some({ limit: fc.constant(3), window: duration, per: fc.constantFrom("global", "consumer") }, [
                  "limit",
                ]),
              ),
              path: text,
            },
            ["type", "name"],
          ),
        ),
        quality: some(
          {
            onFailure: fc.constantFrom("warn", "quarantine"),
            checks: fc.array(
              fc.constantFrom<unknown>(
                { nullCheck: ["first"] },
                { uniqueCheck: "second" },
                { rangeCheck: { column: "third", min: 0 } },
                { textCheck: "fine" },
                { completenessCheck: { column: "first", min: 0.25 } },
              ),
              { maxLength: 3 },
            ),
            sla: some(
              {
                availability: share,
                freshness: duration,
                quality: fc.record({ value: share, window: duration }),
                latency: fc.record({ p95: duration }),
              },
              [],
            ),
            quarantine: fc.record({ retention: duration }),
          },
          [],
        ),
        governance: some(
          {
            pii: fc.constantFrom<unknown>([], ["second"], [{ field: "third", category: "name", mask: "hash" }]),
            retention: fc.oneof<fc.Arbitrary<unknown>[]>(
              duration,
              some({ period: duration, field: fc.constant("third"), legalHold: fc.boolean() }, ["period"]),
            ),
            classification: fc.constantFrom("internal", "confidential"),
            purposes: fc.array(name, { maxLength: 2 }),
            compliance: fc.constant(["gdpr"]),
            residency: fc.constant(["eu"]),
          },
          [],
        ),
        versioning: some(
          {
            notice: duration,
            maxActiveMajors: fc.integer({ min: 1, max: 4 }),
            compatibility: fc.constantFrom("NONE", "BACKWARD_TRANSITIVE"),
          },
          [],
        ),
        price: fc.record({ amount: fc.integer(), currency: fc.constant("EUR") }),
      })
      .map(({ inputs, table, tableMore, api, ...rest }) => ({
        ...rest,
        inputs,
        outputs: [{ type: "table", name: "rows", schema: table, ...tableMore }, ...(api === null ? [] : [api])],
      })),
  },
  ["apiVersion", "kind", "metadata", "spec"],
);

function read(source: string, variables: Record<string, string> | "keep"): DataProduct {
  const { value, findings } = readManifest(source, "product.yaml", { variables });
  if (value === undefined) throw new Error(`${findings.map(printFinding).join("\n")}\n${source}`);
  return value;
}

test("printing a product and reading it again changes nothing, and nor does doing it twice", () => {
  fc.assert(
    fc.property(manifest, (document) => {
      const product = read(stringify(document), { NAME: "value" });
      const printed = printManifest(product);
      const again = read(printed, {});
      expect(again).toEqual(product);
      expect(printManifest(again)).toBe(printed);
    }),
    { numRuns: 80 },
  );
});

test("variables that were kept are printed as they were written", () => {
  fc.assert(
    fc.property(manifest, (document) => {
      const product = read(stringify(document), "keep");
      const printed = printManifest(product, { variables: "keep" });
      expect(read(printed, "keep")).toEqual(product);
    }),
    { numRuns: 30 },
  );
});
