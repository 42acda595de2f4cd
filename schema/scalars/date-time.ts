import type { GraphQLScalarType } from "graphql";
import { isCalendarDate } from "./date.ts";
import { textScalar } from "./text-scalar.ts";

const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?([Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/**
 * Instant, `2026-02-28T08:30:00Z`: RFC 3339 `date-time`, always UTC on the way out and inside. Fractions of a second are
 * kept up to nanoseconds (engines keep microseconds, JavaScript's Date only milliseconds); leap seconds are refused, as
 * no engine behind a product can store them.
 */
export const DateTimeScalar: GraphQLScalarType<string, string> = textScalar({
  name: "DateTime",
  description: "Instant in UTC, `2026-02-28T08:30:00Z` (RFC 3339 date-time). Input may carry another offset.",
  specifiedByURL: "https://scalars.graphql.org/andimarek/date-time.html",
  expected: 'an instant with offset, as "2026-02-28T08:30:00Z"',
  canonical: canonicalDateTime,
  fromResult: (value) => (value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined),
});

/** The instant in UTC without trailing zeros in the fraction, or undefined when the text is no RFC 3339 date-time. */
export function canonicalDateTime(text: string): string | undefined {
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, day = "", hour, minute, second, fraction = "", zone, sign, offsetHour, offsetMinute] = match;
  if (!isCalendarDate(day)) return undefined;
  const instant = new Date(`${day}T${hour}:${minute}:${second}Z`);
  if (zone?.toUpperCase() !== "Z") {
    const offsetMs = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000;
    instant.setTime(instant.getTime() + (sign === "-" ? offsetMs : -offsetMs));
  }
  const utc = instant.toISOString();
  // An offset can push the first or last hours of the calendar out of the four-digit years.
  if (!/^\d{4}-/.test(utc)) return undefined;
  const kept = fraction.replace(/0+$/, "");
  return `${utc.slice(0, 19)}${kept === "" ? "" : `.${kept}`}Z`;
}
