/**
 * Caller classes: callers whom no condition can tell apart are one class, and one decision serves them all.
 *
 * A class is the projection of a caller onto the attributes that the conditions name. With 1,000 analysts and policies
 * that name two roles and three purposes there are at most 2² × 4 × 3 classes, and usually a handful.
 */
import type { VisibleAttributes } from "./policy/condition.ts";
import type { Caller } from "./principal.ts";

/**
 * Guarantees equal strings for callers who agree in every attribute that one of `seen` names, different strings else.
 * The function throws for a caller whose attributes cannot be read.
 * Hot: once per caller object (remembered for its lifetime; a caller is immutable).
 */
export function createCallerClass(seen: Iterable<VisibleAttributes>): (caller: Caller) => string {
  const roles = new Set<string>();
  const purposes = new Set<string>();
  let kind = false;
  for (const attributes of seen) {
    for (const role of attributes.roles) roles.add(role);
    for (const purpose of attributes.purposes) purposes.add(purpose);
    kind ||= attributes.kind;
  }
  const known = new WeakMap<Caller, string>();

  return (caller) => {
    let name = known.get(caller);
    if (name === undefined) {
      const visibleRoles = [...new Set(caller.principal.roles)].filter((role) => roles.has(role)).sort();
      const visiblePurpose = caller.purpose !== undefined && purposes.has(caller.purpose) ? caller.purpose : null;
      name = JSON.stringify([kind ? caller.principal.kind : null, visiblePurpose, visibleRoles]);
      known.set(caller, name);
    }
    return name;
  };
}
