import { hasTellingLiterals } from "../../plan-store/telling-literals.ts";
import type { DocumentStore } from "./document-store.ts";
import type { MemoryDocuments } from "./memory-documents.ts";

/**
 * What this process knows, else what others know, which it then knows too. A text that holds values which may say something
 * about a person stays in this process: clients that use variables write none.
 */
export function createSharedDocuments(near: MemoryDocuments, far: DocumentStore): DocumentStore {
  const findFar = async (hash: string): Promise<string | undefined> => {
    const text = await far.get(hash);
    if (text !== undefined) near.set(hash, text);
    return text;
  };
  return {
    get: (hash) => near.get(hash) ?? findFar(hash),
    set(hash, text, document) {
      near.set(hash, text);
      if (!hasTellingLiterals(document)) far.set(hash, text, document);
    },
  };
}
