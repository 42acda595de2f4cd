import type { ExplainedCaching, ExplainedPart } from "#gateway";

/**
 * What several processes say of one operation: what is kept is added up, and who has seen an answer knows more than who has
 * not. All have the same graph; where a reload lies between them, what the others say of other parts is left out.
 */
export function mergeExplanations(first: ExplainedCaching, others: readonly ExplainedCaching[]): ExplainedCaching {
  const parts = first.parts.map((part, at) =>
    others
      .flatMap((other) => other.parts[at] ?? [])
      .filter(({ subgraph, fetch }) => subgraph === part.subgraph && fetch === part.fetch)
      .reduce(mergeParts, part),
  );
  const answer = [first, ...others].map((each) => each.answer).find(({ isKept }) => isKept !== "unknown");
  return { parts, answer: answer ?? first.answer };
}

function mergeParts(one: ExplainedPart, other: ExplainedPart): ExplainedPart {
  const knows = one.isKept === "unknown" ? other : one;
  const ages = [one.oldestSeconds, other.oldestSeconds].filter((age) => age !== undefined);
  return {
    ...knows,
    entries: one.entries + other.entries,
    oldestSeconds: ages.length === 0 ? undefined : Math.max(...ages),
  };
}
