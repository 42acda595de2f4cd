/** A shelf as one run sees it: what its keys depend on besides the representation. */
import type { Cancellation } from "#http";
import type { Caller } from "#policies";
import { callerKey } from "../../transport/caller-key.ts";
import type { Entry } from "../entry.ts";
import type { Shelf } from "../shelf/shelf.ts";

/** What the keys of a run depend on besides what is asked. */
export interface LookupRun {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  /** Those that subgraphs see. */
  readonly headers: ReadonlyMap<string, string>;
  readonly signal: Cancellation;
  /** The answer is asked for often: what it is made of is read anew before it ends. */
  readonly isHot?: boolean | undefined;
}

export interface OpenShelf {
  readonly shelf: Shelf;
  /** What keys have between the shelf's name and the representation. */
  readonly rest: string;
  /** Both together, for keys in this process. */
  readonly prefix: string;
  /** The policies leave out rows for this caller. */
  readonly limitsRows: boolean;
  /** Entries are this caller's alone. */
  readonly isPrivate: boolean;
  /** Another process would make the same key for the same, and for nothing else. */
  readonly isSharable: boolean;
}

/** A representation, or "" for a root answer, that was not found in this process. */
export interface Missing {
  readonly group: number;
  readonly open: OpenShelf;
  readonly representation: string;
  readonly key: string;
  /** Beyond its time, but of use when the subgraph fails; or used, and to be read anew. */
  spare: Entry | undefined;
  /** Kept, but not served: what is fetched is compared with it. */
  readonly shadow: Entry | undefined;
}

/**
 * Parts of a key are told apart whatever is in them: the shelf is a number or a digest, the rest a JSON list, each on a
 * line of its own; a representation is a JSON object, or nothing.
 */
export function openShelf(shelf: Shelf, { variables, caller, headers }: Omit<LookupRun, "signal">): OpenShelf {
  const variation = shelf.variation?.(caller);
  const isPrivate = shelf.learnt.isPrivate || shelf.hint?.isPrivate === true;
  const common = { shelf, limitsRows: variation?.limitsRows ?? false, isPrivate };
  if (variation === undefined && !isPrivate && headers.size === 0 && shelf.variables.length === 0) {
    return { ...common, rest: "", prefix: shelf.prefix, isSharable: true };
  }
  // A variable that is not given is another one than null.
  const values = shelf.variables.map((name) =>
    Object.hasOwn(variables, name) ? JSON.stringify(variables[name] ?? null) : "",
  );
  const asker = isPrivate ? callerKey(caller) : "";
  const rest = `${JSON.stringify([variation?.name ?? "", asker, [...headers], values])}\n`;
  // A caller whose claims are no JSON is known in this process alone.
  return { ...common, rest, prefix: shelf.prefix + rest, isSharable: !asker.startsWith("#") };
}
