/** Chance that comes again: equal seeds draw equal numbers. */

/** From 0 to below 1 (a Weyl sequence whose members are mixed as SplitMix does, on 32 bits). */
export type Random = () => number;

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/**
 * Draws numbers below `count` as Zipf's law has them: the one of rank n comes 1/n^exponent times as often as the first. Ranks
 * are spread over all numbers, so that what is asked for often does not lie side by side in a table.
 */
export function createZipf(count: number, exponent: number, random: Random): () => number {
  const cumulated = new Float64Array(count);
  let total = 0;
  for (let rank = 1; rank <= count; rank++) {
    total += 1 / rank ** exponent;
    cumulated[rank - 1] = total;
  }
  return () => spread(firstAbove(cumulated, random() * total), count);
}

function firstAbove(ascending: Float64Array, value: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Below it every count has no divisor with it in common, so that multiplying by it meets each number below `count` once. */
const prime = 1_000_003;
export const maxEntities = 1_000_000;

function spread(rank: number, count: number): number {
  return (rank * prime) % count;
}
