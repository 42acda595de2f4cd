/** The techniques that there are, by name. A policy can ask for no other. */
import type { MaskTechnique } from "../decision.ts";
import { custom } from "./custom.ts";
import { encrypt } from "./encrypt.ts";
import { formatPreserving } from "./format-preserving.ts";
import { generalise } from "./generalise.ts";
import { hash } from "./hash.ts";
import { noise } from "./noise.ts";
import { partial } from "./partial.ts";
import { pseudonymise } from "./pseudonymise.ts";
import { redact } from "./redact.ts";
import type { Technique } from "./technique.ts";
import { tokenise } from "./tokenise.ts";

export const techniques: Readonly<Record<MaskTechnique, Technique>> = {
  partial,
  generalise,
  noise,
  "format-preserving": formatPreserving,
  pseudonymise,
  hash,
  tokenise,
  encrypt,
  custom,
  redact,
};
