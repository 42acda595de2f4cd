import { REFERENCE } from "../document/fields.ts";
import type { ManifestDocument } from "../document/manifest-document.ts";
import type { Classification, Deprecation, Field, Reference } from "../model.ts";
import { readColumnType } from "../read-column-type.ts";
import { canonicalDeprecation } from "./canonical-deprecation.ts";
import { writtenVersion } from "./canonical-metadata.ts";
import { declaredKeys, withoutUndefined } from "./declared.ts";
import { type Reading, report } from "./reading.ts";

type FieldDocument = NonNullable<ManifestDocument["spec"]["outputs"][number]["schema"]>[number];

const NOTHING_KNOWN: Deprecation = {
  since: undefined,
  sunset: undefined,
  replacedBy: undefined,
  reason: undefined,
  link: undefined,
};

const READ_KEYS = [
  "name",
  "type",
  "key",
  "required",
  "unique",
  "description",
  "examples",
  "unit",
  "enum",
  "pattern",
  "format",
  "min",
  "max",
  "minLength",
  "maxLength",
  "references",
  "pii",
  "classification",
  "mask",
  "encrypt",
  "subject",
  "semanticType",
  "deprecated",
  "since",
  "graphql",
];

/** How the fields of one output are read. */
export interface FieldContext {
  /** Path of the output in the document. */
  readonly path: readonly (string | number)[];
  readonly defaultClassification: Classification;
  /** `keys` of the output, which give the key's order. */
  readonly keys: readonly string[] | undefined;
}

/**
 * The columns of one output; key columns are required, a single key column is unique.
 * Findings: `duplicate-column`, `unknown-column` (in `keys`), `key-position`, `key-type`.
 */
export function canonicalFields(
  documents: readonly FieldDocument[],
  context: FieldContext,
  reading: Reading,
): readonly Field[] {
  const positions = keyPositions(documents, context, reading);
  const names = new Set<string>();
  return documents.map((document, index) => {
    const path = [...context.path, "schema", index];
    // Neither SQL nor a reader tells `Id` and `id` apart.
    const folded = document.name.toLowerCase();
    if (names.has(folded)) {
      report(
        reading,
        "error",
        "duplicate-column",
        [...path, "name"],
        `The output has two columns \`${document.name}\`; rename one.`,
      );
    }
    names.add(folded);
    const field = canonicalField(document, positions, path, context, reading);
    if (field.key !== undefined && ["array", "map", "struct", "json"].includes(field.type.kind)) {
      const message = `A column of type \`${field.type.kind}\` cannot be a key; use a scalar type.`;
      report(reading, "error", "key-type", [...path, "type"], message);
    }
    return field;
  });
}

function canonicalField(
  document: FieldDocument,
  positions: ReadonlyMap<string, number>,
  path: readonly (string | number)[],
  context: FieldContext,
  reading: Reading,
): Field {
  const key = positions.get(document.name);
  const { pattern, format, min, max, minLength, maxLength } = document;
  return {
    name: document.name,
    type: readColumnType(document.type),
    key,
    required: key !== undefined || (document.required ?? false),
    unique: (key !== undefined && positions.size === 1) || (document.unique ?? false),
    description: document.description,
    examples: document.examples ?? [],
    unit: document.unit,
    enum: document.enum,
    constraints: withoutUndefined({ pattern, format, min, max, minLength, maxLength }),
    references: document.references === undefined ? undefined : readReference(document.references),
    pii: document.pii === true ? "personal" : document.pii === false ? undefined : document.pii,
    classification: document.classification ?? context.defaultClassification,
    ...maskOf(document.mask),
    ...(document.encrypt === true ? { encrypt: true } : {}),
    subject: document.subject ?? false,
    semanticType: document.semanticType,
    deprecated: fieldDeprecation(document.deprecated),
    since: writtenVersion(document.since, [...path, "since"], reading),
    graphql: withoutUndefined(document.graphql ?? {}),
    ...declaredKeys(document, READ_KEYS),
  };
}

/** The technique, and its parameters if it has any. */
export function maskOf(written: FieldDocument["mask"]): Pick<Field, "mask" | "maskParameters"> {
  if (written === undefined) return { mask: undefined };
  const { technique, ...maskParameters } = written;
  return Object.keys(maskParameters).length === 0 ? { mask: technique } : { mask: technique, maskParameters };
}

function fieldDeprecation(written: FieldDocument["deprecated"]): Deprecation | undefined {
  if (written === undefined || written === false) return undefined;
  return written === true ? NOTHING_KNOWN : canonicalDeprecation(written);
}

/** The parts of a reference in the form that the document's schema has checked. */
function readReference(text: string): Reference {
  const [, domain, product, output = "", field = ""] = REFERENCE.exec(text) ?? [];
  return { domain, product, output, field, text };
}

/** Column → position in the key: from the output's `keys`, else the order of the columns that say `key`. */
function keyPositions(
  documents: readonly FieldDocument[],
  context: FieldContext,
  reading: Reading,
): ReadonlyMap<string, number> {
  if (context.keys !== undefined) {
    context.keys.forEach((key, index) => {
      if (documents.some((document) => document.name === key)) return;
      const message = `\`${key}\` is no column of this output.`;
      report(reading, "error", "unknown-column", [...context.path, "keys", index], message);
    });
    return new Map(context.keys.map((key, index) => [key, index]));
  }
  const keyed = documents.flatMap((document, index) =>
    document.key === undefined || document.key === false ? [] : [{ document, index }],
  );
  const numbered = keyed.filter(({ document }) => typeof document.key === "number");
  const positions = new Set(numbered.map(({ document }) => document.key));
  for (const { index } of numbered.length > 0 && (numbered.length < keyed.length || positions.size < keyed.length)
    ? keyed.slice(0, 1)
    : []) {
    const message = "Give every key column a position of its own, or say `key: true` at all of them.";
    report(reading, "error", "key-position", [...context.path, "schema", index, "key"], message);
  }
  const ordered = keyed.toSorted((left, right) => Number(left.document.key) - Number(right.document.key));
  return new Map(ordered.map(({ document }, position) => [document.name, position]));
}
