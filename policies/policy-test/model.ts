/** `kind: PolicyTest`: what callers are expected to get, so that a change of a policy that changes it is noticed. */
import type { Place } from "#schema";
import type { MaskTechnique } from "../decision.ts";

export interface PolicyTestDocument {
  readonly name: string;
  readonly cases: readonly PolicyTestCase[];
}

export interface PolicyTestCase {
  readonly place: Place;
  readonly name: string;
  /** A principal of the configuration, or `anonymous`. */
  readonly as: string;
  readonly purpose: string | undefined;
  /** Undefined: the coordinates of the expectations are asked for. */
  readonly query: string | undefined;
  readonly operation: string | undefined;
  /** By coordinate. */
  readonly expect: ReadonlyMap<string, ExpectedDecision>;
  /** Whether the whole request is refused; undefined: not said. */
  readonly refused: boolean | undefined;
}

export interface ExpectedDecision {
  readonly decision: "allow" | "mask" | "null" | "deny";
  readonly technique: MaskTechnique | undefined;
  readonly policy: string | undefined;
}
