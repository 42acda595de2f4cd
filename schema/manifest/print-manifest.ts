/**
 * DataProduct → YAML in canonical form: long forms, one spelling for each value, keys in one order, nothing that is a
 * default. Reading what was printed gives an equal product, and printing that again the same text.
 */
import { stringify } from "yaml";
import { printDuration } from "../units/duration.ts";
import { printShare } from "../units/percentage.ts";
import { majorOf } from "../units/version.ts";
import type { DataProduct, Deprecation, Field, Governance, Input, Metadata, Output, Quality } from "./model.ts";
import { printColumnType } from "./read-column-type.ts";

export interface PrintOptions {
  /**
   * `"keep"` for a product that was read with variables kept: `${NAME}` stays a variable. Else a `${` in a value is
   * printed as text (`$${`), as it would be a variable otherwise.
   */
  readonly variables?: "keep" | undefined;
}

/** The canonical YAML of a product. Comments of the document it was read from are not kept. */
export function printManifest(product: DataProduct, options: PrintOptions = {}): string {
  const document = {
    apiVersion: "datamesh.io/v1",
    kind: "DataProduct",
    metadata: metadataOf(product.metadata),
    spec: {
      inputs: product.inputs.map(inputOf),
      transformation: transformationOf(product),
      outputs: product.outputs.map((output) => outputOf(output, product)),
      quality: qualityOf(product.quality),
      governance: governanceOf(product.governance),
      versioning: versioningOf(product),
      ...product.declared,
    },
  };
  const said = compact(document) as Record<string, unknown>;
  for (const [path, value] of Object.entries(product.extensions)) place(said, stepsOf(path), value);
  return stringify(options.variables === "keep" ? said : asText(said), { lineWidth: 0, aliasDuplicateObjects: false });
}

function metadataOf(metadata: Metadata): unknown {
  const { name, domain, team, version, id, status, type, displayName, description, owner, tags, labels } = metadata;
  const usualId = `urn:mesh:${domain}:${name}:v${majorOf(version)}`;
  const rest = { status: unless(status, "development"), type, displayName, description, owner, tags, labels };
  return { name, domain, team, version, id: unless(id, usualId), ...rest, ...metadata.declared };
}

function inputOf(input: Input): unknown {
  const { type, name, source, mode, key, watermark, purpose, declared } = input;
  const scheduled = input.type === "batch" || input.type === "rest";
  return {
    name,
    type,
    source,
    broker: input.type === "stream" ? input.broker : undefined,
    format: input.type === "batch" ? input.format : undefined,
    mode,
    key,
    watermark,
    schedule: scheduled ? input.schedule : undefined,
    timezone: scheduled ? unless(input.timezone, "UTC") : undefined,
    schema: input.schema.map((field) => ({
      name: field.name,
      from: field.from,
      type: printColumnType(field.type),
      required: unless(field.required, false),
      description: field.description,
    })),
    fields: input.type === "product" ? input.fields : undefined,
    purpose,
    ...declared,
  };
}

function transformationOf({ transformation }: DataProduct): unknown {
  const { type, code, engine, materialization, declared } = transformation;
  const said = { code, engine, materialization: unless(materialization, "table"), ...declared };
  return type === "none" && isEmpty(compact(said)) ? undefined : { type, ...said };
}

function outputOf(output: Output, product: DataProduct): unknown {
  const { type, name, version, description, deprecation, declared } = output;
  const base = { type, name, version: unless(version, product.metadata.version), description };
  const end = { deprecation: deprecation === undefined ? undefined : deprecationOf(deprecation, "date"), ...declared };
  switch (output.type) {
    case "table": {
      // When the columns stand in the key's order, `key: true` at each says it; else the positions have to.
      const columns = output.fields.filter((field) => field.key !== undefined).map((field) => field.name);
      const inOrder = columns.every((column, index) => column === output.key[index]);
      const schema = output.fields.map((field) => fieldOf(field, inOrder, output.key.length, product));
      return { ...base, storage: output.storage, schema, ...end };
    }
    case "api": {
      const { protocol, schemaRef, entity, rateLimit } = output;
      return {
        ...base,
        protocol: unless(protocol, "graphql"),
        schemaRef,
        entity,
        rateLimit: rateLimitOf(rateLimit),
        ...end,
      };
    }
    default:
      return { ...base, schemaRef: output.schemaRef, ...end };
  }
}

function rateLimitOf(rateLimit: Extract<Output, { type: "api" }>["rateLimit"]): unknown {
  if (rateLimit === undefined) return undefined;
  const { limit, windowSeconds, per, burst } = rateLimit;
  return { limit, window: printDuration(windowSeconds * 1000), per, burst };
}

function fieldOf(field: Field, keysInOrder: boolean, keyLength: number, product: DataProduct): unknown {
  const isKey = field.key !== undefined;
  const { mask, maskParameters, deprecated } = field;
  return {
    name: field.name,
    type: printColumnType(field.type),
    key: field.key === undefined ? undefined : keysInOrder || field.key + 1,
    required: isKey ? undefined : unless(field.required, false),
    unique: isKey && keyLength === 1 ? undefined : unless(field.unique, false),
    description: field.description,
    unit: field.unit,
    examples: field.examples,
    enum: field.enum,
    ...field.constraints,
    references: field.references?.text,
    pii: field.pii,
    classification: unless(field.classification, product.governance.classification),
    mask: mask === undefined ? undefined : { technique: mask, ...maskParameters },
    subject: unless(field.subject, false),
    semanticType: field.semanticType,
    since: field.since,
    deprecated: deprecated === undefined ? undefined : deprecatedOf(deprecated),
    graphql: field.graphql,
    ...field.declared,
  };
}

function deprecatedOf(deprecation: Deprecation): unknown {
  const long = deprecationOf(deprecation, "since");
  return isEmpty(compact(long)) ? true : long;
}

function deprecationOf({ since, sunset, replacedBy, reason, link }: Deprecation, dateKey: "date" | "since"): unknown {
  return { [dateKey]: since, sunset, replacedBy, reason, link };
}

function qualityOf({ checks, sla, onFailure, declared }: Quality): unknown {
  return {
    onFailure: unless(onFailure, "quarantine"),
    checks: checks.map(({ type, parameters }) => ({ [type]: parameters })),
    sla: sla.declared ?? {
      freshness: sla.freshness && { maxAge: printDuration(sla.freshness.maxAgeMs), on: sla.freshness.on },
      availability: shareOf(sla.availability),
      completeness: shareOf(sla.completeness),
      quality: shareOf(sla.quality),
    },
    ...declared,
  };
}

function shareOf(share: number | undefined): string | undefined {
  return share === undefined ? undefined : printShare(share);
}

function governanceOf({ pii, retention, ...governance }: Governance): unknown {
  const { compliance, classification, purposes, subjectKey, declared } = governance;
  return {
    classification: unless(classification, "internal"),
    subjectKey,
    purposes,
    pii: pii.map(({ field, category, mask, maskParameters }) => ({
      field,
      category,
      mask: mask === undefined ? undefined : { technique: mask, ...maskParameters },
    })),
    retention: retention && {
      period: printDuration(retention.periodMs),
      field: retention.field,
      action: retention.action,
      legalHold: retention.legalHold,
    },
    compliance,
    ...declared,
  };
}

function versioningOf({ versioning }: DataProduct): unknown {
  const notice = printDuration(versioning.noticeMs);
  return {
    compatibility: unless(versioning.compatibility, "BACKWARD_TRANSITIVE"),
    notice: unless(notice, "90d"),
    maxActiveMajors: unless(versioning.maxActiveMajors, 2),
    ...versioning.declared,
  };
}

function unless<T>(value: T, usual: T): T | undefined {
  return value === usual ? undefined : value;
}

/** Free content, in which an empty list or map may be a value that somebody meant. */
const FREE_KEYS: readonly string[] = [
  "examples",
  "values",
  "parameters",
  "body",
  "mustBe",
  "mustNotBe",
  "masking",
  "rowFilters",
  "access",
  "policies",
  "sagas",
  "verifiedStatements",
];

/** The value without undefined, empty maps and empty lists; undefined itself when nothing is left. */
function compact(value: unknown, key = ""): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (FREE_KEYS.includes(key)) return isEmpty(value) && key === "examples" ? undefined : value;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item: unknown) => compact(item) ?? {});
  const entries = Object.entries(value)
    .map(([name, inner]) => [name, compact(inner, name)] as const)
    .filter(([, inner]) => inner !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

function asText(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("${", () => "$${");
  if (Array.isArray(value)) return value.map(asText);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asText(inner)]));
}

/** The steps of a printed path: `a.b[0]["c d"]` → a, b, 0, c d. */
function stepsOf(path: string): readonly (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(([, index, quoted, name]) =>
    index !== undefined ? Number(index) : quoted !== undefined ? String(JSON.parse(quoted)) : (name ?? ""),
  );
}

function place(
  target: Record<string | number, unknown>,
  [step = "", ...rest]: readonly (string | number)[],
  value: unknown,
): void {
  if (rest.length === 0) {
    target[step] = value;
    return;
  }
  const inner = target[step];
  const next = (typeof inner === "object" && inner !== null ? inner : {}) as Record<string | number, unknown>;
  target[step] = next;
  place(next, rest, value);
}
