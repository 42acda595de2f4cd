/** The techniques that there are, by name. A policy can ask for no other. */
import type { MaskTechnique } from "../decision.ts";
import { partial } from "./partial.ts";
import { redact } from "./redact.ts";
import type { Technique } from "./technique.ts";

export const techniques: Readonly<Partial<Record<MaskTechnique, Technique>>> & { readonly redact: Technique } = {
  partial,
  redact,
};

/** Guarantees a technique: redact in place of one that there is not, so that nothing leaves as it is. */
export function techniqueOf(name: MaskTechnique): Technique {
  return techniques[name] ?? techniques.redact;
}
