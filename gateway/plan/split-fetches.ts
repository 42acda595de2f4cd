/**
 * Measure for two fields of one subgraph that require the same field with different arguments: synthetic fields keep the
 * two values apart, but one representation has only one key for both. Such a fetch is split into parallel fetches, each
 * with the fields that need its source.
 */
import type { Fetch, RequiredField, Requirement, Selection } from "./plan.ts";

/** What a field needs beyond the key: the names of the synthetic fields in its `requires`, by subgraph. */
export type SyntheticNeeds = (subgraph: string, typeName: string, field: string) => ReadonlySet<string>;

/** The fetch itself when every key of its representations has one source. */
export function splitFetch(fetch: Fetch, needs: SyntheticNeeds, nextId: () => number): readonly Fetch[] {
  if (fetch.requires === undefined) return [fetch];
  const sources = new Map<string, Set<string>>();
  collectSources(fetch.requires, "", sources);
  const contested = [...sources.values()].filter((names) => names.size > 1);
  if (contested.length === 0) return [fetch];

  // Fields that need the same set of contested sources travel together; those that need none join the first.
  const all = new Set(contested.flatMap((names) => [...names]));
  const groups = new Map<string, { readonly needed: Set<string>; readonly selections: Selection[] }>();
  for (const { on, field } of leavesOf(fetch.selections)) {
    const needed = [...needs(fetch.subgraph, on, field.kind === "field" ? field.name : "")].filter((name) =>
      all.has(name),
    );
    const key = needed.sort().join(" ");
    const group = groups.get(key) ?? { needed: new Set(needed), selections: [] };
    group.selections.push({ kind: "fragment", on, directives: "", selections: [field] });
    groups.set(key, group);
  }
  const free = groups.get("");
  if (free !== undefined && groups.size > 1) {
    groups.delete("");
    [...groups.values()][0]?.selections.unshift(...free.selections);
  }
  return [...groups.values()].map((group, index) => ({
    ...fetch,
    id: index === 0 ? fetch.id : nextId(),
    selections: group.selections,
    requires: withoutSources(fetch.requires ?? [], (from) => all.has(from) && !group.needed.has(from)),
  }));
}

function collectSources(requirements: readonly Requirement[], at: string, sources: Map<string, Set<string>>): void {
  for (const requirement of requirements) {
    if (requirement.kind === "fragment") {
      collectSources(requirement.selections, at === "" ? requirement.on : at, sources);
      continue;
    }
    const key = `${at}.${requirement.name}`;
    const names = sources.get(key) ?? new Set();
    sources.set(key, names.add(requirement.from));
    if (requirement.selections) collectSources(requirement.selections, key, sources);
  }
}

function withoutSources(requirements: readonly Requirement[], drop: (from: string) => boolean): Requirement[] {
  return requirements.flatMap((requirement): Requirement[] => {
    if (requirement.kind === "field" && drop(requirement.from)) return [];
    if (requirement.selections === undefined) return [requirement];
    const selections = withoutSources(requirement.selections, drop);
    return requirement.kind === "field"
      ? [{ ...requirement, selections } satisfies RequiredField]
      : [{ ...requirement, selections }];
  });
}

/** The top-level selections below each type condition. */
function leavesOf(selections: readonly Selection[], on = ""): { readonly on: string; readonly field: Selection }[] {
  return selections.flatMap((selection) =>
    selection.kind === "fragment" && selection.directives === ""
      ? leavesOf(selection.selections, selection.on ?? on)
      : [{ on, field: selection }],
  );
}
