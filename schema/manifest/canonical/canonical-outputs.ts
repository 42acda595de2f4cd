import { didYouMean } from "../../names/suggest.ts";
import { parseDurationMs } from "../../units/duration.ts";
import type { ManifestDocument } from "../document/manifest-document.ts";
import type { ApiOutput, Classification, Field, Output, OutputCache, TableOutput } from "../model.ts";
import { canonicalDeprecation } from "./canonical-deprecation.ts";
import { canonicalFields } from "./canonical-fields.ts";
import { writtenVersion } from "./canonical-metadata.ts";
import { declaredKeys, withoutUndefined } from "./declared.ts";
import { type Reading, report } from "./reading.ts";

type OutputDocument = ManifestDocument["spec"]["outputs"][number];

const MINUTE_SECONDS = 60;
const BASE_KEYS = ["type", "name", "version", "description", "deprecation"];

/** What outputs take from the rest of the manifest. */
export interface OutputContext {
  readonly productVersion: string;
  readonly defaultClassification: Classification;
}

/**
 * Outputs with names resolved: an API without `schemaRef` refers to the only table.
 * Findings: `duplicate-output`, `schema-needed`, `schema-twice`, `unknown-output`, `schema-ref-cycle`, `unknown-column`,
 * and those of the columns.
 */
export function canonicalOutputs(
  documents: readonly OutputDocument[],
  context: OutputContext,
  reading: Reading,
): readonly Output[] {
  const names = new Set<string>();
  documents.forEach((document, index) => {
    if (names.has(document.name)) {
      const message = `The product has two outputs \`${document.name}\`; rename one.`;
      report(reading, "error", "duplicate-output", ["spec", "outputs", index, "name"], message);
    }
    names.add(document.name);
    checkSchemaSource(document, index, documents, reading);
  });
  const sources: OutputSources = {
    documents,
    fieldsOf: (index) => fieldsOfOutput(index, documents, context, reading),
    onlyTable: singleTable(documents),
  };
  const outputs = documents.map((document, index) => canonicalOutput(document, index, sources, context, reading));
  checkEntities(outputs, reading);
  return outputs;
}

/** Where an output's columns come from. */
interface OutputSources {
  readonly documents: readonly OutputDocument[];
  readonly fieldsOf: (index: number) => readonly Field[];
  /** Name of the table, when there is only one. */
  readonly onlyTable: string | undefined;
}

function canonicalOutput(
  document: OutputDocument,
  index: number,
  { documents, fieldsOf, onlyTable }: OutputSources,
  context: OutputContext,
  reading: Reading,
): Output {
  const path = ["spec", "outputs", index];
  const base = {
    name: document.name,
    version: writtenVersion(document.version, [...path, "version"], reading) ?? context.productVersion,
    description: document.description,
    deprecation: document.deprecation === undefined ? undefined : canonicalDeprecation(document.deprecation),
  } as const;
  switch (document.type) {
    case "table": {
      const fields = fieldsOf(index);
      const cache = document.cache === undefined ? {} : { cache: cacheOf(document.cache) };
      const declared = declaredKeys(document, [...BASE_KEYS, "schema", "schemaRef", "storage", "keys", "cache"]);
      return { type: "table", ...base, storage: document.storage, fields, key: keyOf(fields), ...cache, ...declared };
    }
    case "api": {
      const schemaRef = document.schemaRef ?? (document.schema === undefined ? onlyTable : undefined);
      return {
        type: "api",
        ...base,
        protocol: document.protocol ?? "graphql",
        schemaRef,
        entity:
          document.entity === undefined
            ? undefined
            : {
                type: document.entity.type,
                keys: document.entity.keys ?? keysOfTable(schemaRef, documents, fieldsOf),
              },
        rateLimit: rateLimitOf(document.rateLimit),
        ...declaredKeys(document, [...BASE_KEYS, "protocol", "schemaRef", "entity", "rateLimit"]),
      };
    }
    case "stream":
    case "sql":
    case "file": {
      const schemaRef = document.schemaRef ?? (document.schema === undefined ? onlyTable : undefined);
      return { type: document.type, ...base, schemaRef, ...declaredKeys(document, [...BASE_KEYS, "schemaRef"]) };
    }
  }
}

function singleTable(documents: readonly OutputDocument[]): string | undefined {
  const tables = documents.filter((document) => document.type === "table");
  return tables.length === 1 ? tables[0]?.name : undefined;
}

function checkSchemaSource(
  document: OutputDocument,
  index: number,
  documents: readonly OutputDocument[],
  reading: Reading,
): void {
  const path = ["spec", "outputs", index];
  if (document.schema !== undefined && document.schemaRef !== undefined) {
    report(
      reading,
      "error",
      "schema-twice",
      [...path, "schemaRef"],
      "Either `schema` or `schemaRef` says what the columns are; keep one.",
    );
  }
  if (document.schemaRef !== undefined) {
    const target = documents.find((candidate) => candidate.name === document.schemaRef);
    if (target === undefined) {
      const hint = didYouMean(
        document.schemaRef,
        documents.map((candidate) => candidate.name),
      );
      report(
        reading,
        "error",
        "unknown-output",
        [...path, "schemaRef"],
        `The product has no output \`${document.schemaRef}\`.${hint}`,
      );
    } else if (target.schema === undefined) {
      const message = `The output \`${document.schemaRef}\` has no \`schema\` of its own to refer to.`;
      report(reading, "error", "schema-needed", [...path, "schemaRef"], message);
    }
    return;
  }
  if (document.schema !== undefined) return;
  if (document.type === "table") {
    report(
      reading,
      "error",
      "schema-needed",
      path,
      `The table \`${document.name}\` has no \`schema\`; list its columns.`,
    );
  } else if (singleTable(documents) === undefined) {
    const message = `Say with \`schemaRef\` which table the output \`${document.name}\` offers.`;
    report(reading, "error", "schema-needed", path, message);
  }
}

/** Own columns, or those of the output that `schemaRef` names. */
function fieldsOfOutput(
  index: number,
  documents: readonly OutputDocument[],
  context: OutputContext,
  reading: Reading,
): readonly Field[] {
  const document = documents[index];
  const home =
    document?.schema === undefined
      ? documents.findIndex((candidate) => candidate.name === document?.schemaRef && candidate.schema !== undefined)
      : index;
  const schema = documents[home]?.schema;
  if (document === undefined || schema === undefined) return [];
  const keys = document.type === "table" ? document.keys : undefined;
  // Findings about columns that another output lists belong to that one and are reported there.
  const ownReading = home === index ? reading : { ...reading, findings: [] };
  const path = ["spec", "outputs", home];
  return canonicalFields(schema, { path, defaultClassification: context.defaultClassification, keys }, ownReading);
}

function keyOf(fields: readonly Field[]): readonly string[] {
  return fields
    .filter((field) => field.key !== undefined)
    .toSorted((left, right) => (left.key ?? 0) - (right.key ?? 0))
    .map((field) => field.name);
}

function keysOfTable(
  table: string | undefined,
  documents: readonly OutputDocument[],
  fieldsOf: (index: number) => readonly Field[],
): readonly string[] {
  return keyOf(fieldsOf(documents.findIndex((document) => document.name === table)));
}

function rateLimitOf(written: Extract<OutputDocument, { type: "api" }>["rateLimit"]): ApiOutput["rateLimit"] {
  if (written === undefined) return undefined;
  const windowMs = written.window === undefined ? undefined : parseDurationMs(written.window);
  return {
    limit: written.limit,
    windowSeconds: windowMs === undefined ? MINUTE_SECONDS : windowMs / 1000,
    per: written.per ?? "consumer",
    ...(written.burst === undefined ? {} : { burst: written.burst }),
  };
}

function cacheOf(written: NonNullable<Extract<OutputDocument, { type: "table" }>["cache"]>): OutputCache {
  const seconds = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : (parseDurationMs(text) ?? 0) / 1000;
  return withoutUndefined({
    maxAgeSeconds: seconds(written.maxAge) ?? 0,
    scope: written.scope ?? "public",
    staleWhileRevalidateSeconds: seconds(written.staleWhileRevalidate),
    staleIfErrorSeconds: seconds(written.staleIfError),
  });
}

function checkEntities(outputs: readonly Output[], reading: Reading): void {
  outputs.forEach((output, index) => {
    if (output.type !== "api" || output.entity === undefined) return;
    const table = outputs.find(
      (candidate): candidate is TableOutput => candidate.type === "table" && candidate.name === output.schemaRef,
    );
    if (table === undefined) return;
    const columns = table.fields.map((field) => field.name);
    const path = ["spec", "outputs", index, "entity", "keys"];
    output.entity.keys.forEach((key, position) => {
      if (columns.includes(key)) return;
      const message = `The table \`${table.name}\` has no column \`${key}\`.${didYouMean(key, columns)}`;
      report(reading, "error", "unknown-column", [...path, position], message);
    });
    const same =
      output.entity.keys.length === table.key.length && output.entity.keys.every((key) => table.key.includes(key));
    if (!same && output.entity.keys.every((key) => columns.includes(key))) {
      const message = `The entity's keys differ from the key of the table \`${table.name}\`; say \`key: true\` at the same columns.`;
      report(reading, "error", "key-mismatch", path, message);
    }
  });
}
