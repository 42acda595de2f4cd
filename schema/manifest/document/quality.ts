import { z } from "zod";
import { qualityCheck } from "./quality-checks.ts";
import { count, cron, duration, share, text } from "./scalar-forms.ts";

/** What every long form of an objective may carry. */
const objective = {
  objective: share.optional().meta({ description: "Share of good slices of time." }),
  window: duration.optional().meta({ description: "Time over which the share is taken.", default: "30d" }),
  on: text.optional().meta({ description: "What is measured: `output.field`." }),
  driver: z.enum(["regulatory", "analytics", "operational"]).optional().meta({ description: "Why it matters." }),
  calendar: text.optional().meta({ description: "Times that count." }),
  schedule: cron.optional().meta({ description: "When it is measured." }),
  description: text.optional().meta({ description: "What it means." }),
} as const;

/** `99%` is short for `{ value: 99% }`. */
const shareObjective = z.union([
  share,
  z.strictObject({ value: share.optional().meta({ description: "The share promised." }), ...objective }),
]);

/** `4h` is short for `{ value: 4h }`. */
const durationObjective = z.union([
  duration,
  z.strictObject({ value: duration.meta({ description: "The time promised." }), ...objective }),
]);

const quantiles = z.union([
  duration,
  z.strictObject({
    value: duration.optional().meta({ description: "The time promised." }),
    p50: duration.optional().meta({ description: "Half of the cases." }),
    p90: duration.optional().meta({ description: "Nine of ten cases." }),
    p95: duration.optional().meta({ description: "19 of 20 cases." }),
    p99: duration.optional().meta({ description: "99 of 100 cases." }),
    ...objective,
  }),
]);

const textObjective = z.union([
  text,
  z.strictObject({ value: text.meta({ description: "The promise." }), ...objective }),
]);

export const slaMap = z
  .strictObject({
    freshness: z
      .union([
        duration.transform((maxAge): { maxAge: string; on?: string | undefined } => ({ maxAge })),
        z.strictObject({ maxAge: duration.meta({ description: "Greatest age of the newest row." }), ...objective }),
      ])
      .optional()
      .meta({ description: "Age of the newest row: a duration, or also the column it is measured on." }),
    availability: shareObjective.optional().meta({ description: "Share of requests answered." }),
    completeness: shareObjective.optional().meta({ description: "Share of required values that are there." }),
    quality: shareObjective.optional().meta({ description: "Weighted share of checks passed." }),
    errorRate: z.union([text, share]).optional().meta({ description: "Share of requests failed, such as `<0.1%`." }),
    throughput: textObjective.optional().meta({ description: "Rows or events in a time, such as `500/s`." }),
    frequency: durationObjective.optional().meta({ description: "Time between publications." }),
    latency: quantiles.optional().meta({ description: "Time from the event to its being readable." }),
    responseTime: quantiles.optional().meta({ description: "Time of an answer." }),
    retention: durationObjective.optional().meta({ description: "How long rows are kept." }),
    timeToDetect: durationObjective.optional().meta({ description: "Time until an incident is seen." }),
    timeToNotify: durationObjective.optional().meta({ description: "Time until consumers are told." }),
    timeToRepair: durationObjective.optional().meta({ description: "Time until it is repaired." }),
    timeOfAvailability: textObjective
      .optional()
      .meta({ description: "Time of day by which the day's data are there." }),
    generalAvailability: textObjective.optional().meta({ description: "Date of general availability." }),
    endOfSupport: textObjective.optional().meta({ description: "Date after which nobody helps." }),
    endOfLife: textObjective.optional().meta({ description: "Date after which it is gone." }),
    supportResponse: durationObjective.optional().meta({ description: "Time until a question is answered." }),
  })
  .meta({ id: "Objectives", description: "What the product promises." });

export const quality = z
  .strictObject({
    checks: z.array(qualityCheck).optional().meta({ description: "What must hold for the rows." }),
    sla: slaMap.optional(),
    schedule: cron.optional().meta({ description: "When checks run, if not at every publication." }),
    onFailure: z
      .enum(["warn", "drop", "quarantine", "fail"])
      .optional()
      .meta({ description: "What happens to failing rows.", default: "quarantine" }),
    quarantine: z
      .strictObject({
        target: text.optional().meta({ description: "Table of the failing rows." }),
        retention: duration.optional().meta({ description: "How long they are kept.", default: "30d" }),
        maxRows: count.optional().meta({ description: "So many at most." }),
        replay: z.enum(["manual", "auto"]).optional().meta({ description: "Who tries them again." }),
      })
      .optional()
      .meta({ description: "Where failing rows go." }),
    sampling: z
      .strictObject({
        maxFailedRows: count.optional().meta({ description: "Failing rows kept as samples.", default: 100 }),
        includePii: z.boolean().optional().meta({ description: "Whether samples hold personal data.", default: false }),
      })
      .optional()
      .meta({ description: "Samples of failing rows." }),
    score: z
      .strictObject({
        weights: z.record(z.string(), z.number()).optional().meta({ description: "Weight of each dimension." }),
      })
      .optional()
      .meta({ description: "How the quality score is made." }),
  })
  .meta({ description: "What is checked and promised." });
