import type { Declared } from "../model.ts";

/** `{ declared }` with the keys of a block that nobody has read, or nothing when all have been. */
export function declaredKeys(
  block: Readonly<Record<string, unknown>>,
  read: readonly string[] = [],
): { readonly declared?: Declared } {
  const said = withoutUndefined(Object.fromEntries(Object.entries(block).filter(([key]) => !read.includes(key))));
  return Object.keys(said).length === 0 ? {} : { declared: said };
}

/** The map without the keys that hold `undefined`, so that optional keys are absent and not empty. */
export function withoutUndefined<T extends object>(map: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  // Object.entries loses the keys' types; the values that TypeScript is told are gone are the ones filtered out.
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}
