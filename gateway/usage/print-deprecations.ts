import type { DeprecatedUse } from "./deprecation.ts";

/** `extensions.deprecations[]`: what is not known is null, dates are ISO 8601 in UTC, sorted by coordinate. */
export interface PrintedDeprecation {
  readonly coordinate: string;
  readonly reason: string | null;
  readonly replacement: string | null;
  readonly deprecated: string | null;
  readonly sunset: string | null;
  readonly product: string | null;
  readonly owner: string | null;
  readonly link: string | null;
}

/** Stable for the same operation and variables. */
export function printDeprecations(uses: readonly DeprecatedUse[]): readonly PrintedDeprecation[] {
  return uses
    .map((use) => ({
      coordinate: use.coordinate,
      reason: use.reason ?? null,
      replacement: use.replacement ?? null,
      deprecated: use.deprecatedSince?.toISOString() ?? null,
      sunset: use.sunset?.toISOString() ?? null,
      product: use.product ?? null,
      owner: use.owner ?? null,
      link: use.link ?? null,
    }))
    .sort((a, b) => (a.coordinate < b.coordinate ? -1 : 1));
}
