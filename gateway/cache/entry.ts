import type { Dependence } from "./fence/fence.ts";
import type { Shelf } from "./shelf/shelf.ts";

/** What a product said of itself in the answer that an entry comes from (`extensions.products`), by its name. */
export type About = Readonly<Record<string, unknown>>;

/**
 * Something that a subgraph answered, kept in this process. Times are milliseconds of `performance.now()`.
 *
 *   kept ──freshUntil──▶ stale ──staleUntil, errorUntil──▶ of no use         retired: evicted or replaced
 *     └────────────────────── invalidated (`Fence.isIntact`) ──────────────▶ of no use, at once
 */
export interface Entry {
  readonly shelf: Shelf;
  /** Under which it is kept here; ends with the representation (`representationIn`). */
  readonly key: string;
  /**
   * The entity, or the data of a root answer, as the subgraph answered; null where there is no such entity. Shared by all
   * who read it: nobody changes it.
   */
  readonly value: Readonly<Record<string, unknown>> | null;
  readonly about: About | undefined;
  /** Before its source was asked, or where it is shared: whatever changed before it is in it. */
  readonly askedAt: number;
  /** When its source was asked, less the age that the answer had. */
  readonly bornAt: number;
  readonly freshUntil: number;
  /** From then on it is read anew in advance if it is used often. */
  readonly refreshAt: number;
  /** Until then it may be used while it is read anew. */
  readonly staleUntil: number;
  /** Until then it may be used when its source fails. */
  readonly errorUntil: number;
  readonly isPrivate: boolean;
  readonly dependence: Dependence;
  readonly bytes: number;
  /** How often it was used; refreshing ahead is for what is used often. */
  uses: number;
  /** It is being read anew. */
  isRefreshing: boolean;
  /** It is no longer kept here; nothing tells what it depends on any more. */
  isRetired: boolean;
}

/** What an entity was asked for by; "" for a root answer. A representation has no line ends, all before it ends in one. */
export function representationIn({ key }: Pick<Entry, "key">): string {
  return key.slice(key.lastIndexOf("\n") + 1);
}
