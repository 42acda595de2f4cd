/**
 * The GraphQL context of one request: who asks, one snapshot for everything that is read, and the loaders.
 *
 * The snapshot is taken at the first read, so that an operation that reads nothing pins nothing, and given back when the
 * last statement has ended: an answer can be complete while a sibling of a failed field still reads.
 */
import type { Caller, FieldReads, Rules } from "#policies";
import type { Row, Snapshot, Snapshots } from "../../storage/port.ts";
import type { KeptAggregates } from "../aggregate-cache/kept-aggregates.ts";
import type { ServedProduct } from "../model/served-table.ts";
import type { Statement } from "../sql/statement.ts";
import { type VisibleTable, visibleTable } from "../sql/visible-rows.ts";
import { createRowAccess, type InterfacesByType, type RowAccess } from "./row-access.ts";

export interface ServingContext {
  readonly caller: Caller;
  readonly masking: "here" | "gateway";
  readonly signal: AbortSignal | undefined;
  /** Where reads of governed fields are collected for the audit; undefined where the gateway records them. */
  readonly reads: FieldReads | undefined;
  /** Which rows, operands and groups the policies leave the caller. */
  readonly access: RowAccess;
  /** Own code of the product has asked who the caller is: its answer may be meant for nobody else. */
  readonly isForCaller: boolean;
  noteCaller(): void;
  /** The version that this request reads; undefined as long as it has read nothing. */
  readonly snapshot: Snapshot | undefined;
  /** Writes a statement about the snapshot's tables, of which the caller sees its rows, and runs it. */
  read(write: (table: (output: string) => VisibleTable) => Statement): Promise<readonly Row[]>;
  /** The same for what may be expensive and holds nothing personal: its result may be one that was kept. */
  readKept(write: (table: (output: string) => VisibleTable) => Statement): Promise<readonly Row[]>;
  /** The one loader of this request for the name and place, created at first use. */
  loader<T>(scope: object, name: string, create: () => T): T;
  /** Refuses new statements and gives the snapshot back after the last running one. */
  end(): void;
}

export interface ServingContextOptions {
  readonly product: ServedProduct;
  readonly interfaces: InterfacesByType;
  readonly snapshots: Snapshots;
  readonly caller: Caller;
  readonly masking: "here" | "gateway";
  readonly signal: AbortSignal | undefined;
  readonly rules: Rules | undefined;
  readonly reads?: FieldReads | undefined;
  readonly aggregates?: KeptAggregates | undefined;
}

export function createServingContext({
  product,
  interfaces,
  snapshots,
  caller,
  masking,
  signal,
  rules,
  reads,
  aggregates,
}: ServingContextOptions): ServingContext {
  const access = createRowAccess(rules, interfaces, caller);
  let taken: Promise<Snapshot> | undefined;
  let snapshot: Snapshot | undefined;
  let running = 0;
  let ended = false;
  let isForCaller = false;
  // Weak in the scope, which is a part of the schema or of the operation's document; strong in the request.
  const loaders = new WeakMap<object, Map<string, unknown>>();

  const take = async (): Promise<Snapshot> => {
    snapshot = await snapshots.snapshot();
    return snapshot;
  };
  const releaseIfDone = (): void => {
    if (ended && running === 0) snapshot?.release();
  };

  async function read(
    write: (table: (output: string) => VisibleTable) => Statement,
    kept: KeptAggregates | undefined,
  ): Promise<readonly Row[]> {
    if (ended) throw new Error("The request has ended.");
    signal?.throwIfAborted();
    running += 1;
    try {
      taken ??= take();
      const pinned = await taken;
      const statement = write((output) => {
        const served = product.tableByOutput.get(output);
        if (served === undefined) throw new Error(`${product.name} has no table ${output}.`);
        return visibleTable(served, pinned.table(output), access.filters(served));
      });
      const { sql, parameters, columns } = statement;
      const run = (): Promise<readonly Row[]> => pinned.query(sql, parameters, columns, { signal });
      return await (kept === undefined ? run() : kept.read(statement, pinned, run));
    } finally {
      running -= 1;
      releaseIfDone();
    }
  }

  return {
    caller,
    masking,
    signal,
    reads,
    access,
    get isForCaller() {
      return isForCaller;
    },
    noteCaller() {
      isForCaller = true;
    },
    get snapshot() {
      return snapshot;
    },
    read: (write) => read(write, undefined),
    readKept: (write) => read(write, aggregates),
    loader<T>(scope: object, name: string, create: () => T): T {
      let byName = loaders.get(scope);
      if (byName === undefined) {
        byName = new Map();
        loaders.set(scope, byName);
      }
      // A name within a scope always stands for one kind of loader: both are chosen by the one caller of this function.
      let loader = byName.get(name) as T | undefined;
      if (loader === undefined) {
        loader = create();
        byName.set(name, loader);
      }
      return loader;
    },
    end() {
      ended = true;
      releaseIfDone();
    },
  };
}
