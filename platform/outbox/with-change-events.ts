import type { ServedProduct } from "../serving/model/served-table.ts";
import type { Storage } from "../storage/port.ts";
import { announceChanges } from "./announce-changes.ts";

/**
 * The storage whose every publication tells what it changes, whoever makes it: a refresh, an erasure, the retention. Without
 * it nothing is written into the outbox: an outbox that nobody empties would grow without end, and one that is cut would
 * lose silently what it promises to keep. A version that was made without is made up for by the next one that is made with
 * it (`announceChanges`).
 */
export function withChangeEvents(storage: Storage, product: ServedProduct, maxRowEvents: number): Storage {
  return {
    ...storage,
    publish: (work, options) =>
      storage.publish(async (draft) => {
        const publication = await work(draft);
        if (publication !== undefined) await announceChanges(draft, publication, product, maxRowEvents);
        return publication;
      }, options),
  };
}
