/** The upstream's side in this process: one output of a product's storage, read from one snapshot. */
import type { ColumnType, LinkedProduct, LinkedTable } from "#schema";
import { didYouMean } from "#schema";
import { platformError } from "../errors.ts";
import { quoteName } from "../storage/layout.ts";
import type { Row, Snapshot, Storage } from "../storage/port.ts";
import type { UpstreamReader, UpstreamRequest, UpstreamRows, UpstreamVersion } from "./upstream.ts";

/** Reads straight from the storage; the snapshot is held until the batches are read or given up. */
export function createStorageReader(product: LinkedProduct, storage: Storage): UpstreamReader {
  const name = product.manifest.metadata.name;
  return {
    async version(): Promise<UpstreamVersion> {
      const published = storage.published();
      if (published === undefined) {
        throw platformError("PRODUCT_NOT_PUBLISHED", `Product "${name}" has published no version yet.`);
      }
      return { version: published.version, publishedAt: published.publishedAt };
    },
    async read(request): Promise<UpstreamRows> {
      const columns = requestedColumns(name, product.tables, request);
      const snapshot = await storage.snapshot();
      return {
        version: { version: snapshot.version, publishedAt: snapshot.publishedAt },
        columns,
        batches: batchesOf(snapshot, request, columns, product.tables),
      };
    },
  };
}

async function* batchesOf(
  snapshot: Snapshot,
  request: UpstreamRequest,
  columns: ReadonlyMap<string, ColumnType>,
  tables: readonly LinkedTable[],
): AsyncIterable<readonly Row[]> {
  try {
    const list = [...columns.keys()].map(quoteName).join(", ");
    const { after } = request;
    const type = after && typeOf(tables, request.output, after.column);
    const where =
      after === undefined || type === undefined
        ? ""
        : ` where ${quoteName(after.column)} > cast($1 as ${comparableType(type)})`;
    yield* snapshot.stream(
      `select ${list} from ${snapshot.table(request.output)}${where}`,
      after === undefined ? [] : [after.value],
      columns,
      { signal: request.signal },
    );
  } finally {
    snapshot.release();
  }
}

/** The columns that a request may read. Raises `OUTPUT_REQUEST_INVALID`. */
function requestedColumns(
  product: string,
  tables: readonly LinkedTable[],
  request: UpstreamRequest,
): ReadonlyMap<string, ColumnType> {
  const table = tables.find(({ output }) => output.name === request.output);
  if (table === undefined) {
    const outputs = tables.map(({ output }) => output.name);
    throw platformError(
      "OUTPUT_REQUEST_INVALID",
      `Product "${product}" has no table "${request.output}".${didYouMean(request.output, outputs)} It has: ${outputs.join(", ")}.`,
    );
  }
  const fields = new Map(table.output.fields.map((field) => [field.name, field.type]));
  const names = request.fields.length === 0 ? [...fields.keys()] : request.fields;
  const wanted = request.after === undefined ? names : [...names, request.after.column];
  for (const name of wanted) {
    if (!fields.has(name)) {
      throw platformError(
        "OUTPUT_REQUEST_INVALID",
        `Output "${request.output}" of product "${product}" has no column "${name}".${didYouMean(name, fields.keys())}`,
      );
    }
  }
  return new Map(names.flatMap((name) => [...pick(fields, name)]));
}

function* pick(fields: ReadonlyMap<string, ColumnType>, name: string): Iterable<[string, ColumnType]> {
  const type = fields.get(name);
  if (type !== undefined) yield [name, type];
}

function typeOf(tables: readonly LinkedTable[], output: string, column: string): ColumnType | undefined {
  return tables.find((table) => table.output.name === output)?.output.fields.find((field) => field.name === column)
    ?.type;
}

/** A type name that both engines know, for a watermark's value. */
function comparableType(type: ColumnType): string {
  switch (type.kind) {
    case "integer":
    case "long":
      return "bigint";
    case "decimal":
      return `decimal(${type.precision},${type.scale})`;
    case "double":
      return "double precision";
    case "date":
    case "time":
    case "uuid":
    case "boolean":
      return type.kind;
    case "timestamp":
      return "timestamptz";
    case "string":
    case "json":
    case "binary":
    case "array":
    case "map":
    case "struct":
      return "text";
  }
}
