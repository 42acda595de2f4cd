/**
 * DataProduct → YAML in canonical form: long forms, one spelling for each value, keys in one order, nothing that is a
 * default. Reading what was printed gives an equal product, and printing that again the same text.
 */
import { stringify } from "yaml";
import { printDuration } from "../units/duration.ts";
import { printShare } from "../units/percentage.ts";
import { majorOf } from "../units/version.ts";
import type {
  DataProduct,
  Deprecation,
  Field,
  Governance,
  Input,
  Metadata,
  Output,
  OutputCache,
  Quality,
} from "./model.ts";
import { type Block, placeAt, said, unless, unlessEmpty, withoutVariables } from "./printed-block.ts";
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
  const document: Block = {
    apiVersion: "datamesh.io/v1",
    kind: "DataProduct",
    metadata: metadataOf(product.metadata),
    spec: said({
      inputs: unlessEmpty(product.inputs.map(inputOf)),
      transformation: transformationOf(product),
      outputs: product.outputs.map((output) => outputOf(output, product)),
      quality: qualityOf(product.quality),
      governance: governanceOf(product.governance),
      versioning: versioningOf(product),
      ...product.declared,
    }),
  };
  // A copy, so that putting `x-` keys into it leaves the product as it is.
  const copy = (value: unknown): unknown =>
    options.variables === "keep" ? structuredClone(value) : withoutVariables(value);
  const printed = copy(document) as Block; // a copied map is a map
  for (const [path, value] of Object.entries(product.extensions)) placeAt(printed, path, copy(value));
  return stringify(printed, { lineWidth: 0, aliasDuplicateObjects: false });
}

function metadataOf(metadata: Metadata): Block {
  const { name, domain, team, version, id, status, type, displayName, description, owner, tags, labels } = metadata;
  const usualId = `urn:mesh:${domain}:${name}:v${majorOf(version)}`;
  const rest = { status: unless(status, "development"), type, displayName, owner };
  const lists = { description: unlessEmpty(description), tags: unlessEmpty(tags), labels: unlessEmpty(labels) };
  return said({ name, domain, team, version, id: unless(id, usualId), ...rest, ...lists, ...metadata.declared });
}

function inputOf(input: Input): Block {
  const { type, name, source, mode, key, watermark, purpose, declared } = input;
  const scheduled = input.type === "batch" || input.type === "rest";
  const schema = input.schema.map((field) =>
    said({
      name: field.name,
      from: field.from,
      type: printColumnType(field.type),
      required: unless(field.required, false),
      description: field.description,
    }),
  );
  return said({
    name,
    type,
    source,
    broker: input.type === "stream" ? input.broker : undefined,
    format: input.type === "batch" ? input.format : undefined,
    mode,
    key: unlessEmpty(key),
    watermark,
    schedule: scheduled ? input.schedule : undefined,
    timezone: scheduled ? unless(input.timezone, "UTC") : undefined,
    schema: unlessEmpty(schema),
    fields: input.type === "product" ? unlessEmpty(input.fields) : undefined,
    purpose,
    ...declared,
  });
}

function transformationOf({ transformation }: DataProduct): Block | undefined {
  const { type, code, engine, materialization, declared } = transformation;
  const rest = said({ code, engine, materialization: unless(materialization, "table"), ...declared });
  return type === "none" && unlessEmpty(rest) === undefined ? undefined : { type, ...rest };
}

function outputOf(output: Output, product: DataProduct): Block {
  const { type, name, version, description, deprecation, declared } = output;
  const base = { type, name, version: unless(version, product.metadata.version), description };
  const end = { deprecation: deprecation === undefined ? undefined : deprecationOf(deprecation, "date"), ...declared };
  switch (output.type) {
    case "table": {
      // When the columns stand in the key's order, `key: true` at each says it; else the positions have to.
      const columns = output.fields.filter((field) => field.key !== undefined).map((field) => field.name);
      const inOrder = columns.every((column, index) => column === output.key[index]);
      const schema = output.fields.map((field) => fieldOf(field, inOrder, output.key.length, product));
      return said({ ...base, storage: output.storage, schema, cache: output.cache && cacheOf(output.cache), ...end });
    }
    case "api": {
      const { protocol, schemaRef, entity, rateLimit } = output;
      const offered = { protocol: unless(protocol, "graphql"), schemaRef, entity, rateLimit: rateLimitOf(rateLimit) };
      return said({ ...base, ...offered, ...end });
    }
    case "stream":
    case "sql":
    case "file":
      return said({ ...base, schemaRef: output.schemaRef, ...end });
  }
}

function cacheOf(cache: OutputCache): Block {
  const duration = (seconds: number | undefined): string | undefined =>
    seconds === undefined ? undefined : printDuration(seconds * 1000);
  return said({
    maxAge: duration(cache.maxAgeSeconds),
    scope: unless(cache.scope, "public"),
    staleWhileRevalidate: duration(cache.staleWhileRevalidateSeconds),
    staleIfError: duration(cache.staleIfErrorSeconds),
  });
}

function rateLimitOf(rateLimit: Extract<Output, { type: "api" }>["rateLimit"]): Block | undefined {
  if (rateLimit === undefined) return undefined;
  const { limit, windowSeconds, per, burst } = rateLimit;
  return said({ limit, window: printDuration(windowSeconds * 1000), per, burst });
}

function fieldOf(field: Field, keysInOrder: boolean, keyLength: number, product: DataProduct): Block {
  const isKey = field.key !== undefined;
  const { deprecated } = field;
  return said({
    name: field.name,
    type: printColumnType(field.type),
    key: field.key === undefined ? undefined : keysInOrder || field.key + 1,
    required: isKey ? undefined : unless(field.required, false),
    unique: isKey && keyLength === 1 ? undefined : unless(field.unique, false),
    description: field.description,
    unit: field.unit,
    examples: unlessEmpty(field.examples),
    enum: field.enum,
    ...field.constraints,
    references: field.references?.text,
    pii: field.pii,
    encrypt: field.encrypt,
    classification: unless(field.classification, product.governance.classification),
    mask: maskOf(field),
    subject: unless(field.subject, false),
    semanticType: field.semanticType,
    since: field.since,
    deprecated: deprecated === undefined ? undefined : deprecatedOf(deprecated),
    graphql: unlessEmpty(field.graphql),
    ...field.declared,
  });
}

/** A mask is always a map in the long form. */
function maskOf({ mask, maskParameters }: Pick<Field, "mask" | "maskParameters">): Block | undefined {
  return mask === undefined ? undefined : { technique: mask, ...maskParameters };
}

function deprecatedOf(deprecation: Deprecation): Block | true {
  return unlessEmpty(deprecationOf(deprecation, "since")) ?? true;
}

function deprecationOf({ since, sunset, replacedBy, reason, link }: Deprecation, dateKey: "date" | "since"): Block {
  return said({ [dateKey]: since, sunset, replacedBy, reason, link });
}

function qualityOf({ checks, sla, onFailure, declared }: Quality): Block | undefined {
  const freshness = sla.freshness && said({ maxAge: printDuration(sla.freshness.maxAgeMs), on: sla.freshness.on });
  const objectives = said({
    freshness,
    availability: shareOf(sla.availability),
    completeness: shareOf(sla.completeness),
    quality: shareOf(sla.quality),
  });
  const quality = said({
    onFailure: unless(onFailure, "quarantine"),
    checks: unlessEmpty(checks.map(({ type, parameters }) => ({ [type]: parameters }))),
    sla: sla.declared ?? unlessEmpty(objectives),
    ...declared,
  });
  return unlessEmpty(quality);
}

function shareOf(share: number | undefined): string | undefined {
  return share === undefined ? undefined : printShare(share);
}

function governanceOf({ pii, retention, ...governance }: Governance): Block | undefined {
  const { notPersonal, compliance, classification, purposes, subjectKey, declared } = governance;
  const block = said({
    classification: unless(classification, "internal"),
    subjectKey,
    purposes: unlessEmpty(purposes),
    pii: unlessEmpty(pii.map(({ field, category, ...mask }) => said({ field, category, mask: maskOf(mask) }))),
    notPersonal,
    retention: retention && retentionOf(retention),
    compliance: unlessEmpty(compliance),
    ...declared,
  });
  return unlessEmpty(block);
}

function retentionOf({ periodMs, field, action, legalHold }: NonNullable<Governance["retention"]>): Block {
  return said({ period: printDuration(periodMs), field, action, legalHold });
}

function versioningOf({ versioning }: DataProduct): Block | undefined {
  const block = said({
    compatibility: unless(versioning.compatibility, "BACKWARD_TRANSITIVE"),
    notice: unless(printDuration(versioning.noticeMs), "90d"),
    maxActiveMajors: unless(versioning.maxActiveMajors, 2),
    ...versioning.declared,
  });
  return unlessEmpty(block);
}
