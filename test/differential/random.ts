/** A small seeded generator (mulberry32), so that a case is known by its number. */
export interface Random {
  /** An integer from 0 to `below` - 1. */
  below(below: number): number;
  chance(percent: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Each item with this chance; never none unless there are none. */
  some<T>(items: readonly T[], percent: number): T[];
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const random: Random = {
    below: (below) => Math.floor(next() * below),
    chance: (percent) => next() * 100 < percent,
    pick: (items) => items[random.below(items.length)] as (typeof items)[number],
    some: (items, percent) => {
      const chosen = items.filter(() => random.chance(percent));
      return chosen.length > 0 || items.length === 0 ? chosen : [random.pick(items)];
    },
  };
  return random;
}
