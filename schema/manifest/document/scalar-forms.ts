/**
 * Scalars of the manifest with all their short forms. What comes out of each is its one canonical spelling, still as the
 * document writes it: a duration as `90d`, a share as `99.9%`, a version with three parts.
 */
import { z } from "zod";
import { ClientError } from "../../error.ts";
import { isCalendarDate } from "../../scalars/date.ts";
import { canonicalDateTime } from "../../scalars/date-time.ts";
import { DURATION_PATTERN, parseDurationMs, printDuration } from "../../units/duration.ts";
import { PERCENTAGE_PATTERN, parseShare, printShare } from "../../units/percentage.ts";
import { isVersionRange, parseVersion, VERSION_PATTERN } from "../../units/version.ts";
import { printColumnType, readColumnType } from "../read-column-type.ts";

/** Some text, not only spaces. */
export const text = z.string().regex(/\S/, "Expected some text, found none.");

/** Lower-case words joined by hyphens: names of products, domains, teams, purposes. */
export const kebabName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{1,62}$/,
    "Expected lower-case letters, digits and hyphens, 2 to 63 of them, beginning with a letter, as in `customer-360`.",
  );

/** A column or a staged table: what SQL takes without quotes. PostgreSQL cuts names after 63 characters. */
export const sqlName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]{0,62}$/,
    "Expected letters, digits and underscores, at most 63, not beginning with a digit, as in `customer_id`.",
  );

/** A name of GraphQL (specification section 2.1.9) that introspection does not reserve. */
export const graphqlName = z
  .string()
  .regex(
    /^(?!__)[_A-Za-z][_0-9A-Za-z]*$/,
    "Expected a GraphQL name: letters, digits and underscores, not beginning with a digit or with `__`.",
  );

/** `90d`, `PT1H`, `5 minutes`. */
export const duration = z
  .string()
  .regex(DURATION_PATTERN, "Expected a duration such as `90d`, `15m`, `PT1H` or `5 minutes`.")
  .transform((written) => printDuration(parseDurationMs(written) ?? 0));

/** `99%`, `"99.9%"`, `0.999`. */
export const share = z
  .union([
    z.number().min(0).max(1, "Expected a share such as `99.9%` or `0.999`; a bare number may be 1 at most."),
    z.string().regex(PERCENTAGE_PATTERN, "Expected a share such as `99%`, `99.9%` or `0.999`."),
  ])
  .transform((written, context) => {
    const read = parseShare(written);
    if (read !== undefined) return printShare(read);
    context.addIssue({ code: "custom", message: "Expected a share from 0 % to 100 %." });
    return z.NEVER;
  });

/** `2`, `2.0`, `2.0.1`. Readers take the text as written where a number may have lost digits (`2.10`). */
export const version = z
  .union([z.number(), z.string().regex(VERSION_PATTERN, "Expected a semantic version such as `2.1.0`.")])
  .transform((written, context) => {
    const read = parseVersion(written);
    if (read !== undefined) return read;
    context.addIssue({ code: "custom", message: "Expected a semantic version such as `2.1.0`." });
    return z.NEVER;
  });

/** `^2`, `>=1.2 <3`. */
export const versionRange = z.union([z.string(), z.number()]).transform((written, context) => {
  if (isVersionRange(String(written))) return String(written);
  context.addIssue({ code: "custom", message: "Expected a range of versions such as `^2` or `>=1.2 <3`." });
  return z.NEVER;
});

/** RFC 3339: a day, or an instant with its offset. */
export const dateOrInstant = z.string().check((context) => {
  if (isCalendarDate(context.value) || canonicalDateTime(context.value) !== undefined) return;
  context.issues.push({
    code: "custom",
    input: context.value,
    message: "Expected a date such as `2026-12-31`, or an instant such as `2026-12-31T23:59:59Z`.",
  });
});

/** A column type, in its canonical spelling. */
export const columnType = z.string().transform((written, context) => {
  try {
    return printColumnType(readColumnType(written));
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    context.addIssue({ code: "custom", message: error.message, params: { code: "wrong-column-type" } });
    return z.NEVER;
  }
});

/** 5 fields, or 6 with seconds first; `@daily` and its like. What each field may hold is the scheduler's business. */
export const cron = z
  .string()
  .regex(
    /^(@(yearly|annually|monthly|weekly|daily|hourly)|[\d*,/LW#?A-Za-z-]+( +[\d*,/LW#?A-Za-z-]+){4,5})$/,
    "Expected a cron schedule of 5 fields (6 with seconds), such as `0 * * * *`.",
  );

/** A time zone of the IANA database that this runtime knows. */
export const timezone = z.string().check((context) => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: context.value });
  } catch {
    context.issues.push({
      code: "custom",
      input: context.value,
      message: "Expected a time zone of the IANA database, such as `Europe/Zurich` or `UTC`.",
    });
  }
});

export const count = z.int().min(0);
export const positiveCount = z.int().min(1);

/** JSON Schema's place for anything. */
export const anything = z.unknown();
