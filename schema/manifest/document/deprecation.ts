import { z } from "zod";
import { dateOrInstant, text } from "./scalar-forms.ts";

/** Of an output (`date`) or of a column (`since`): two words of the same document for the same date. */
export const deprecation = z
  .strictObject({
    date: dateOrInstant.optional().meta({ description: "Deprecated since; another word for `since`." }),
    since: dateOrInstant.optional().meta({ description: "Deprecated since." }),
    sunset: dateOrInstant.optional().meta({ description: "Gone after." }),
    replacedBy: text.optional().meta({ description: "What to use instead." }),
    reason: text.optional().meta({ description: "Why." }),
    link: text.optional().meta({ description: "Where the change is explained." }),
  })
  .check((context) => {
    if (context.value.date === undefined || context.value.since === undefined) return;
    context.issues.push({
      code: "custom",
      input: context.value,
      path: ["since"],
      message: "`date` and `since` are the same; keep one.",
      params: { code: "said-twice" },
    });
  })
  .meta({ id: "Deprecation", description: "When it goes, why, and what to use instead." });
