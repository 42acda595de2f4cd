/**
 * Results of statements that took long, by what they depend on: the product, the publication that was read, and the statement
 * with its parameters, in which row filters and sizes of groups are. So nothing is ever out of date: the next version is
 * asked for under other keys.
 *
 *   statement ─ quick the last time? ─▶ run
 *       └ look up ─ there, and whole ─▶ rows
 *            └ not ─▶ run ─ took long ─▶ keep, behind the answer
 *
 * The text begins with a digest of itself and its key: what is cut, mixed up or somebody else's is taken for nothing.
 */
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Row, Snapshot } from "../../storage/port.ts";
import { textOf, valueOfText } from "../../storage/values.ts";
import type { Statement } from "../sql/statement.ts";
import type { AggregateCache, AggregateOptions } from "./aggregate-cache.ts";

export interface KeptAggregates {
  /** The rows that `run` gives, or gave for the same before. */
  read(
    statement: Statement,
    snapshot: Pick<Snapshot, "version" | "publishedAt">,
    run: () => Promise<readonly Row[]>,
  ): Promise<readonly Row[]>;
}

const maxKnownStatements = 1_000;

export function keepAggregates(product: string, cache: AggregateCache, options: AggregateOptions = {}): KeptAggregates {
  const { thresholdMs = 20, lifetimeMs = 3_600_000, maxLength = 1_000_000, onEvent = () => undefined } = options;
  /** Looking up costs something, too: statements that were quick are not looked up. */
  const quick = new LRUCache<string, true>({ max: maxKnownStatements });
  return {
    async read(statement, snapshot, run) {
      const digest = digestOf(statement.sql, JSON.stringify(statement.parameters));
      // Versions of a storage that was built anew count from one again.
      const key = `aggregate:${product}:${snapshot.version}@${snapshot.publishedAt.getTime()}:${digest}`;
      const isQuick = quick.has(digest);
      if (!isQuick) {
        const start = performance.now();
        const text = await cache.get(key);
        const rows = text === undefined ? undefined : readRows(text, key, statement);
        const elapsedMs = performance.now() - start;
        if (rows !== undefined) {
          onEvent({ product, kind: "hit", elapsedMs });
          return rows;
        }
        if (text !== undefined) onEvent({ product, kind: "broken" });
        onEvent({ product, kind: "miss", elapsedMs });
      }
      const start = performance.now();
      const rows = await run();
      const elapsedMs = performance.now() - start;
      if (elapsedMs <= thresholdMs) {
        quick.set(digest, true);
        return rows;
      }
      quick.delete(digest);
      const text = printRows(rows, key, statement);
      if (text.length <= maxLength) {
        void cache.set(key, text, lifetimeMs);
        onEvent({ product, kind: "kept", length: text.length, elapsedMs });
      }
      return rows;
    },
  };
}

/** Values are their texts, so that none is rounded; rows are lists in the order of the statement's columns. */
function printRows(rows: readonly Row[], key: string, { columns }: Statement): string {
  const body = JSON.stringify(rows.map((row) => [...columns].map(([name, type]) => textOf(row[name], type))));
  return digestOf(key, body) + body;
}

function readRows(text: string, key: string, { columns }: Statement): readonly Row[] | undefined {
  const body = text.slice(digestLength);
  if (text.slice(0, digestLength) !== digestOf(key, body)) return undefined;
  // What has this digest was written by `printRows` for this key.
  const rows = JSON.parse(body) as readonly (readonly (string | null)[])[];
  const types = [...columns];
  return rows.map((values) =>
    Object.fromEntries(types.map(([name, type], index) => [name, valueOfText(values[index], type)])),
  );
}

const digestLength = 43;

function digestOf(one: string, other: string): string {
  return createHash("sha256").update(`${one.length}:${one}${other}`).digest("base64url");
}
