import type { DocumentNode, GraphQLSchema } from "graphql";
import { LRUCache } from "lru-cache";
import type { GatewayMetrics } from "../observability/metrics.ts";
import type { DeprecationTable } from "../usage/deprecation.ts";
import type { OperationRejected } from "./operation-rejected.ts";
import { prepareOperation } from "./prepare-operation.ts";
import type { PreparedOperation } from "./prepared-operation.ts";
import { type ReadDocumentOptions, readDocument } from "./read-document.ts";

type PreparedOrRejected = ({ readonly kind: "prepared" } & PreparedOperation) | OperationRejected;

export interface OperationCache {
  /** Same text and name, same object, for as long as it is kept: at most `maxEntries` texts of `maxBytes` together. */
  prepare(query: string, operationName: string | undefined): PreparedOrRejected;
  /** Texts that were used last, latest first; refused ones are left out. */
  recent(count: number): readonly string[];
}

export interface OperationCacheOptions extends ReadDocumentOptions {
  readonly schema: GraphQLSchema;
  readonly deprecations: DeprecationTable;
  readonly maxEntries: number;
  /** Of the texts; what is kept for one is a small multiple of it. */
  readonly maxBytes: number;
  readonly metrics: Pick<GatewayMetrics, "operationCacheRequests" | "operationCacheEntries">;
}

type Entry =
  | OperationRejected
  | {
      readonly kind: "document";
      readonly document: DocumentNode;
      /** By operation name, as asked for. Names that the document does not hold are not kept: they have no end. */
      readonly operations: Map<string | undefined, PreparedOrRejected>;
    };

/** Parses, checks and prepares every operation text once. Hot: one look-up per request. */
export function createOperationCache(options: OperationCacheOptions): OperationCache {
  const { schema, deprecations, metrics } = options;
  const entries = new LRUCache<string, Entry>({
    max: options.maxEntries,
    maxSize: options.maxBytes,
    sizeCalculation: (_entry, text) => text.length + 1,
  });

  const read = (query: string): Entry => {
    const known = entries.get(query);
    metrics.operationCacheRequests.inc({ result: known === undefined ? "miss" : "hit" });
    if (known !== undefined) return known;
    const result = readDocument(query, schema, options);
    const entry: Entry = result.kind === "rejected" ? result : { ...result, operations: new Map() };
    entries.set(query, entry);
    metrics.operationCacheEntries.set(entries.size);
    return entry;
  };

  return {
    prepare(query, operationName) {
      const entry = read(query);
      if (entry.kind === "rejected") return entry;
      const known = entry.operations.get(operationName);
      if (known !== undefined) return known;
      const prepared = prepareOperation(query, entry.document, operationName, schema, deprecations);
      if (prepared.kind === "prepared") entry.operations.set(operationName, prepared);
      return prepared;
    },
    recent(count) {
      const texts: string[] = [];
      for (const [text, entry] of entries.entries()) {
        if (texts.length >= count) break;
        if (entry.kind === "document") texts.push(text);
      }
      return texts;
    },
  };
}
