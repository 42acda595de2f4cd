/** Decisions, matches and selectors in words, for people who did not write the policies. */
import type { Decision } from "../decision.ts";
import type { CallerMatch } from "../policy/model.ts";

/** `masked (partial)`, `shown`, `null`, `denied: it is restricted`. */
export function decisionInWords(decision: Decision): string {
  switch (decision.effect) {
    case "allow":
      return "shown";
    case "mask": {
      const { technique, parameters = {} } = decision.mask;
      const given = Object.entries(parameters).map(([name, value]) => `${name}: ${value}`);
      return `masked (${[technique, ...given].join(", ")})`;
    }
    case "null":
      return "null";
    case "deny":
      return `denied: ${decision.reason}`;
  }
}

/** `purpose customer-care or fraud-detection, role boss`. */
export function matchInWords({ purpose, roles, kind }: CallerMatch): string {
  return [
    ...(purpose === undefined ? [] : [`purpose ${purpose.join(" or ")}`]),
    ...(roles === undefined ? [] : [`role ${roles.join(" or ")}`]),
    ...(kind === undefined ? [] : [`kind ${kind.join(" or ")}`]),
  ].join(", ");
}

export function matchesInWords(matches: readonly CallerMatch[]): string {
  return matches.map(matchInWords).join("; or ");
}
