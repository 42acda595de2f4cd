/** Maps on their way into printed YAML: what is a default stays out of them. */

export type Block = Record<string, unknown>;

/** The map without the keys that hold nothing. */
export function said(block: Block): Block {
  return Object.fromEntries(Object.entries(block).filter(([, value]) => value !== undefined));
}

/** The value, or nothing when it is the default. */
export function unless<T>(value: T, usual: T): T | undefined {
  return value === usual ? undefined : value;
}

/** The value, or nothing when it is an empty list or map and so the default. */
export function unlessEmpty<T extends object>(value: T): T | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}

/** A copy in which every `${` is text and no variable: `$${`. */
export function withoutVariables(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("${", () => "$${");
  if (Array.isArray(value)) return value.map(withoutVariables);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutVariables(inner)]));
}

/** Puts a value at a dotted path (`spec.outputs[0].x-note`), making the maps on the way that are not there. */
export function placeAt(block: Block, path: string, value: unknown): void {
  const steps = [...path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(([, index, quoted, name]) =>
    quoted === undefined ? (index ?? name ?? "") : String(JSON.parse(quoted)),
  );
  const last = steps.pop();
  if (last === undefined) return;
  // A list takes its positions as keys just as a map takes names.
  let target = block;
  for (const step of steps) {
    const inner = target[step];
    const next = (typeof inner === "object" && inner !== null ? inner : {}) as Block;
    target[step] = next;
    target = next;
  }
  target[last] = value;
}
