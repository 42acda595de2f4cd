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
