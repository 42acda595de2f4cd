import { hash } from "node:crypto";
import type { DocumentNode, GraphQLSchema } from "graphql";
import { LRUCache } from "lru-cache";
import type { GatewayMetrics } from "../observability/metrics.ts";
import type { DeprecationTable } from "../usage/deprecation.ts";
import type { CostDirectives } from "./cost/read-cost-directives.ts";
import type { OperationRejected } from "./operation-rejected.ts";
import { prepareOperation } from "./prepare-operation.ts";
import type { PreparedOperation } from "./prepared-operation.ts";
import { checkBytes, type ReadDocumentOptions, readDocument } from "./read-document.ts";

type PreparedOrRejected = ({ readonly kind: "prepared" } & PreparedOperation) | OperationRejected;

export interface OperationCache {
  /** Same text and name, same object, for as long as it is kept: at most `maxEntries` texts of `maxBytes` together. */
  prepare(query: string, operationName: string | undefined): PreparedOrRejected;
  /** Everything that is kept and was not refused, used last first. */
  documents(): readonly { readonly text: string; readonly document: DocumentNode }[];
}

export interface OperationCacheOptions extends ReadDocumentOptions {
  readonly schema: GraphQLSchema;
  readonly deprecations: DeprecationTable;
  readonly costs: CostDirectives;
  readonly maxEntries: number;
  /** Of the texts; what is kept for one is a small multiple of it. */
  readonly maxBytes: number;
  readonly metrics: Pick<GatewayMetrics, "requestCounts" | "operationCacheEntries">;
}

interface Entry {
  /** What it was made from: keys may be hashes. */
  readonly text: string;
  readonly read: OperationRejected | ReadText;
}

interface ReadText {
  readonly kind: "document";
  readonly document: DocumentNode;
  /** By operation name, as asked for. Names that the document does not hold are not kept: they have no end. */
  readonly operations: Map<string | undefined, PreparedOrRejected>;
}

/** V8 hashes strings up to this length cheaply, and longer ones a hundred times more slowly than SHA-256 does. */
const maxPlainKeyLength = 16_383;

function keyOf(text: string): string {
  return text.length <= maxPlainKeyLength ? text : hash("sha256", text);
}

/** Parses, checks and prepares every operation text once. Hot: one look-up per request. */
export function createOperationCache(options: OperationCacheOptions): OperationCache {
  const { schema, deprecations, costs, limits, introspection, metrics } = options;
  const { assumedListSize } = limits;
  const cost = limits.maxCost === undefined ? undefined : { schema, directives: costs, assumedListSize };
  const prepareOptions = { schema, deprecations, hints: introspection, cost };
  const entries = new LRUCache<string, Entry>({
    max: options.maxEntries,
    maxSize: options.maxBytes,
    sizeCalculation: ({ text }) => text.length + 1,
  });

  const read = (query: string): Entry["read"] => {
    const tooLong = checkBytes(query, limits.maxBytes); // not kept: a few of them would take every other's place
    if (tooLong !== undefined) return tooLong;
    const key = keyOf(query);
    const found = entries.get(key);
    // Somebody may send as a text what is another text's key.
    const known = found?.text === query ? found.read : undefined;
    metrics.requestCounts.countLookUp(known === undefined ? "miss" : "hit");
    if (known !== undefined) return known;
    const result = readDocument(query, schema, options);
    const made = result.kind === "rejected" ? result : { ...result, operations: new Map() };
    entries.set(key, { text: query, read: made });
    metrics.operationCacheEntries.set(entries.size);
    return made;
  };

  return {
    prepare(query, operationName) {
      const entry = read(query);
      if (entry.kind === "rejected") return entry;
      const known = entry.operations.get(operationName);
      if (known !== undefined) return known;
      const prepared = prepareOperation(query, entry.document, operationName, prepareOptions);
      if (prepared.kind === "rejected") return prepared;
      // One object, whether it was asked for by its name or as the only one.
      const same = entry.operations.get(prepared.name) ?? prepared;
      entry.operations.set(operationName, same).set(prepared.name, same);
      return same;
    },
    documents: () =>
      [...entries.values()].flatMap(({ text, read: made }) =>
        made.kind === "document" ? [{ text, document: made.document }] : [],
      ),
  };
}
