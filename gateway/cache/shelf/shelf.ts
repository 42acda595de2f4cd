/**
 * A shelf is the place of everything that is fetched in one way: from one subgraph, with one selection, either entities by
 * their representations or the answer of a root fetch. Whatever depends on the operation or on who asks is not in it:
 * operations that select the same of the same type share a shelf.
 */
import type { Caller } from "#policies";
import type { SelectionLifetime } from "#schema";
import type { Variation } from "../../governance-port.ts";
import type { CacheMode } from "../cache-options.ts";
import type { RefusalReason } from "../lifetime/lifetime.ts";
import type { SubjectPlaces } from "./describe-selection.ts";

export interface Shelf {
  /** Equal for equal shelves, in whatever process; says nothing about data. */
  readonly id: string;
  /** What keys on it begin with, in this process, where nothing else is in them. */
  readonly prefix: string;
  readonly subgraph: string;
  /** What is fetched, for people: `Product` or `Query { orders }`. */
  readonly title: string;
  readonly mode: CacheMode;
  /** The client's variables that the selection uses. */
  readonly variables: readonly string[];
  readonly hint: SelectionLifetime | undefined;
  /** The product's freshness objective, in seconds. */
  readonly objective: number | undefined;
  /** Whether the objective alone allows to keep it. */
  readonly objectiveSpeaks: boolean;
  /** As far as the graph says, it will be kept. */
  readonly isExpected: boolean;
  /** A data product of the mesh: what it answers differs by caller only as policies say. */
  readonly isProduct: boolean;
  /** Keys of entries may be made of personal data: of what representations hold, or of what clients ask for. */
  readonly namesPersons: boolean;
  /** Categories of personal data in it. */
  readonly personal: readonly string[];
  readonly subjects: SubjectPlaces;
  /** The fields of a type's representations that tell whose data an entity holds. */
  subjectKeys(type: string): readonly (readonly [field: string, of: readonly string[]])[];
  /** How answers differ by caller; undefined when they do not. */
  readonly variation: ((caller: Caller) => Variation) | undefined;
  /** The scopes of everything on it. */
  readonly scopes: readonly string[];
  /** The same where they are shared. */
  readonly sharedFields: readonly string[];
  /** A scope's name where it is shared (`../shared/stored-names.ts`). */
  fieldOf(scope: string): string;
  /** The types of entities that an entry depends on by their keys. */
  readonly keyedTypes: readonly string[];
  /** Those of one entity, or with "" of a root answer, besides. */
  scopesOf(representation: string, variables: Readonly<Record<string, unknown>>): readonly string[];
  /** What has been learnt from answers. */
  readonly learnt: Learnt;
}

/** Whether somebody who is asking already is likely to bring something that others may use. */
export function isWorthWaitingFor({ learnt, isExpected }: Pick<Shelf, "learnt" | "isExpected">): boolean {
  return learnt.hasKept || (isExpected && learnt.lastRefusal === undefined);
}

interface Learnt {
  /** The subgraph has said that it answers for one caller only. */
  isPrivate: boolean;
  /** Something has been kept: it is worth to wait for somebody who is asking already. */
  hasKept: boolean;
  /** Why the last answer was not kept, in words. */
  lastRefusal: { readonly reason: RefusalReason; readonly because: string } | undefined;
}
