import type { DocumentNode } from "graphql";

/**
 * The port for texts that clients registered by their hash. Adapters: memory, and Redis, so that what one gateway was told
 * the others know. A store only ever saves a client from sending its text again: losing one is no fault.
 */
export interface DocumentStore {
  /** Undefined when it is not there, or cannot be asked in time. Never throws, never rejects. */
  get(hash: string): string | undefined | Promise<string | undefined>;
  /**
   * `text` has this hash, is `document` and fits the graph. Never throws; what is kept, and for how long, is the store's
   * business.
   */
  set(hash: string, text: string, document: DocumentNode): void;
}
