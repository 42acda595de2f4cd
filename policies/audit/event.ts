/**
 * What is recorded of one operation that reached personal data: who, why, which coordinates under which decision. Never a
 * value, never a variable, never the operation's text.
 */
import type { HeldObligation } from "../decide.ts";
import type { Decision } from "../decision.ts";
import type { Caller } from "../principal.ts";

/** One coordinate with personal data, and what was decided about it. */
export interface AuditedCoordinate {
  readonly coordinate: string;
  readonly product: string;
  readonly decision: Decision["effect"];
  readonly technique?: string;
  /** The policy that decided; absent where nothing was against it. */
  readonly policy?: string;
}

/** What is the same for every call of one operation by callers with equal decisions. Made once, printed once. */
export interface AuditedAccess {
  readonly coordinates: readonly AuditedCoordinate[];
  readonly products: readonly { readonly name: string; readonly version: string }[];
  /** What the policies oblige the mesh or the caller to do. */
  readonly obligations: readonly HeldObligation[];
  /** Digest of the policies that decided. */
  readonly policySet: string;
}

export interface AuditEvent {
  /** Milliseconds since 1970, UTC. */
  readonly time: number;
  /** Who enforced the decisions: the gateway, or the subgraph of the product that was asked directly. */
  readonly place: "gateway" | "subgraph";
  readonly caller: Caller;
  readonly operation: { readonly name: string | undefined; readonly hash: string };
  readonly access: AuditedAccess;
  /** `refused`: nothing was fetched. `failed`: there are no data in the answer. */
  readonly outcome: "answered" | "refused" | "failed";
  /** How many values of each coordinate went out; undefined where nobody counted. */
  readonly rows: ReadonlyMap<string, number> | undefined;
  readonly traceId: string | undefined;
  /** The gateway's generation. */
  readonly generation: number | undefined;
}

/** A decision as it is recorded. */
export function auditedCoordinate(coordinate: string, product: string, decision: Decision): AuditedCoordinate {
  switch (decision.effect) {
    case "allow":
      return { coordinate, product, decision: "allow" };
    case "mask":
      return { coordinate, product, decision: "mask", technique: decision.mask.technique, policy: decision.policy };
    case "null":
    case "deny":
      return { coordinate, product, decision: decision.effect, policy: decision.policy };
  }
}
