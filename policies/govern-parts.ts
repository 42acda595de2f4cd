/** Coordinates + policies → what is said about each coordinate, and about what it is made from. */
import type { CompiledPolicies, PlacedWaiver } from "./compile-policies.ts";
import type { CompiledPolicy, GovernedPart, SelectingPolicy } from "./decide.ts";
import type { GovernedCoordinate } from "./decision.ts";
import type { Condition } from "./policy/condition.ts";
import { indexSelectors } from "./policy/selector-index.ts";
import { createSchemaDemands } from "./schema-demands.ts";

export interface GovernedParts {
  /** By coordinate: its own part first, then one for each coordinate that it is made from. Governed ones only. */
  readonly parts: ReadonlyMap<string, readonly GovernedPart[]>;
  /** Every condition that the parts ask, each once. */
  readonly conditions: readonly Condition[];
}

interface Selected {
  readonly policy: CompiledPolicy;
  readonly waivers: readonly PlacedWaiver[];
  readonly entry: GovernedCoordinate | undefined;
}

interface OwnPart {
  readonly coordinate: string;
  personal: boolean;
  readonly purposes: (readonly string[])[];
  readonly selected: Selected[];
  readonly madeFrom: Set<string>;
}

/** Cost: linear in the coordinates and in what is selected, but for policies that narrow by nothing. */
export function governParts(compiled: CompiledPolicies, coordinates: readonly GovernedCoordinate[]): GovernedParts {
  const demands = createSchemaDemands(compiled);
  const entries = Map.groupBy(coordinates, ({ coordinate }) => coordinate);
  const selectingPolicies = indexSelectors(compiled.fieldPolicies, ({ selector }) => selector);
  const own = new Map<string, OwnPart>();
  for (const [coordinate, ofCoordinate] of entries) {
    const part: OwnPart = { coordinate, personal: false, purposes: [], selected: [], madeFrom: new Set() };
    const seen = new Set<CompiledPolicy>();
    for (const entry of ofCoordinate) {
      part.personal ||= entry.pii.length > 0;
      if (entry.purposeLimited === true) part.purposes.push(entry.purposes);
      for (const made of entry.madeFrom ?? []) part.madeFrom.add(made);
      for (const { policy, waivers } of selectingPolicies(entry)) {
        // One that asks for the resource may answer differently for each product that resolves the field.
        if (seen.has(policy) && !policy.condition.readsResource) continue;
        seen.add(policy);
        part.selected.push({ policy, waivers, entry });
      }
      for (const policy of demands.policiesFor(entry)) {
        if (!seen.has(policy)) part.selected.push({ policy, waivers: [], entry: undefined });
        seen.add(policy);
      }
    }
    own.set(coordinate, part);
  }

  const parts = new Map<string, readonly GovernedPart[]>();
  for (const part of own.values()) {
    const all = [part, ...madeFrom(part, own)].flatMap((each) => bindWaivers(each, part, entries));
    const governed = all.filter(({ personal, selecting }) => personal || selecting.length > 0);
    if (governed.length > 0) parts.set(part.coordinate, governed);
  }
  return { parts, conditions: [...new Set([...compiled.conditions, ...demands.conditions()])] };
}

/** Everything that the coordinate is made from, directly or not; cycles end. */
function madeFrom(part: OwnPart, own: ReadonlyMap<string, OwnPart>): readonly OwnPart[] {
  const found = new Set<OwnPart>();
  const open = [...part.madeFrom];
  for (let coordinate = open.pop(); coordinate !== undefined; coordinate = open.pop()) {
    const source = own.get(coordinate);
    if (source === undefined || source === part || found.has(source)) continue;
    found.add(source);
    open.push(...source.madeFrom);
  }
  return [...found];
}

/** What is said about a part as far as it concerns `asked`: a waiver may select either of the two. */
function bindWaivers(
  part: OwnPart,
  asked: OwnPart,
  entries: ReadonlyMap<string, readonly GovernedCoordinate[]>,
): GovernedPart {
  const concerned = [...new Set([part.coordinate, asked.coordinate])].flatMap((name) => entries.get(name) ?? []);
  return {
    coordinate: part.coordinate,
    personal: part.personal,
    purposes: part.purposes,
    selecting: part.selected.map(
      ({ policy, waivers, entry }): SelectingPolicy => ({
        policy,
        waivers: waivers.filter(({ selector }) => concerned.some(selector.selects)),
        resource: entry,
      }),
    ),
  };
}
