/** What a condition is asked about: one caller at one time. */
import type { GovernedCoordinate } from "../decision.ts";
import type { Activation } from "../expression/environment.ts";
import type { Caller } from "../principal.ts";

/** The coordinate of a condition that asks for `resource`. */
export type ConditionResource = Omit<GovernedCoordinate, "type"> | undefined;

export interface Asked {
  readonly caller: Caller;
  readonly nowMs: number;
  /** The variables of CEL expressions. `context.time` is the beginning of the minute, so that an answer holds that long. */
  activation(resource: ConditionResource): Activation;
}

export const minuteMs = 60_000;

export function createAsked(caller: Caller, nowMs: number): Asked {
  let known: Omit<Activation, "resource"> | undefined;
  return {
    caller,
    nowMs,
    activation(resource) {
      if (known === undefined) {
        const { id, kind, roles, purposes, attributes } = caller.principal;
        known = {
          principal: { id, kind, roles, purposes, attributes },
          purpose: caller.purpose ?? "",
          context: { time: new Date(nowMs - (nowMs % minuteMs)) },
        };
      }
      return { ...known, resource: resourceOf(resource) };
    },
  };
}

const noResource: Activation["resource"] = Object.freeze({
  coordinate: "",
  product: "",
  domain: "",
  pii: [],
  classification: "",
  purposes: [],
  tags: [],
});

function resourceOf(resource: ConditionResource): Activation["resource"] {
  if (resource === undefined) return noResource;
  const { coordinate, product, domain, pii, classification = "", purposes, tags = [] } = resource;
  return { coordinate, product, domain, pii, classification, purposes, tags };
}
