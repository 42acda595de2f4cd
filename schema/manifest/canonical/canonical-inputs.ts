import { snakeCase } from "../../names/case.ts";
import { isVersionRange } from "../../units/version.ts";
import type { ManifestDocument } from "../document/manifest-document.ts";
import type { Input, InputField, ProductInput } from "../model.ts";
import { readColumnType } from "../read-column-type.ts";
import { longCheck } from "./canonical-quality.ts";
import { declaredKeys } from "./declared.ts";
import { type Reading, report } from "./reading.ts";

type InputDocument = NonNullable<ManifestDocument["spec"]["inputs"]>[number];

/**
 * Inputs with names and defaults.
 * Findings: `duplicate-input`, `key-needed` (upsert or cdc without a key).
 */
export function canonicalInputs(documents: readonly InputDocument[], reading: Reading): readonly Input[] {
  const names = new Set<string>();
  return documents.map((document, index) => {
    const input = canonicalInput(document);
    const path = ["spec", "inputs", index];
    if (names.has(input.name)) {
      const hint =
        document.name === undefined ? " Its name is made from its source; give it a `name`." : " Rename one.";
      report(
        reading,
        "error",
        "duplicate-input",
        [...path, "name"],
        `The product has two inputs \`${input.name}\`.${hint}`,
      );
    }
    names.add(input.name);
    if (input.type === "product" && !isVersionRange(input.product.range)) {
      const message = `\`${input.product.range}\` is no range of versions; write one such as \`^2\` or \`>=1.2 <3\`.`;
      report(reading, "error", "bad-version-range", [...path, "source"], message);
    }
    if ((input.mode === "upsert" || input.mode === "cdc") && input.key.length === 0) {
      const message = `The mode \`${input.mode}\` has to tell rows apart: name the columns in \`key\`.`;
      report(reading, "error", "key-needed", [...path, "mode"], message);
    }
    return input;
  });
}

const BASE_KEYS = ["type", "source", "name", "mode", "key", "watermark", "schema", "purpose"];

function canonicalInput(document: InputDocument): Input {
  const base = {
    name: document.name ?? inputNameOf(document),
    source: document.source,
    mode: document.mode ?? "append",
    key: document.key ?? [],
    watermark: document.watermark,
    schema: (document.schema ?? []).map(canonicalInputField),
    purpose: document.purpose,
  } as const;
  const expects = document.expects === undefined ? {} : { expects: document.expects.map(longCheck) };
  const rest = { ...document, ...expects };
  switch (document.type) {
    case "batch": {
      const { format, schedule, timezone = "UTC" } = document;
      const declared = declaredKeys(rest, [...BASE_KEYS, "format", "schedule", "timezone"]);
      return { type: "batch", ...base, format, schedule, timezone, ...declared };
    }
    case "rest":
    case "api": {
      const { schedule, timezone = "UTC" } = document;
      return {
        type: "rest",
        ...base,
        schedule,
        timezone,
        ...declaredKeys(rest, [...BASE_KEYS, "schedule", "timezone"]),
      };
    }
    case "stream":
      return { type: "stream", ...base, broker: document.broker, ...declaredKeys(rest, [...BASE_KEYS, "broker"]) };
    case "product": {
      const product = productSource(document.source, document.contract?.version);
      const fields = document.fields ?? [];
      return { type: "product", ...base, product, fields, ...declaredKeys(rest, [...BASE_KEYS, "fields"]) };
    }
  }
}

function canonicalInputField(field: NonNullable<InputDocument["schema"]>[number]): InputField {
  return {
    name: field.name,
    from: field.from,
    type: readColumnType(field.type),
    required: field.required ?? false,
    ...(field.description === undefined ? {} : { description: field.description }),
  };
}

/** The last part of the source that names something: `crm.customers` → `crm_customers`, `data/orders-*.csv` → `orders`. */
function inputNameOf({ type, source }: InputDocument): string {
  if (type === "product") {
    const { name, output } = productSource(source, undefined);
    return snakeCase(output ?? name);
  }
  const withoutQuery = source.replace(/[?#].*$/s, "");
  const isPath = /[/\\]/.test(withoutQuery);
  const named = isPath
    ? withoutQuery
        .split(/[/\\]+/)
        .map((part) => snakeCase(part.replace(/\.[A-Za-z0-9]+(\.gz)?$/, "")))
        .findLast((part) => part !== "")
    : snakeCase(withoutQuery.replace(/\.(csv|ndjson|jsonl|json|parquet)(\.gz)?$/, ""));
  return (named ?? "").slice(0, 63) || "input";
}

function productSource(source: string, contractRange: string | undefined): ProductInput["product"] {
  // The document's schema has checked this form.
  const parts = /^([^.]+)\.([^@/]+)(?:@([^/]+))?(?:\/(.+))?$/.exec(source);
  const [, domain = "", name = source, range, output] = parts ?? [];
  return { domain, name, range: range ?? contractRange ?? "*", output };
}
