/** The object's own property; undefined when it has none of that name. */
export function hasOwnValue(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}
