/**
 * A list of names on the bench's command lines: those that are named, in the order of `all`; all, when none is. Throws
 * `TypeError` with a message for people.
 */
export function readNames<T extends string>(option: string, text: string | undefined, all: readonly T[]): readonly T[] {
  if (text === undefined) return all;
  const named = text.split(",").map((name) => name.trim());
  for (const name of named) {
    if (!all.some((known) => known === name)) {
      throw new TypeError(`--${option} knows ${all.join(", ")}; it does not know "${name}"`);
    }
  }
  return all.filter((name) => named.includes(name));
}
