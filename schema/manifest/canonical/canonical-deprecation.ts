import type { z } from "zod";
import type { deprecation } from "../document/deprecation.ts";
import type { Deprecation } from "../model.ts";

/** `date` and `since` become one. */
export function canonicalDeprecation(document: z.output<typeof deprecation>): Deprecation {
  const { date, since, sunset, replacedBy, reason, link } = document;
  return { since: since ?? date, sunset, replacedBy, reason, link };
}
