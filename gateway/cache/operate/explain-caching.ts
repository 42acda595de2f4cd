/** Why the parts of an operation are kept, or are not: what the graph says in advance, and what answers have said since. */
import type { Fetch } from "../../plan/plan.ts";
import type { CacheCore } from "../cache-core.ts";
import type { GenerationCache } from "../generation-cache.ts";
import { lifetimeOf } from "../lifetime/lifetime.ts";
import type { Shelf } from "../shelf/shelf.ts";

export interface ExplainedPart {
  readonly subgraph: string;
  /** `Product`, or `Query { orders }`. */
  readonly fetch: string;
  readonly mode: "on" | "shadow" | "off";
  /** Whether answers are kept; `unknown` as long as nothing says so but an answer that has not come yet. */
  readonly isKept: boolean | "unknown";
  readonly because: string;
  /** At most; undefined where nothing says so in advance. */
  readonly seconds: number | undefined;
  /** Who gets the same. */
  readonly sameFor: "everybody" | "callers whom the policies let see the same rows" | "one caller";
  readonly shared: "as it is" | "sealed" | "no";
  /** Why not, where it is not. */
  readonly sharedBecause: string | undefined;
  /** Categories of personal data in it. */
  readonly personal: readonly string[];
  /** What it goes with, in this gateway's words. */
  readonly dependsOn: readonly string[];
  /** Kept in this process now. */
  readonly entries: number;
  readonly oldestSeconds: number | undefined;
}

export interface ExplainedCaching {
  readonly parts: readonly ExplainedPart[];
  /** Of the answer as a whole. */
  readonly answer: { readonly isKept: boolean | "unknown"; readonly because: string };
}

export function explainCaching(cache: GenerationCache, fetches: readonly Fetch[]): ExplainedCaching {
  const parts = new Map<string, ExplainedPart>();
  for (const fetch of fetches) {
    const shelf = cache.shelfOf(fetch);
    if (shelf === undefined) parts.set(`off ${fetch.id}`, notKept(fetch));
    else if (!parts.has(shelf.id)) parts.set(shelf.id, explainShelf(shelf, cache.core));
  }
  const all = [...parts.values()];
  return { parts: all, answer: explainAnswer(all, cache.core) };
}

function notKept({ subgraph, operation, requires }: Fetch): ExplainedPart {
  return {
    subgraph,
    fetch: requires === undefined ? operation : "entities",
    mode: "off",
    isKept: false,
    because: operation === "query" ? "keeping is switched off for the product" : `it is a ${operation}`,
    seconds: undefined,
    sameFor: "everybody",
    shared: "no",
    sharedBecause: "it is not kept",
    personal: [],
    dependsOn: [],
    entries: 0,
    oldestSeconds: undefined,
  };
}

function explainShelf(shelf: Shelf, core: CacheCore): ExplainedPart {
  const { subgraph, title, mode, hint, objective, objectiveSpeaks, personal, learnt } = shelf;
  const lifetime = lifetimeOf({
    hint,
    control: undefined,
    age: 0,
    objective,
    objectiveSpeaks,
    longest: core.options.longestMs / 1_000,
  });
  const isPrivate = learnt.isPrivate || hint?.isPrivate === true;
  const { lastRefusal } = learnt;
  const told =
    lastRefusal !== undefined
      ? { isKept: false, because: `the last answer was not: ${lastRefusal.because}` }
      : lifetime.kind === "some"
        ? { isKept: true, because: lifetime.because }
        : learnt.hasKept
          ? { isKept: true, because: "answers say how long" }
          : lifetime.reason === "no-hint"
            ? {
                isKept: "unknown" as const,
                because: `${lifetime.because}, as far as it is known: nothing was asked yet`,
              }
            : { isKept: false, because: lifetime.because };
  const entries = [...core.memory.values()].filter((entry) => entry.shelf.id === shelf.id);
  return {
    subgraph,
    fetch: title,
    mode,
    isKept: told.isKept,
    because: told.because,
    seconds: lifetime.kind === "some" ? lifetime.fresh : undefined,
    sameFor: isPrivate
      ? "one caller"
      : shelf.variation === undefined
        ? "everybody"
        : "callers whom the policies let see the same rows",
    ...explainShared(shelf, isPrivate, core),
    personal,
    dependsOn: [...shelf.scopes.map(nameInWords), ...shelf.keyedTypes.map((type) => `the ${type} with its key`)],
    entries: entries.length,
    oldestSeconds:
      entries.length === 0
        ? undefined
        : Math.round((core.now() - Math.min(...entries.map(({ bornAt }) => bornAt))) / 100) / 10,
  };
}

function explainShared(
  shelf: Shelf,
  isPrivate: boolean,
  { shared, options }: CacheCore,
): Pick<ExplainedPart, "shared" | "sharedBecause"> {
  const no = (because: string): Pick<ExplainedPart, "shared" | "sharedBecause"> => ({
    shared: "no",
    sharedBecause: because,
  });
  if (shared === undefined) return no("there is no Redis to share it in");
  if (shelf.mode !== "on") return no("in shadow mode it is kept to be compared, and by each gateway for itself");
  const unshared = shelf.personal.filter((category) => options.unsharedCategories.includes(category));
  if (unshared.length > 0) return no(`it holds ${unshared.join(", ")}, which is not shared`);
  const isSealed = isPrivate || shelf.personal.length > 0;
  if ((isSealed || shelf.namesPersons) && !shared.names.isKeyed) {
    return no("it may hold personal data, and there is no key to seal it with (`datamesh keys rotate` makes one)");
  }
  return { shared: isSealed ? "sealed" : "as it is", sharedBecause: undefined };
}

function explainAnswer(parts: readonly ExplainedPart[], { options }: CacheCore): ExplainedCaching["answer"] {
  if (options.responseBytes === 0) return { isKept: false, because: "keeping whole answers is switched off" };
  if (parts.length === 0) return { isKept: false, because: "no subgraph is asked for it" };
  const missing = parts.filter(({ isKept, mode }) => isKept !== true || mode !== "on");
  if (missing.length === 0) return { isKept: true, because: "all of its parts are kept" };
  const names = missing.map(({ subgraph, fetch }) => `${fetch} of ${subgraph}`).join(", ");
  const isUnknown = missing.every(({ isKept }) => isKept === "unknown");
  return isUnknown
    ? { isKept: "unknown", because: `that depends on what is answered for ${names}` }
    : { isKept: false, because: `not all of its parts are kept: ${names}` };
}

/** Scopes of shelves have no values in them. */
function nameInWords(scope: string): string {
  const [subgraph = "", rest = ""] = scope.slice(2).split("\n");
  if (scope.startsWith("p:")) return `everything of ${subgraph}`;
  if (scope.startsWith("c:")) return `any change of rows in ${subgraph}`;
  return scope.startsWith("t:") ? `type ${rest} of ${subgraph}` : scope;
}
