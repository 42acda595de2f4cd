/** What the policies say about one coordinate for one caller. */
export type Decision =
  | { readonly effect: "allow" }
  | { readonly effect: "mask"; readonly mask: Mask; readonly policy: string }
  | { readonly effect: "null"; readonly policy: string }
  | { readonly effect: "deny"; readonly policy: string; readonly reason: string };

/** A technique with its parameters. */
export interface Mask {
  readonly technique: MaskTechnique;
  /** Those that the policy gives; the technique has defaults for the others. */
  readonly parameters?: MaskParameters;
  /** Of a technique with keys: what separates one use of a key from another, the caller's purpose, "" for none. */
  readonly separation?: string;
}

export type MaskParameters = Readonly<Record<string, string | number | boolean>>;

/** Every technique that a mask may have, the one that hides more later. */
export const techniquesByStrength = [
  "partial",
  "generalise",
  "noise",
  "format-preserving",
  "pseudonymise",
  "hash",
  "tokenise",
  "encrypt",
  "custom",
  "redact",
] as const;

export type MaskTechnique = (typeof techniquesByStrength)[number];

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
  /** Whether the product names purposes at all; without it an empty list says nothing. */
  readonly purposeLimited?: boolean;
  /** Of the field and of its product; none when left out. */
  readonly tags?: readonly string[];
  /** Coordinates that its values are made from: it is governed at least as strictly as each of them. */
  readonly madeFrom?: readonly string[];
  /** What the schema itself asks of its readers. */
  readonly demands?: SchemaDemands;
  /** GraphQL type as printed, `String!`; a mask must keep it. */
  readonly type: string;
}

/** Federation's access directives. Lists are joined by AND; each is an OR of ANDs. */
export interface SchemaDemands {
  readonly authenticated: boolean;
  readonly scopes: readonly Alternatives[];
  readonly policies: readonly Alternatives[];
}

type Alternatives = readonly (readonly string[])[];

/** The decision for a coordinate on which no policy has an effect. */
export const allowed: Decision = Object.freeze({ effect: "allow" });
