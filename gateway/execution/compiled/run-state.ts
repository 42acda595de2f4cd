/** What one execution of a program holds; filled by requests, read by collectors, writers and error mapping. */

export type JsonObject = Record<string | symbol, unknown>;

/** One distinct representation of a link, and the entity that the subgraph answered for it. */
export interface Node {
  /** The first object with this representation. */
  readonly owner: JsonObject;
  /** The representation's JSON text. */
  readonly representation: string;
  /** Undefined until an object has been answered. */
  entity: JsonObject | undefined;
  /** How many objects point here. */
  count: number;
  /** Position in the list of representations that was sent, and the response name of that list; -1 until then. */
  index: number;
  alias: string;
  /** Every object that points here; kept only where answers are copied. */
  targets: JsonObject[] | undefined;
  /** Texts written before (`m…`) and nodes of hosted links (`l…`). */
  [slot: `m${number}` | `l${number}`]: unknown;
}

/** `Node.index` of a node whose entity was not asked for, since it is kept that there is none. */
export const answeredBefore: number = Number.MAX_SAFE_INTEGER;

/** Stands for an object that is not there: every field of it is undefined. */
export const missing: JsonObject = Object.freeze({});

export interface RunState {
  /** Base object of the root place. */
  readonly root: JsonObject;
  /** By fetch id. */
  readonly nodes: Node[][];
  /** How many values of each of the program's `counted` coordinates have been written. */
  readonly counts: number[];
  /** JSON text of each introspection field by response name. */
  readonly introspection: ReadonlyMap<string, string>;
}
