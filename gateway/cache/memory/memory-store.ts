/** What is kept in this process: entries by key, the least recently used go first. */
import { LRUCache } from "lru-cache";
import type { Dependence, Fence } from "../fence/fence.ts";

/** Anything that is kept: an entity, a root answer, a whole response. */
export interface Kept {
  readonly dependence: Dependence;
  readonly bytes: number;
  isRetired: boolean;
}

/** What an entry takes besides its value: key, map, scopes. */
const overheadBytes = 400;

export class MemoryStore<T extends Kept> {
  readonly #entries: LRUCache<string, T>;
  readonly #maxBytes: number;
  readonly #fence: Pick<Fence, "release">;
  #evicted = 0;

  constructor(maxBytes: number, fence: Pick<Fence, "release">) {
    this.#maxBytes = maxBytes;
    this.#fence = fence;
    this.#entries = new LRUCache<string, T>({
      // There is no cache without room; nothing fits into this one.
      maxSize: Math.max(1, maxBytes),
      sizeCalculation: takes,
      dispose: (entry, _, reason) => {
        this.#retire(entry);
        if (reason === "evict") this.#evicted++;
      },
    });
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many had to go for others. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Hot: once per entity. */
  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  /** Takes the place of what was there. What is too large for the store is not kept. */
  set(key: string, entry: T): void {
    if (takes(entry, key) > this.#maxBytes) {
      this.#entries.delete(key);
      this.#retire(entry);
    } else this.#entries.set(key, entry);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Removes those that `isMeant`; how many. Looks at every entry. */
  remove(isMeant: (entry: T) => boolean): number {
    let removed = 0;
    for (const [key, entry] of this.#entries.entries()) {
      if (!isMeant(entry)) continue;
      this.#entries.delete(key);
      removed++;
    }
    return removed;
  }

  clear(): void {
    this.#entries.clear();
  }

  values(): IterableIterator<T> {
    return this.#entries.values();
  }

  #retire(entry: T): void {
    entry.isRetired = true;
    this.#fence.release(entry.dependence);
  }
}

function takes({ bytes }: Kept, key: string): number {
  return bytes + key.length + overheadBytes;
}
