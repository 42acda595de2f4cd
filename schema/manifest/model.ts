/**
 * The DataProduct document in its canonical long form: what every part of the mesh works with.
 *
 * Every short form of the YAML (a percentage, a duration in words, `pii: true`, a check as `nullCheck: [a]`) has exactly
 * one long form here, defaults are filled in, and names are resolved. `readManifest` makes it from text.
 *
 * `declared` holds the keys of a block that the format names and no part of the mesh reads yet: checked, in canonical
 * spelling, and kept so that nothing of a manifest is lost when it is printed or exported.
 */
import type { ColumnType } from "./column-type.ts";

export type Declared = Readonly<Record<string, unknown>>;

export interface DataProduct {
  /** The file it was read from; findings and errors name it. */
  readonly file: string;
  /** The folder of `file`: `file://` URIs, SQL and extension files are relative to it. */
  readonly folder: string;
  readonly metadata: Metadata;
  readonly inputs: readonly Input[];
  readonly transformation: Transformation;
  readonly outputs: readonly Output[];
  readonly quality: Quality;
  readonly governance: Governance;
  readonly versioning: Versioning;
  /** Values of `x-` keys as written, by their dotted path: `metadata.x-cost-centre`. */
  readonly extensions: Readonly<Record<string, unknown>>;
  /** Of `spec`: sagas, support, price, links, context, management. */
  readonly declared?: Declared;
}

export interface Metadata {
  /** Kebab-case, unique in the mesh: the subgraph's name too. */
  readonly name: string;
  readonly domain: string;
  readonly team: string;
  /** Semver with three parts. */
  readonly version: string;
  /** `urn:mesh:{domain}:{name}:v{major}`. */
  readonly id: string;
  readonly status: ProductStatus;
  readonly type: "sourceAligned" | "aggregate" | "consumerAligned" | undefined;
  readonly displayName: string | undefined;
  readonly description: { readonly purpose?: string; readonly usage?: string; readonly limitations?: string };
  readonly owner: string | undefined;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly declared?: Declared;
}

export type ProductStatus =
  | "discovery"
  | "design"
  | "development"
  | "testing"
  | "deployment"
  | "operations"
  | "evolution"
  | "deprecation"
  | "retired";

export type Input = BatchInput | ProductInput | StreamInput | RestInput;

interface InputBase {
  /** Unique in the product; the name of the staged table that the transformation reads. A SQL identifier. */
  readonly name: string;
  readonly source: string;
  readonly mode: "append" | "upsert" | "snapshot" | "cdc";
  /** Columns that identify a row, for `upsert`. */
  readonly key: readonly string[];
  /** The column that only grows, for incremental reading. */
  readonly watermark: string | undefined;
  /** What the staged columns are, where the input says so; other columns take an output column's type by name, else string. */
  readonly schema: readonly InputField[];
  readonly purpose: string | undefined;
  readonly declared?: Declared;
}

export interface InputField {
  /** The staged column. */
  readonly name: string;
  /** The column in the source; the same name (snake_case folded) when absent. */
  readonly from: string | undefined;
  readonly type: ColumnType;
  readonly required: boolean;
  readonly description?: string;
}

/** Files or a URL, read as a whole whenever they changed. */
export interface BatchInput extends InputBase {
  readonly type: "batch";
  readonly format: "csv" | "ndjson" | "json" | "parquet" | "avro" | "arrow" | undefined;
  readonly schedule: string | undefined;
  readonly timezone: string;
}

/** Another product's output, read past the watermark. */
export interface ProductInput extends InputBase {
  readonly type: "product";
  readonly product: {
    readonly domain: string;
    readonly name: string;
    readonly range: string;
    readonly output: string | undefined;
  };
  /** The upstream columns this product declares to use. */
  readonly fields: readonly string[];
}

/** Events of a broker. Read and checked; the platform refuses to run it until it has the broker. */
export interface StreamInput extends InputBase {
  readonly type: "stream";
  readonly broker: string | undefined;
}

/** Rows of an HTTP API. Read and checked; the platform refuses to run it until it can. */
export interface RestInput extends InputBase {
  readonly type: "rest";
  readonly schedule: string | undefined;
  readonly timezone: string;
}

export interface Transformation {
  readonly type: "none" | "sql" | "typescript" | "javascript" | "dbt" | "spark" | "flink" | "external";
  /** Inline code, or a `file://` URI relative to the product's folder. */
  readonly code: string | undefined;
  readonly engine: "duckdb" | "postgres" | "node" | undefined;
  readonly materialization: "table" | "view" | "incremental" | "stream";
  readonly declared?: Declared;
}

export type Output = TableOutput | ApiOutput | OtherOutput;

interface OutputBase {
  /** Unique in the product, as written (`customer_profiles`, `customer-api`). */
  readonly name: string;
  readonly version: string;
  readonly description: string | undefined;
  readonly deprecation: Deprecation | undefined;
  readonly declared?: Declared;
}

/** Rows that the product keeps: one physical table per published version. */
export interface TableOutput extends OutputBase {
  readonly type: "table";
  readonly storage: "duckdb" | "postgres" | "sqlite" | "parquet" | undefined;
  readonly fields: readonly Field[];
  /** Key columns in key order; empty when the rows have no identity. */
  readonly key: readonly string[];
  readonly cache?: OutputCache;
}

/** How long answers from a table may be kept, in whole seconds. The freshness objective goes before it. */
export interface OutputCache {
  readonly maxAgeSeconds: number;
  /** `private`: for each caller alone. */
  readonly scope: "public" | "private";
  /** After `maxAgeSeconds`, while it is read anew. */
  readonly staleWhileRevalidateSeconds?: number;
  /** After `maxAgeSeconds`, when reading it anew fails. */
  readonly staleIfErrorSeconds?: number;
}

/** How a table is offered as GraphQL. A table without one is offered under defaults. */
export interface ApiOutput extends OutputBase {
  readonly type: "api";
  readonly protocol: "graphql" | "rest";
  /** The table it offers; undefined when the manifest does not say and there is more than one. */
  readonly schemaRef: string | undefined;
  /** GraphQL type name; keys as written (columns). */
  readonly entity: { readonly type: string; readonly keys: readonly string[] } | undefined;
  /** Calls per window and consumer. */
  readonly rateLimit:
    | {
        readonly limit: number;
        readonly windowSeconds: number;
        readonly per: "consumer" | "global";
        readonly burst?: number;
      }
    | undefined;
}

/** Ports of kinds that are declared but served by later parts of the platform. */
export interface OtherOutput extends OutputBase {
  readonly type: "stream" | "sql" | "file";
  readonly schemaRef: string | undefined;
}

export interface Field {
  /** The column, a SQL identifier in snake_case as written. */
  readonly name: string;
  readonly type: ColumnType;
  /** Position in the key (0-based), or undefined. */
  readonly key: number | undefined;
  readonly required: boolean;
  readonly unique: boolean;
  readonly description: string | undefined;
  readonly examples: readonly unknown[];
  readonly unit: string | undefined;
  readonly enum: readonly string[] | undefined;
  readonly constraints: {
    readonly pattern?: string;
    readonly format?: string;
    readonly min?: number;
    readonly max?: number;
    readonly minLength?: number;
    readonly maxLength?: number;
  };
  readonly references: Reference | undefined;
  /** Category id of the personal data in it (`email`, `name`, …); `personal` when only `true` was said. */
  readonly pii: string | undefined;
  readonly classification: Classification;
  /** The technique's name; its parameters, if it has any, are in `maskParameters`. */
  readonly mask: string | undefined;
  readonly maskParameters?: Readonly<Record<string, unknown>>;
  /** Sealed in storage; it is then no operand, key or reference. */
  readonly encrypt?: true;
  /** This column identifies the data subject. */
  readonly subject: boolean;
  readonly semanticType: "column" | "measure" | "dimension" | undefined;
  readonly deprecated: Deprecation | undefined;
  /** The version of the product that introduced it. */
  readonly since: string | undefined;
  readonly graphql: {
    readonly name?: string;
    readonly shareable?: boolean;
    readonly inaccessible?: boolean;
    readonly tags?: readonly string[];
    readonly type?: string;
    readonly external?: boolean;
    readonly provides?: string;
    readonly requires?: string;
  };
  readonly declared?: Declared;
}

export type Classification = "public" | "internal" | "confidential" | "restricted";

/** `domain.product/output.field`, or `output.field` inside the product. */
export interface Reference {
  readonly domain: string | undefined;
  readonly product: string | undefined;
  readonly output: string;
  readonly field: string;
  /** As written. */
  readonly text: string;
}

/** RFC 3339 dates (`2026-12-31` or with a time). */
export interface Deprecation {
  readonly since: string | undefined;
  readonly sunset: string | undefined;
  readonly replacedBy: string | undefined;
  readonly reason: string | undefined;
  readonly link: string | undefined;
}

export interface Quality {
  /** Checks in long form (`nullCheck` with `columns: [...]`); evaluated by the quality part of the platform. */
  readonly checks: readonly { readonly type: string; readonly parameters: Readonly<Record<string, unknown>> }[];
  readonly sla: {
    readonly freshness?: { readonly maxAgeMs: number; readonly on: string | undefined };
    /** Shares from 0 to 1. */
    readonly availability?: number;
    readonly completeness?: number;
    readonly quality?: number;
    /** The whole map in canonical spelling, with the objectives that the three above leave out. */
    readonly declared?: Declared;
  };
  readonly onFailure: "warn" | "drop" | "quarantine" | "fail";
  readonly declared?: Declared;
}

export interface Governance {
  /** Columns declared here rather than at the field, as written; the fields already carry what could be resolved. */
  readonly pii: readonly {
    readonly field: string;
    readonly category: string | undefined;
    readonly mask: string | undefined;
    readonly maskParameters?: Readonly<Record<string, unknown>>;
  }[];
  readonly retention:
    | {
        readonly periodMs: number;
        readonly field: string | undefined;
        readonly action: "delete" | "anonymise" | "archive";
        readonly legalHold?: boolean;
      }
    | undefined;
  /** Columns that look like personal data and are none, as written; empty when it is left out. */
  readonly notPersonal?: readonly { readonly field: string; readonly reason: string }[];
  readonly compliance: readonly string[];
  readonly classification: Classification;
  readonly purposes: readonly string[];
  readonly subjectKey: string | undefined;
  readonly declared?: Declared;
}

export interface Versioning {
  readonly compatibility: string;
  readonly noticeMs: number;
  readonly maxActiveMajors: number;
  readonly declared?: Declared;
}
