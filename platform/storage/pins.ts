/**
 * Which published versions a process still reads. `current` is what a new snapshot pins; an older version is handed to
 * `drop` once nobody reads it. A version that could not be dropped is tried again after the next publish.
 */
export interface Pins {
  /** Takes the version for a reader; the returned function gives it back, once. */
  pin(version: number): () => void;
  /** True while a reader of this process holds it. */
  isPinned(version: number): boolean;
}

/** `onFree` is called when the last reader of a version has gone. */
export function createPins(onFree: (version: number) => void): Pins {
  const readersByVersion = new Map<number, number>();
  return {
    pin(version) {
      readersByVersion.set(version, (readersByVersion.get(version) ?? 0) + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const left = (readersByVersion.get(version) ?? 1) - 1;
        if (left > 0) {
          readersByVersion.set(version, left);
          return;
        }
        readersByVersion.delete(version);
        onFree(version);
      };
    },
    isPinned: (version) => readersByVersion.has(version),
  };
}
