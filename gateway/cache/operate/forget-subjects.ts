/** Removes from this process what is kept of persons, and what is personal but nobody knows whose. */
import type { CacheCore } from "../cache-core.ts";
import { representationIn } from "../entry.ts";
import { type Subject, subjectsOf } from "../subjects/subjects-of.ts";

/** How many entries and answers there were. Looks at all that is kept. */
export function forgetHere(core: Pick<CacheCore, "memory" | "responses">, subjects: readonly Subject[]): number {
  const asked = new Set(subjects.map((subject) => subject.join("\n")));
  const isMeant = (known: readonly Subject[]): boolean => known.some((subject) => asked.has(subject.join("\n")));
  const entries = core.memory.remove((entry) => {
    const { known, isPartial } = subjectsOf(entry.shelf, representationIn(entry), entry.value);
    return isPartial || isMeant(known);
  });
  const answers = core.responses.remove(({ subjects: { known, isPartial } }) => isPartial || isMeant(known));
  return entries + answers;
}
