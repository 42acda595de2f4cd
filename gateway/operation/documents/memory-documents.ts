import { LRUCache } from "lru-cache";
import type { DocumentStore } from "./document-store.ts";

export interface MemoryDocuments extends DocumentStore {
  get(hash: string): string | undefined;
  set(hash: string, text: string): void;
}

/** Keeps the texts that were used last, of `maxBytes` together (counted as UTF-16, in which they are held). */
export function createMemoryDocuments({ maxBytes }: { readonly maxBytes: number }): MemoryDocuments {
  const texts = new LRUCache<string, string>({
    maxSize: maxBytes,
    sizeCalculation: (text, hash) => 2 * (text.length + hash.length),
  });
  return {
    get: (hash) => texts.get(hash),
    set: (hash, text) => void texts.set(hash, text),
  };
}
