import { z } from "zod";
import { parseDurationMs } from "../../units/duration.ts";
import { duration } from "./scalar-forms.ts";

/** `@cacheControl(maxAge:)` is an `Int` of GraphQL (specification section 3.5.1). */
const maxSeconds = 2 ** 31 - 1;

/** A duration of whole seconds, at least one: HTTP counts lifetimes so (RFC 9111, section 1.2.2). */
const lifetime = (insteadOfZero: string): z.ZodType<string, string> =>
  duration.transform((written, context) => {
    const seconds = (parseDurationMs(written) ?? 0) / 1_000;
    if (seconds >= 1 && seconds <= maxSeconds && Number.isInteger(seconds)) return written;
    const message =
      seconds === 0
        ? insteadOfZero
        : `Expected whole seconds, at least \`1s\` and at most \`${Math.floor(maxSeconds / 86_400)}d\`, as lifetimes are counted so.`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

const maxAge = lifetime(
  "No time at all keeps nothing. Leave `cache` out, or say `1s`, the shortest lifetime, where the product promises freshness and its rows would be kept for that.",
);
const window = lifetime("No time at all is what there is without this key. Leave it out.");

type Cache = {
  maxAge: string;
  scope?: "public" | "private" | undefined;
  staleWhileRevalidate?: string | undefined;
  staleIfError?: string | undefined;
};

/** `10m` is short for `{ maxAge: 10m }`. */
export const cache = z
  .union([
    maxAge.transform((written): Cache => ({ maxAge: written })),
    z.strictObject({
      maxAge: maxAge.meta({ description: "How long an answer may be kept." }),
      scope: z
        .enum(["public", "private"])
        .optional()
        .meta({ description: "Kept for everybody, or for each caller alone.", default: "public" }),
      staleWhileRevalidate: window
        .optional()
        .meta({ description: "How long after that it may still be used while it is read anew." }),
      staleIfError: window.optional().meta({ description: "How long after that it may be used when reading fails." }),
    }),
  ])
  .meta({
    description:
      "How long answers from this table may be kept, at most: by the gateway, which forgets rows that change, and by clients. Never longer than the freshness objective allows.",
  });
