/**
 * Policies + caller → the verdict on one coordinate.
 *
 * 1. A policy that selects the coordinate holds, is lifted (by its `unless` or a waiver), or is silent for the caller.
 * 2. Of the effects that hold, the strictest is the decision.
 * 3. A policy that cannot be decided denies.
 * 4. Personal data on which no policy of the mesh had a say (all silent, or none selects it) are redacted; policies of a
 *    product have no say in this.
 * 5. Personal data of a product that names purposes are redacted where the policies of the mesh would show them as they
 *    are to a caller who declares none of these.
 * 6. What a field is made from (`@requires`, `@fromContext`, `@derived`) is decided for it too, and the strictest holds.
 */
import type { Answer, CallerView } from "./caller-view.ts";
import { allowed, type Decision } from "./decision.ts";
import { techniques } from "./masking/techniques.ts";
import type { ConditionResource } from "./policy/asked.ts";
import type { Condition } from "./policy/condition.ts";
import type { FieldEffect, Obligation } from "./policy/model.ts";
import { strictest } from "./strictest.ts";

/** A policy about the values of fields, ready to be asked. */
export interface CompiledPolicy {
  readonly name: string;
  /** Of the whole mesh, not of a product. */
  readonly global: boolean;
  readonly shadow: boolean;
  readonly condition: Condition;
  readonly decision: Decision;
  /** Whether the values may be compared with, whatever the decision says about showing them. */
  readonly comparable: boolean;
  readonly obligations: readonly Obligation[];
}

/** A waiver that selects the coordinate or what is made from it. */
export interface CompiledWaiver {
  readonly name: string;
  readonly condition: Condition;
}

/** A policy that selects a coordinate. */
export interface SelectingPolicy {
  readonly policy: CompiledPolicy;
  readonly waivers: readonly CompiledWaiver[];
  /** What the condition may ask for. */
  readonly resource: ConditionResource;
}

/** One coordinate with all that is said about it. */
export interface GovernedPart {
  readonly coordinate: string;
  readonly personal: boolean;
  /** Of personal data: for each product that names purposes, what it names. */
  readonly purposes: readonly (readonly string[])[];
  readonly selecting: readonly SelectingPolicy[];
}

/** Called with the cause when a policy could not be decided; the caller of the graph only learns that access is denied. */
export type ReportFailure = (policy: string, cause: unknown) => void;

/** The name under which the default for personal data appears where a policy's name is expected. */
export const unmatchedPersonalData = "default-personal-data";

/** The name under which a product's purposes appear where a policy's name is expected. */
export const purposeLimitation = "purpose-limitation";

function redactedBy(policy: string): Decision {
  return Object.freeze({ effect: "mask", mask: { technique: "redact" } as const, policy });
}

const defaultForPersonalData = redactedBy(unmatchedPersonalData);
const forAnotherPurpose = redactedBy(purposeLimitation);

/** What one coordinate is to one caller. */
export interface Verdict {
  readonly decision: Decision;
  /** Whether the caller may filter, sort and group by the values: nothing hides them, or only a `no-project`. */
  readonly mayCompare: boolean;
  readonly obligations: readonly HeldObligation[];
}

/** What a policy holds a reader to. */
export interface HeldObligation {
  readonly obligation: Obligation;
  readonly policy: string;
}

/** What one policy says about one coordinate to one caller, and what became of it. */
export interface PolicyStanding {
  /** `default-personal-data` where no policy had a say. */
  readonly policy: string;
  /** The coordinate that it selects: the asked one, or one that this is made from. */
  readonly coordinate: string;
  readonly standing: "holds" | "lifted" | "waived" | "silent" | "failed";
  /** What it decides where it holds or failed. */
  readonly decision: Decision | undefined;
  readonly mode: "enforce" | "shadow";
  /** Of one that is waived. */
  readonly waiver: string | undefined;
  readonly obligations: readonly Obligation[];
  readonly comparable: boolean;
}

/** Guarantees a verdict for every caller, however malformed: it never throws. */
export function decide(parts: readonly GovernedPart[], view: CallerView, withShadow: boolean): Verdict {
  const standings = parts.flatMap((part) => standingsOf(part, view, withShadow));
  const deciding = standings.filter(({ standing }) => standing === "holds" || standing === "failed");
  const obligations = deciding.flatMap(({ policy, obligations }) =>
    obligations.map((obligation): HeldObligation => ({ obligation, policy })),
  );
  return {
    decision: strictest(deciding.flatMap(({ decision }) => decision ?? [])),
    mayCompare: deciding.every(({ comparable }) => comparable),
    obligations: distinct(obligations),
  };
}

/** Sorted, so that the order of the documents leaves no trace. */
function distinct(obligations: readonly HeldObligation[]): readonly HeldObligation[] {
  if (obligations.length < 2) return obligations;
  const byKey = new Map(obligations.map((held) => [`${held.obligation} ${held.policy}`, held]));
  return [...byKey].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, held]) => held);
}

/** What each policy says, the default included; nothing throws. */
export function standingsOf(
  { coordinate, personal, purposes, selecting }: GovernedPart,
  view: CallerView,
  withShadow: boolean,
): readonly PolicyStanding[] {
  const standings: PolicyStanding[] = [];
  let spoken = false;
  let hidden = false;
  for (const { policy, waivers, resource } of selecting) {
    if (policy.shadow && !withShadow) continue;
    const { name, global, decision, comparable, obligations } = policy;
    const about = { policy: name, coordinate, mode: policy.shadow ? "shadow" : "enforce", obligations } as const;
    const answer = view.answer(policy.condition, resource);
    if (typeof answer !== "string") {
      view.report(name, answer.cause);
      const denial = {
        effect: "deny",
        policy: name,
        reason: "the policy could not be decided for this caller",
      } as const;
      hidden = true;
      standings.push({ ...about, standing: "failed", decision: denial, waiver: undefined, comparable: false });
      continue;
    }
    const waiver = answer === "holds" ? waivers.find((each) => lifts(each, view)) : undefined;
    if (answer !== "silent" && global) spoken = true;
    if (answer === "holds" && waiver === undefined && global && decision.effect !== "allow" && !comparable) {
      hidden = true;
    }
    standings.push({
      ...about,
      standing: waiver === undefined ? answer : "waived",
      decision: answer === "holds" && waiver === undefined ? forCaller(decision, view) : undefined,
      waiver: waiver?.name,
      comparable,
    });
  }
  const purpose = view.asked.caller.purpose;
  const isLimited = purposes.some((named) => purpose === undefined || !named.includes(purpose));
  const decision = spoken ? forAnotherPurpose : defaultForPersonalData;
  if (personal && (!spoken || (isLimited && !hidden))) {
    standings.push({
      policy: spoken ? purposeLimitation : unmatchedPersonalData,
      coordinate,
      standing: "holds",
      decision,
      mode: "enforce",
      waiver: undefined,
      obligations: [],
      comparable: false,
    });
  }
  return standings;
}

/** A waiver that cannot be decided lifts nothing. */
function lifts({ name, condition }: CompiledWaiver, view: CallerView): boolean {
  const answer: Answer = view.answer(condition, undefined);
  if (typeof answer !== "string") view.report(name, answer.cause);
  return answer === "holds";
}

/** With the caller's purpose where a key is used: what is hashed for one purpose cannot be joined with another's. */
function forCaller(decision: Decision, { asked }: CallerView): Decision {
  if (decision.effect !== "mask" || techniques[decision.mask.technique].keyed === undefined) return decision;
  return { ...decision, mask: { ...decision.mask, separation: asked.caller.purpose ?? "" } };
}

/** What a policy stands for where it holds. */
export function decisionOf(name: string, effect: FieldEffect): Pick<CompiledPolicy, "decision" | "comparable"> {
  switch (effect.type) {
    case "allow":
      return { decision: allowed, comparable: true };
    case "mask": {
      const { technique, parameters } = effect;
      const mask = parameters === undefined ? { technique } : { technique, parameters };
      return { decision: { effect: "mask", mask, policy: name }, comparable: false };
    }
    case "nullify":
      return { decision: { effect: "null", policy: name }, comparable: false };
    case "deny":
      return { decision: { effect: "deny", policy: name, reason: effect.reason }, comparable: false };
    case "no-project":
      return { decision: { effect: "deny", policy: name, reason: effect.reason }, comparable: true };
  }
}
