/**
 * The GraphQL context of one request: who asks, one snapshot for everything that is read, and the loaders.
 *
 * The snapshot is taken at the first read, so that an operation that reads nothing pins nothing, and given back when the
 * last statement has ended: an answer can be complete while a sibling of a failed field still reads.
 */
import { type Caller, type FieldReads, policyErrors, type Rules } from "#policies";
import { ClientError } from "#schema";
import type { Row, Snapshot, Snapshots } from "../../storage/port.ts";
import type { Statement } from "../sql/statement.ts";
import type { AssertOperand } from "../sql/where.ts";

export interface ServingContext {
  readonly caller: Caller;
  readonly masking: "here" | "gateway";
  readonly signal: AbortSignal | undefined;
  /** Where reads of governed fields are collected for the audit; undefined where the gateway records them. */
  readonly reads: FieldReads | undefined;
  /** Raises `FORBIDDEN` when the policies do not let the caller see the column's values as they are. */
  readonly assertOperand: AssertOperand;
  /** The version that this request reads; undefined as long as it has read nothing. */
  readonly snapshot: Snapshot | undefined;
  /** Writes a statement with the snapshot's table names and runs it. */
  read(write: (table: (output: string) => string) => Statement): Promise<readonly Row[]>;
  /** The one loader of this request for the name and place, created at first use. */
  loader<T>(scope: object, name: string, create: () => T): T;
  /** Refuses new statements and gives the snapshot back after the last running one. */
  end(): void;
}

export interface ServingContextOptions {
  readonly snapshots: Snapshots;
  readonly caller: Caller;
  readonly masking: "here" | "gateway";
  readonly signal: AbortSignal | undefined;
  readonly rules: Rules | undefined;
  readonly reads?: FieldReads | undefined;
}

export function createServingContext({
  snapshots,
  caller,
  masking,
  signal,
  rules,
  reads,
}: ServingContextOptions): ServingContext {
  let taken: Promise<Snapshot> | undefined;
  let snapshot: Snapshot | undefined;
  let running = 0;
  let ended = false;
  // Weak in the scope, which is a part of the schema or of the operation's document; strong in the request.
  const loaders = new WeakMap<object, Map<string, unknown>>();

  const take = async (): Promise<Snapshot> => {
    snapshot = await snapshots.snapshot();
    return snapshot;
  };
  const releaseIfDone = (): void => {
    if (ended && running === 0) snapshot?.release();
  };

  return {
    caller,
    masking,
    signal,
    reads,
    assertOperand(table, column) {
      // Whoever may filter or sort by a value can find it out, so an operand needs the right to read it unmasked. This
      // holds for the gateway too: it can mask what leaves, not what was compared here.
      const coordinate = `${table.typeName}.${column.name}`;
      const rule = rules?.get(coordinate);
      if (rule === undefined || rule.mayCompare(caller)) return;
      const decision = rule.decide(caller);
      if (decision.effect === "allow") return;
      throw new ClientError(
        "FORBIDDEN",
        `${coordinate} cannot be filtered, sorted or grouped by: the policy ${decision.policy} does not show its values.`,
        { status: policyErrors.FORBIDDEN.status, extensions: { coordinate, policy: decision.policy } },
      );
    },
    get snapshot() {
      return snapshot;
    },
    async read(write) {
      if (ended) throw new Error("The request has ended.");
      signal?.throwIfAborted();
      running += 1;
      try {
        taken ??= take();
        const { table, query } = bound(await taken);
        const { sql, parameters, columns } = write(table);
        return await query(sql, parameters, columns, { signal });
      } finally {
        running -= 1;
        releaseIfDone();
      }
    },
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

function bound(snapshot: Snapshot): Pick<Snapshot, "table" | "query"> {
  return {
    table: (output) => snapshot.table(output),
    query: (...args) => snapshot.query(...args),
  };
}
