import type { GraphQLScalarType } from "graphql";
import { textScalar } from "./text-scalar.ts";

const FULL_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Day of the calendar, `2026-02-28`: RFC 3339 `full-date`, and a day that exists. */
export const DateScalar: GraphQLScalarType<string, string> = textScalar({
  name: "Date",
  description: "Day of the calendar, `2026-02-28` (RFC 3339 full-date).",
  specifiedByURL: "https://scalars.graphql.org/andimarek/local-date.html",
  expected: 'a date that exists, as "YYYY-MM-DD"',
  canonical: (text) => (isCalendarDate(text) ? text : undefined),
  // Engines hand out a day as a Date at midnight UTC.
  fromResult: (value) =>
    value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString().slice(0, 10) : undefined,
});

/** True for `YYYY-MM-DD` of a day that exists in the proleptic Gregorian calendar. */
export function isCalendarDate(text: string): boolean {
  const match = FULL_DATE.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
