/** Text of Policy, Waiver and Validator documents → all in their canonical form. */
import {
  type DocumentPath,
  type DocumentResult,
  type Finding,
  hasErrors,
  type Place,
  type Places,
  printPath,
  type ReadResult,
  readDocuments,
} from "#schema";
import type { MaskParameters } from "../decision.ts";
import { type ExpressionUse, isFault, parseExpression } from "../expression/expression.ts";
import type { Validator } from "../validators/model.ts";
import { governanceDocument, type PolicyDocument, type ValidatorDocument, type WaiverDocument } from "./document.ts";
import { type CallerMatch, isRowEffect, type Policy, type PolicyEffect, type Selector, type Waiver } from "./model.ts";
import { placeInText } from "./place-in-text.ts";

export interface PoliciesRead {
  readonly policies: readonly Policy[];
  readonly waivers: readonly Waiver[];
  readonly validators: readonly Validator[];
  readonly findings: readonly Finding[];
}

/**
 * Reads the documents of one file strictly. Guarantees the canonical form of each, or at least one error with its place;
 * unknown keys are errors, and so is a condition that is no well typed CEL. Never throws. Findings as `readDocument`, and
 * `bad-expression`, `resource-in-row-policy`, `local-waiver`, `local-validator`.
 *
 * @param product the product beside whose manifest the file lies; undefined for policies of the whole mesh.
 */
export function readPolicies(text: string, file: string, product?: string): PoliciesRead {
  const policies: Policy[] = [];
  const waivers: Waiver[] = [];
  const validators: Validator[] = [];
  const findings: Finding[] = [];
  for (const result of readDocuments(text, file, governanceDocument)) {
    findings.push(...result.findings);
    const { value, places } = result;
    if (value?.kind === "Waiver") {
      if (product === undefined) waivers.push(canonicalWaiver(value, places));
      else findings.push(localWaiver(places));
    }
    if (value?.kind === "Validator") {
      if (product === undefined) validators.push(canonicalValidator(value, places));
      else findings.push(localValidator(places));
    }
    if (value?.kind !== "Policy") continue;
    const faults = checkExpressions(value, places, text);
    findings.push(...faults);
    if (!hasErrors(faults)) policies.push(canonicalPolicy(value, places, product));
  }
  return { policies, waivers, validators, findings };
}

/** The same for a text that holds one policy and nothing else. */
export function readPolicy(text: string, file: string): ReadResult<Policy> {
  const { policies, waivers, findings } = readPolicies(text, file);
  const [value] = policies;
  return { value: policies.length === 1 && waivers.length === 0 && !hasErrors(findings) ? value : undefined, findings };
}

function localWaiver(places: DocumentResult<unknown>["places"]): Finding {
  return {
    level: "error",
    code: "local-waiver",
    message:
      "A product can only tighten the policies of the mesh, so there are no waivers beside a manifest. Governance writes it among the global policies.",
    place: places.valueAt(["kind"]),
    path: "kind",
  };
}

function localValidator(places: DocumentResult<unknown>["places"]): Finding {
  return {
    level: "error",
    code: "local-validator",
    message: "What is demanded of products is governance's to say. Write it among the global policies.",
    place: places.valueAt(["kind"]),
    path: "kind",
  };
}

function canonicalValidator({ metadata, spec }: ValidatorDocument, places: Places): Validator {
  return {
    place: places.valueAt(["metadata", "name"]),
    name: metadata.name,
    owner: metadata.owner,
    description: metadata.description,
    level: spec.level,
    domain: spec.selector.domain,
    product: spec.selector.product,
    check: spec.check,
  };
}

function checkExpressions({ spec }: PolicyDocument, places: Places, text: string): readonly Finding[] {
  const findings: Finding[] = [];
  const check = (source: string, path: DocumentPath, use: ExpressionUse): void => {
    const at = (offset: number): Place => placeInText(text, places.valueAt(path), source, offset);
    const parsed = parseExpression(source, use);
    if (isFault(parsed)) {
      const { message, offset } = parsed;
      findings.push({ level: "error", code: "bad-expression", message, place: at(offset), path: printPath(path) });
    } else if (isRowEffect(spec.effect) && [...parsed.reads.others].some((name) => name.startsWith("resource"))) {
      findings.push({
        level: "error",
        code: "resource-in-row-policy",
        message: "A policy about rows is asked for a whole type, so there is no `resource`. Narrow it by the selector.",
        place: at(source.indexOf("resource")),
        path: printPath(path),
      });
    }
  };
  if (spec.condition !== undefined) check(spec.condition, ["spec", "condition"], "condition");
  if (spec.effect.type === "filter") check(spec.effect.in, ["spec", "effect", "in"], "values");
  return findings;
}

function canonicalPolicy({ metadata, spec }: PolicyDocument, places: Places, product: string | undefined): Policy {
  return {
    places: {
      name: places.valueAt(["metadata", "name"]),
      selector: places.keyAt(["spec", "selector"]),
      effect: places.keyAt(["spec", "effect"]),
      condition: places.valueAt(["spec", "condition"]),
    },
    name: metadata.name,
    owner: metadata.owner,
    description: metadata.description,
    product,
    selector: canonicalSelector(spec.selector),
    when: spec.when?.map(canonicalMatch),
    condition: spec.condition,
    unless: spec.unless?.map(canonicalMatch) ?? [],
    effect: canonicalEffect(spec.effect),
    obligations: spec.obligations ?? [],
    mode: spec.mode,
    validity: { from: spec.validity?.from, until: spec.validity?.until },
    waivers: [],
  };
}

function canonicalWaiver({ metadata, spec }: WaiverDocument, places: Places): Waiver {
  return {
    places: {
      name: places.valueAt(["metadata", "name"]),
      policy: places.valueAt(["spec", "policy"]),
      selector: places.keyAt(["spec", "selector"]),
      expires: places.valueAt(["spec", "expires"]),
    },
    name: metadata.name,
    owner: metadata.owner,
    description: metadata.description,
    policy: spec.policy,
    selector: canonicalSelector(spec.selector),
    principals: spec.principals?.map(canonicalMatch),
    reason: spec.reason,
    expires: spec.expires,
  };
}

type Optional<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

function canonicalSelector(written: Optional<Selector>): Selector {
  const { pii, classification, domain, product, tags, coordinate } = written;
  return { pii, classification, domain, product, tags, coordinate };
}

function canonicalEffect(effect: PolicyDocument["spec"]["effect"]): PolicyEffect {
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
