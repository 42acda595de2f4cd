/**
 * The Policy document in its canonical form: what it selects, for whom it holds, and what it does. Plain data, as it is
 * sent to other processes; `readPolicies` makes it from text.
 */
import type { Place } from "#schema";
import type { MaskParameters, MaskTechnique } from "../decision.ts";

export interface Policy {
  /** Where it was read; findings point there. */
  readonly places: PolicyPlaces;
  /** Kebab-case, unique among the policies of a mesh. */
  readonly name: string;
  readonly owner: string;
  readonly description: string | undefined;
  /**
   * The product beside which it lies; undefined for a policy of the whole mesh. One of a product selects that product's
   * coordinates only, and can only tighten: what it allows or lifts lifts nothing that somebody else says.
   */
  readonly product: string | undefined;
  readonly selector: Selector;
  /** The policy holds for callers who match at least one; for everyone when undefined. */
  readonly when: readonly CallerMatch[] | undefined;
  /** CEL; the policy holds where this is true as well. */
  readonly condition: string | undefined;
  /** The policy's effect is lifted for callers who match at least one. */
  readonly unless: readonly CallerMatch[];
  readonly effect: PolicyEffect;
  /** What whoever reads under this policy is held to; the mesh records it and tells it. */
  readonly obligations: readonly Obligation[];
  /** `shadow`: it is decided beside the others and enforced nowhere. */
  readonly mode: "enforce" | "shadow";
  /** RFC 3339; outside of it the policy is as if it were not there. */
  readonly validity: { readonly from: string | undefined; readonly until: string | undefined };
  /** What lifts the policy here and there for a time. */
  readonly waivers: readonly Waiver[];
}

interface PolicyPlaces {
  readonly name: Place;
  readonly selector: Place;
  readonly effect: Place;
  readonly condition: Place;
}

/** An exception to one policy: somebody answers for it, for a reason, until a day. */
export interface Waiver {
  readonly places: { readonly name: Place; readonly policy: Place; readonly selector: Place; readonly expires: Place };
  readonly name: string;
  readonly owner: string;
  readonly description: string | undefined;
  /** Name of the policy that it lifts. */
  readonly policy: string;
  readonly selector: Selector;
  /** For callers who match at least one; for everyone when undefined. */
  readonly principals: readonly CallerMatch[] | undefined;
  readonly reason: string;
  /** RFC 3339; from then on it lifts nothing. */
  readonly expires: string;
}

export type Obligation = "notify" | "log" | "watermark";

/** Which coordinates a policy speaks about: every key that is present must match, by any of its values. */
export interface Selector {
  /** Categories of personal data; `*` is any. */
  readonly pii: readonly string[] | undefined;
  readonly classification: readonly Classification[] | undefined;
  readonly domain: readonly string[] | undefined;
  readonly product: readonly string[] | undefined;
  /** Tags of the column or of its product. */
  readonly tags?: readonly string[] | undefined;
  /** `Customer.email`, with `*` for any run of name characters: `Customer.*`, `*.email`. */
  readonly coordinate: readonly string[] | undefined;
}

type Classification = "public" | "internal" | "confidential" | "restricted";

/** Every key that is present must match, by any of its values. */
export interface CallerMatch {
  /** The purpose that the caller declared and was granted. */
  readonly purpose: readonly string[] | undefined;
  readonly roles: readonly string[] | undefined;
  readonly kind: readonly PrincipalKind[] | undefined;
}

type PrincipalKind = "anonymous" | "user" | "service";

export type PolicyEffect = FieldEffect | RowEffect;

/** What becomes of the values of the fields that the policy selects. */
export type FieldEffect =
  | { readonly type: "allow" }
  | { readonly type: "mask"; readonly technique: MaskTechnique; readonly parameters?: MaskParameters }
  | { readonly type: "nullify" }
  | { readonly type: "deny"; readonly reason: string }
  /** They may be filtered and joined by, but never leave. */
  | { readonly type: "no-project"; readonly reason: string };

/** What becomes of the rows of the types whose fields the policy selects. */
export type RowEffect =
  /** Only rows whose column has one of the values that the CEL expression gives for the caller. */
  | { readonly type: "filter"; readonly column: string; readonly in: string }
  /** Only groups of at least so many rows. */
  | { readonly type: "min-group"; readonly size: number };

export function isRowEffect(effect: PolicyEffect): effect is RowEffect {
  return effect.type === "filter" || effect.type === "min-group";
}
