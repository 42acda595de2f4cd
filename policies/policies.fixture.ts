/** Policies, coordinates and callers for tests. */
import type { GovernedCoordinate } from "./decision.ts";
import type { CallerMatch, Policy, Selector, Waiver } from "./policy/model.ts";
import type { Caller, Principal } from "./principal.ts";

const nothing: Selector = {
  pii: undefined,
  classification: undefined,
  domain: undefined,
  product: undefined,
  coordinate: undefined,
};

/** A policy named `name` that redacts everywhere, for everyone, unless the rest says otherwise. */
export function policy(
  name: string,
  rest: Partial<Omit<Policy, "selector">> & { readonly selector?: Partial<Selector> } = {},
): Policy {
  const place = { file: `${name}.yaml` };
  return {
    places: { name: place, selector: place, effect: place, condition: place },
    name,
    owner: "governance@example.org",
    description: undefined,
    product: undefined,
    when: undefined,
    condition: undefined,
    unless: [],
    effect: { type: "mask", technique: "redact" },
    obligations: [],
    mode: "enforce",
    validity: { from: undefined, until: undefined },
    waivers: [],
    ...rest,
    selector: { ...nothing, ...(rest.selector ?? { coordinate: ["*.*"] }) },
  };
}

/** A waiver named `w` of the policy `p`, everywhere and for everyone, for a long time, unless the rest says otherwise. */
export function waiver(rest: Partial<Waiver> = {}): Waiver {
  const place = { file: "waiver.yaml" };
  return {
    places: { name: place, policy: place, selector: place, expires: place },
    name: "w",
    owner: "governance@example.org",
    description: undefined,
    policy: "p",
    selector: { ...nothing, coordinate: ["*.*"] },
    principals: undefined,
    reason: "a trial",
    expires: "2999-01-01T00:00:00Z",
    ...rest,
  };
}

export function match(rest: Partial<CallerMatch>): CallerMatch {
  return { purpose: undefined, roles: undefined, kind: undefined, ...rest };
}

/** A coordinate of the product `customers` that holds nothing special unless the rest says otherwise. */
export function coordinate(name: string, rest: Partial<GovernedCoordinate> = {}): GovernedCoordinate {
  return {
    coordinate: name,
    product: "customers",
    domain: "sales",
    pii: [],
    classification: undefined,
    purposes: [],
    type: "String",
    ...rest,
  };
}

/** A user without roles; the purpose counts as granted. */
export function caller(purpose?: string, principal: Partial<Principal> = {}): Caller {
  return {
    principal: { id: "someone", kind: "user", roles: [], purposes: [], attributes: {}, ...principal },
    purpose,
  };
}
