/**
 * The Policy document in its canonical form: what it selects, for whom it holds, and what it does.
 * `readPolicy` makes it from text.
 */
import type { Place } from "#schema";
import type { MaskParameters, MaskTechnique } from "../decision.ts";

export interface Policy {
  /** Where it was read; findings point there. */
  readonly places: { readonly name: Place; readonly selector: Place };
  /** Kebab-case, unique among the policies of a mesh. */
  readonly name: string;
  readonly owner: string;
  readonly description: string | undefined;
  readonly selector: Selector;
  /** The policy holds for callers who match at least one; for everyone when undefined. */
  readonly when: readonly CallerMatch[] | undefined;
  /** The policy's effect is lifted for callers who match at least one. */
  readonly unless: readonly CallerMatch[];
  readonly effect: PolicyEffect;
}

/** Which coordinates a policy speaks about: every key that is present must match, by any of its values. */
export interface Selector {
  /** Categories of personal data; `*` is any. */
  readonly pii: readonly string[] | undefined;
  readonly classification: readonly Classification[] | undefined;
  readonly domain: readonly string[] | undefined;
  readonly product: readonly string[] | undefined;
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
  /** Only rows whose column has one of the values that the expression gives for the caller. */
  | { readonly type: "filter"; readonly column: string; readonly in: string }
  /** Only groups of at least so many rows. */
  | { readonly type: "min-group"; readonly size: number };
