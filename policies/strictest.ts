/** Several decisions about one coordinate → the one that holds. */
import { allowed, type Decision, type Mask, techniquesByStrength } from "./decision.ts";
import { techniques } from "./masking/techniques.ts";

/**
 * Guarantees the strictest of the decisions: deny over null over the stronger mask over allow, and `allowed` for none.
 * Of masks of one technique, the one whose parameters hide more; redact, where the technique cannot tell. The order of
 * the decisions does not matter: of equally strict ones the policy whose name sorts first is named.
 */
export function strictest(decisions: Iterable<Decision>): Decision {
  let strictest: Decision = allowed;
  let rivals: Extract<Decision, { effect: "mask" }>[] = [];
  for (const decision of decisions) {
    const difference = strictness(decision) - strictness(strictest);
    if (difference > 0) rivals = [];
    if (difference >= 0 && decision.effect === "mask") rivals.push(decision);
    if (difference > 0 || (difference === 0 && nameOf(decision) < nameOf(strictest))) strictest = decision;
  }
  return rivals.length > 1 ? strongest(rivals) : strictest;
}

/** Of masks of one technique. */
function strongest(masks: readonly Extract<Decision, { effect: "mask" }>[]): Decision {
  const sorted = masks.toSorted((one, other) => (one.policy < other.policy ? -1 : 1));
  const found = sorted.find((one) => sorted.every((other) => hidesAsMuch(one.mask, other.mask)));
  return found ?? { effect: "mask", mask: { technique: "redact" }, policy: sorted[0]?.policy ?? "" };
}

function hidesAsMuch(one: Mask, other: Mask): boolean {
  if (areEqual(one, other)) return true;
  const difference = techniques[one.technique]?.compare?.(one.parameters ?? {}, other.parameters ?? {});
  return difference !== undefined && difference >= 0 && one.separation === other.separation;
}

function areEqual(one: Mask, other: Mask): boolean {
  const written = ({ parameters = {}, separation }: Mask): string =>
    JSON.stringify([Object.entries(parameters).sort(), separation]);
  return one === other || written(one) === written(other);
}

/**
 * How strict a decision is; a greater number reveals less. Equal numbers for masks of one technique, whatever their
 * parameters.
 */
export function strictness(decision: Decision): number {
  switch (decision.effect) {
    case "allow":
      return 0;
    case "mask":
      return 1 + techniquesByStrength.indexOf(decision.mask.technique);
    case "null":
      return 1 + techniquesByStrength.length;
    case "deny":
      return 2 + techniquesByStrength.length;
  }
}

function nameOf(decision: Decision): string {
  return decision.effect === "allow" ? "" : decision.policy;
}
