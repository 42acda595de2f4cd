/** On which terms what one answer has for a shelf is kept. */
import type { CacheControl } from "#http";
import { type Lifetime, lifetimeOf } from "../lifetime/lifetime.ts";
import { type LookupRun, type OpenShelf, openShelf } from "./open-shelf.ts";

export interface Terms {
  /** Where it is kept: what the answer says may make the shelf this caller's alone. */
  readonly open: OpenShelf;
  readonly lifetime: Lifetime;
}

export interface AnswerControl {
  readonly control: CacheControl | undefined;
  /** Seconds. */
  readonly age: number;
}

export function termsOf(
  open: OpenShelf,
  { control, age }: AnswerControl,
  run: LookupRun,
  options: { readonly longestMs: number },
): Terms {
  const { shelf } = open;
  const lifetime = lifetimeOf({
    hint: shelf.hint,
    control,
    age,
    objective: shelf.objective,
    objectiveSpeaks: shelf.objectiveSpeaks,
    longest: options.longestMs / 1_000,
  });
  if (lifetime.kind === "none") return { open, lifetime };
  if (open.limitsRows && control?.isPublic) {
    const because = "the subgraph says public of rows that policies filter by caller";
    return { open, lifetime: { kind: "none", reason: "varies", because } };
  }
  // Who does not say that an answer is the same for everybody means whoever asked.
  const isPrivate = lifetime.isPrivate || !(lifetime.isPublic || shelf.isProduct);
  if (!isPrivate || open.isPrivate) return { open, lifetime };
  shelf.learnt.isPrivate = true;
  return { open: openShelf(shelf, run), lifetime };
}
