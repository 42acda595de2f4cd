import type { z } from "zod";
import { type ReadResult, readDocument } from "#schema";
import type { MaskParameters } from "../decision.ts";
import { policyDocument } from "./document.ts";
import type { CallerMatch, Policy, PolicyEffect, Selector } from "./model.ts";

/**
 * Reads one `kind: Policy` document strictly. Guarantees the canonical form, or at least one error with its place in the
 * file; unknown keys are errors. Never throws. Findings as `readDocument`.
 */
export function readPolicy(text: string, file: string): ReadResult<Policy> {
  const { value, findings, places } = readDocument(text, file, policyDocument);
  if (value === undefined) return { value, findings };
  const { metadata, spec } = value;
  const policy: Policy = {
    places: { name: places.valueAt(["metadata", "name"]), selector: places.keyAt(["spec", "selector"]) },
    name: metadata.name,
    owner: metadata.owner,
    description: metadata.description,
    selector: canonicalSelector(spec.selector),
    when: spec.when?.map(canonicalMatch),
    unless: spec.unless?.map(canonicalMatch) ?? [],
    effect: canonicalEffect(spec.effect),
  };
  return { value: policy, findings };
}

type Optional<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

function canonicalSelector({ pii, classification, domain, product, coordinate }: Optional<Selector>): Selector {
  return { pii, classification, domain, product, coordinate };
}

function canonicalEffect(effect: z.output<typeof policyDocument>["spec"]["effect"]): PolicyEffect {
  if (effect.type !== "mask") return effect;
  const { type, technique, ...written } = effect;
  const given = Object.entries(written).filter(([, value]) => value !== undefined);
  // Only what the technique's own parameters let through is left.
  const parameters = Object.fromEntries(given) as MaskParameters;
  return given.length === 0 ? { type, technique } : { type, technique, parameters };
}

function canonicalMatch({ purpose, roles, kind }: Optional<CallerMatch>): CallerMatch {
  return { purpose, roles, kind };
}
