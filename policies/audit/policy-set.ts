import { createHash } from "node:crypto";
import type { Policy } from "../policy/model.ts";
import { canonical } from "./chain.ts";

/**
 * A digest of what the policies say: the same for equal policies in whatever order and from whatever file, so that an
 * audit record tells under which ones it was decided.
 */
export function policySetVersion(policies: readonly Policy[]): string {
  const texts = policies.map((policy) => canonical(JSON.parse(JSON.stringify(policy, withoutPlaces)))).sort();
  return createHash("sha256").update(texts.join("\n")).digest("hex").slice(0, 16);
}

function withoutPlaces(key: string, value: unknown): unknown {
  return key === "places" ? undefined : value;
}
