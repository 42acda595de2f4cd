/** What the policies say about one coordinate for one caller. */
export type Decision =
  | { readonly effect: "allow" }
  | { readonly effect: "mask"; readonly technique: MaskTechnique; readonly policy: string }
  | { readonly effect: "null"; readonly policy: string }
  | { readonly effect: "deny"; readonly policy: string; readonly reason: string };

export type MaskTechnique = "redact" | "partial";

/** A coordinate that a policy may speak about, with what it needs to know of it. */
export interface GovernedCoordinate {
  /** `Customer.email`. */
  readonly coordinate: string;
  readonly product: string;
  readonly domain: string;
  /** Categories, the strictest view over all subgraphs that declare the field. */
  readonly pii: readonly string[];
  readonly classification: "public" | "internal" | "confidential" | "restricted" | undefined;
  readonly purposes: readonly string[];
  /** GraphQL type as printed, `String!`; a mask must keep it. */
  readonly type: string;
}

/** The decision for a coordinate on which no policy has an effect. */
export const allowed: Decision = Object.freeze({ effect: "allow" });

/** The technique that hides more comes later. */
const techniquesByStrength: readonly MaskTechnique[] = ["partial", "redact"];

/**
 * Guarantees the strictest of the decisions: deny over null over the stronger mask over allow, and `allowed` for none.
 * The order of the decisions does not matter: of two equally strict ones the policy whose name sorts first is named.
 */
export function strictest(decisions: Iterable<Decision>): Decision {
  let strictest: Decision = allowed;
  for (const decision of decisions) {
    const difference = strictness(decision) - strictness(strictest);
    if (difference > 0 || (difference === 0 && nameOf(decision) < nameOf(strictest))) strictest = decision;
  }
  return strictest;
}

/** How strict a decision is; a greater number reveals less. */
export function strictness(decision: Decision): number {
  switch (decision.effect) {
    case "allow":
      return 0;
    case "mask":
      return 1 + techniquesByStrength.indexOf(decision.technique);
    case "null":
      return 1 + techniquesByStrength.length;
    case "deny":
      return 2 + techniquesByStrength.length;
  }
}

function nameOf(decision: Decision): string {
  return decision.effect === "allow" ? "" : decision.policy;
}
