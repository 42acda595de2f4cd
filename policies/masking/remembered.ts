/**
 * A function's results by argument, bounded: two generations of at most `max` entries each. When the younger one is full it
 * becomes the elder, and what is asked for again comes back. An entry costs one look-up and no reordering.
 */
export interface Remembered {
  get(key: string | number): unknown;
  set(key: string | number, value: unknown): void;
  clear(): void;
}

export function createRemembered(max: number): Remembered {
  let young = new Map<string | number, unknown>();
  let old = new Map<string | number, unknown>();
  const set = (key: string | number, value: unknown): void => {
    if (young.size >= max) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  };
  return {
    get(key) {
      const value = young.get(key);
      if (value !== undefined) return value;
      const elder = old.get(key);
      if (elder !== undefined) set(key, elder);
      return elder;
    },
    set,
    clear() {
      young = new Map();
      old = new Map();
    },
  };
}
