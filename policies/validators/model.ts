/** `kind: Validator`: what governance demands of a product before a version of it is published. */
import type { Place } from "#schema";

export interface Validator {
  readonly place: Place;
  readonly name: string;
  readonly owner: string;
  readonly description: string | undefined;
  /** `block`: a version that does not pass is not published, and the one before goes on serving. */
  readonly level: "warn" | "block";
  /** Products that it is about; all when both are undefined. */
  readonly domain: readonly string[] | undefined;
  readonly product: readonly string[] | undefined;
  readonly check: ValidatorCheck;
}

export type ValidatorCheck =
  | { readonly type: ManifestCheckType }
  /** Columns with personal data are classified at least so. */
  | { readonly type: "classified"; readonly atLeast: "internal" | "confidential" | "restricted" }
  | PersonalDataCheck;

/** What is asked of the manifest alone. */
export type ManifestCheckType = "owner" | "sla" | "retention" | "encryption" | "names" | "descriptions" | "purposes";

/** What is asked of sampled rows. */
export interface PersonalDataCheck {
  readonly type: "undeclared-personal-data";
  /** Rows of each output that are looked at. */
  readonly sample: number;
  /** Share of a column's values that must look like personal data, above 0 to 1. */
  readonly share: number;
  readonly minValues: number;
}

export function isPersonalDataCheck(check: ValidatorCheck): check is PersonalDataCheck {
  return check.type === "undeclared-personal-data";
}
