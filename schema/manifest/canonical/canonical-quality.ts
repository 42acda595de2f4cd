import { parseDurationMs } from "../../units/duration.ts";
import { parseShare } from "../../units/percentage.ts";
import type { ManifestDocument } from "../document/manifest-document.ts";
import type { Quality } from "../model.ts";
import { declaredKeys, withoutUndefined } from "./declared.ts";

type QualityDocument = NonNullable<ManifestDocument["spec"]["quality"]>;
type CheckDocument = NonNullable<QualityDocument["checks"]>[number];
type SlaDocument = NonNullable<QualityDocument["sla"]>;

/** Checks by type, objectives as numbers, defaults filled in. */
export function canonicalQuality(document: QualityDocument | undefined): Quality {
  const checks = (document?.checks ?? []).map((check) => {
    // The document's schema has made sure of exactly one key.
    const [[type, parameters] = ["", {}]] = Object.entries(longCheck(check));
    return { type, parameters: parameters as Readonly<Record<string, unknown>> };
  });
  return {
    checks,
    sla: canonicalSla(document?.sla),
    onFailure: document?.onFailure ?? "quarantine",
    ...declaredKeys(document ?? {}, ["checks", "sla", "onFailure"]),
  };
}

/** The check with its name as only key. */
export function longCheck(check: CheckDocument): Readonly<Record<string, unknown>> {
  return withoutUndefined(check);
}

/** The objectives that a part of the mesh reads as numbers, and the whole map in `declared`. */
function canonicalSla(document: SlaDocument | undefined): Quality["sla"] {
  if (document === undefined) return {};
  const { freshness, availability, completeness, quality } = document;
  return withoutUndefined({
    freshness:
      freshness === undefined ? undefined : { maxAgeMs: parseDurationMs(freshness.maxAge) ?? 0, on: freshness.on },
    availability: shareOf(availability),
    completeness: shareOf(completeness),
    quality: shareOf(quality),
    ...declaredKeys(document),
  });
}

/** A promised share, or the objective when the long form says only that. */
function shareOf(written: SlaDocument["availability"]): number | undefined {
  const share = typeof written === "string" ? written : (written?.value ?? written?.objective);
  return share === undefined ? undefined : parseShare(share);
}
