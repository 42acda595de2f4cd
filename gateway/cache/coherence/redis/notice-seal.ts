import { isSealed, type KeyRing, seal, unseal } from "#policies";
import type { Seal } from "./messages.ts";

const place = "cache notice";

/**
 * Notices name entities: with keys, nobody who reads along in Redis learns which. One from before there were keys is read
 * all the same; one with a key that is not there is not, and means anything.
 */
export function noticeSeal(keys: KeyRing): Seal {
  return {
    seal: (text) => (keys.current("cache") === undefined ? text : seal(text, place, keys, "cache")),
    open(text) {
      if (!isSealed(text)) return text;
      try {
        return unseal(text, place, keys, "cache");
      } catch {
        return undefined;
      }
    },
  };
}
