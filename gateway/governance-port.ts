/**
 * What governance adds to the gateway, and when it is asked. The adapter lies in `governance/`; without one nothing is
 * authenticated, denied or masked.
 *
 *   generation built ── govern(supergraph) ──▶ GovernanceTable        once per supergraph
 *   operation + caller ── authorise(operation, caller) ──▶ Authorisation   before any fetch
 *   decisions ── Executor ──▶ answer                                  after all joins
 */
import type { DocumentNode, GraphQLSchema } from "graphql";
import type { AuditedAccess, Caller, HeldObligation, MaskTechnique } from "#policies";
import type { Decisions } from "./execution/executor.ts";
import type { PreparedOperation } from "./operation/prepared-operation.ts";

/** Builds the table of one supergraph. A throw refuses the generation: the old one keeps serving. */
export type Govern = (supergraph: {
  /** The supergraph's SDL, parsed: mesh directives are read from it. */
  readonly document: DocumentNode;
  readonly apiSchema: GraphQLSchema;
}) => GovernanceTable | Promise<GovernanceTable>;

/** One generation's governed coordinates and the rules for them. Immutable. */
export interface GovernanceTable {
  /**
   * Called for every request, after validation and before any fetch; what depends on the operation alone should be kept
   * per operation (it is one object for one text and name). A throw denies the request. Also called without a request, with
   * a caller who asked before, when operations are planned for the next graph: it only decides.
   */
  authorise(
    operation: PreparedOperation,
    caller: Caller,
    /** Checked ones; an operation can compare with what its caller may not see in its variables alone. */
    variables?: Readonly<Record<string, unknown>>,
  ): Authorisation | Promise<Authorisation>;
  /** Equal for equal policies: what was decided under others is of no use. */
  readonly version?: string;
  /**
   * What the policies let answers about these types depend on for a caller, masks aside; undefined when nothing. `compared`:
   * the types by whose columns an answer may be filtered, ordered or paged. Asked once for each kind of fetch.
   */
  variation?(types: readonly string[], compared: readonly string[]): ((caller: Caller) => Variation) | undefined;
}

/** How one caller's answers differ from what others get. */
export interface Variation {
  /** Equal for callers who get equal answers; empty for those to whom nothing is limited. */
  readonly name: string;
  /** Rows are left out, or groups of rows. */
  readonly limitsRows: boolean;
}

/** What one caller may get from one operation, and what is recorded of it where it reaches personal data. */
export type Authorisation = AlsoDecided & Verdict;

interface AlsoDecided {
  /** What is recorded; absent where the operation reaches no personal data. */
  readonly access?: AuditedAccess;
  /** What the policies that hold oblige to, told in `extensions.obligations`; absent where nothing does. */
  readonly obligations?: readonly HeldObligation[];
  /** What the policies in shadow mode say, to be counted; absent where none selects a field of the operation. */
  readonly shadow?: readonly ShadowOutcome[];
}

type Verdict =
  /** Nothing to enforce: the operation runs as it is written. `isForAll`: whoever asks, since nothing in it is governed. */
  | { readonly kind: "allowed"; readonly isForAll?: boolean }
  /** The whole request is refused before any fetch. */
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly message: string;
      readonly status: 401 | 403;
      /** Told beside the code. */
      readonly extensions?: Readonly<Record<string, unknown>>;
    }
  /** It runs, but not all of it is shown. */
  | {
      readonly kind: "restricted";
      /** What the executor carries out; one object for equal decisions. */
      readonly decisions: Decisions;
      /** Told to the caller in `extensions.masked`: what of the answer is not the raw value, how, and by which policy. */
      readonly masked: readonly MaskedCoordinate[];
    };

/** What enforcing the policies in shadow mode would do to one field of an operation. */
export interface ShadowOutcome {
  readonly coordinate: string;
  /** The one that would decide; `any` where the field would be shown. */
  readonly policy: string;
  /** `unchanged`, or what would become of the field. */
  readonly outcome: "unchanged" | "shown" | "masked" | "null" | "denied";
}

/** Never a value. */
export interface MaskedCoordinate {
  readonly coordinate: string;
  readonly technique: MaskTechnique | "null";
  readonly policy: string;
}
