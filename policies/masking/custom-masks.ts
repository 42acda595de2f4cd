/** Masks that a mesh brings itself: functions of a module that its configuration names. */
import type { MaskParameters } from "../decision.ts";

/**
 * Gets a non-null leaf value as it stands in a JSON answer and gives the masked one, of the same type. It must be
 * synchronous, give the same for the same, and need nothing but its arguments. What it throws, and what is not of the
 * type, makes the value redacted.
 */
export type CustomMask = (value: unknown, field: CustomMaskField) => unknown;

interface CustomMaskField {
  /** Name of the GraphQL leaf type. */
  readonly type: string;
  /** Those of the policy beside `technique` and `function`. */
  readonly parameters: MaskParameters;
}

/** The functions that a module exports by name. */
export function readCustomMasks(module: Readonly<Record<string, unknown>>): ReadonlyMap<string, CustomMask> {
  return new Map(
    Object.entries(module).filter(
      // What it takes and gives is checked where it is called.
      (entry): entry is [string, CustomMask] => entry[0] !== "default" && typeof entry[1] === "function",
    ),
  );
}
