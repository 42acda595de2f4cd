/** Whose data something that is kept holds. */
import type { Entry } from "../entry.ts";
import type { SubjectPlaces } from "../shelf/describe-selection.ts";
import type { Shelf } from "../shelf/shelf.ts";

/** What a key is a key of (`@subject(of:)`), and the key: together a person. */
export type Subject = readonly [of: string, key: string];

export interface Subjects {
  readonly known: readonly Subject[];
  /** There is personal data of which it does not tell whose it is. */
  readonly isPartial: boolean;
}

const nobody: Subjects = Object.freeze({ known: [], isPartial: false });

/** `representation`: by which an entity was asked for, "" for a root answer. */
export function subjectsOf(
  { subjects, personal, subjectKeys }: Pick<Shelf, "subjects" | "personal" | "subjectKeys">,
  representation: string,
  value: Entry["value"],
): Subjects {
  if (personal.length === 0 || value === null) return nobody;
  const known = new Map<string, Subject>();
  let isPartial = false;
  const add = (names: readonly string[], key: unknown): boolean => {
    if (typeof key !== "string" && typeof key !== "number" && typeof key !== "boolean") return false;
    for (const of of names) known.set(`${of}\n${key}`, [of, String(key)]);
    return true;
  };

  const visit = (found: unknown, places: SubjectPlaces, isNamed: boolean): void => {
    if (Array.isArray(found)) {
      for (const item of found) visit(item, places, isNamed);
      return;
    }
    if (typeof found !== "object" || found === null) return;
    const object = found as Readonly<Record<string, unknown>>;
    let isNamedHere = isNamed;
    for (const [key, of] of places.here) if (add(of, object[key])) isNamedHere = true;
    if (places.isPersonal && !isNamedHere) isPartial = true;
    for (const [key, below] of places.below) visit(object[key], below, isNamedHere);
  };

  let isNamed = false;
  if (representation !== "") {
    // Written by ourselves.
    const object = JSON.parse(representation) as Readonly<Record<string, unknown>>;
    for (const [field, of] of subjectKeys(String(object.__typename))) if (add(of, object[field])) isNamed = true;
  }
  visit(value, subjects, isNamed);
  return { known: [...known.values()], isPartial };
}
