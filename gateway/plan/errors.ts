/** Codes that planning adds to the gateway's. */
import { defineErrors } from "#schema";

export const planErrors = defineErrors({
  FIELD_NOT_RESOLVABLE: {
    meaning: "No subgraph can resolve a root field of the operation. Ask its owner, or leave it out.",
    status: 400,
    retryable: false,
  },
});

export type PlanErrorCode = keyof typeof planErrors;
