import type { Decisions } from "../execution/executor.ts";
import type { MaskedCoordinate } from "../governance-port.ts";

/** Sorted by coordinate. Denied fields are not in it: they have errors. */
export function maskedCoordinates(decisions: Decisions): readonly MaskedCoordinate[] {
  const masked: MaskedCoordinate[] = [];
  for (const [coordinate, decision] of decisions) {
    if (decision.effect === "mask") {
      masked.push({ coordinate, technique: decision.mask.technique, policy: decision.policy });
    } else if (decision.effect === "null") {
      masked.push({ coordinate, technique: "null", policy: decision.policy });
    }
  }
  return masked.sort((left, right) => (left.coordinate < right.coordinate ? -1 : 1));
}
