import type { GraphQLScalarType } from "graphql";
import { textScalar } from "./text-scalar.ts";

const PARTIAL_TIME = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?$/;

/** Time of day without a zone, `08:30:00`: RFC 3339 `partial-time`; seconds may be left out in input. */
export const TimeScalar: GraphQLScalarType<string, string> = textScalar({
  name: "Time",
  description: "Time of day without a time zone, `08:30:00` (RFC 3339 partial-time).",
  specifiedByURL: "https://scalars.graphql.org/jakobmerrild/local-time.html",
  expected: 'a time of day, as "hh:mm:ss"',
  canonical: canonicalTime,
});

function canonicalTime(text: string): string | undefined {
  const match = PARTIAL_TIME.exec(text);
  if (match === null) return undefined;
  const [, hour, minute, second = "00", fraction = ""] = match;
  const kept = fraction.replace(/0+$/, "");
  return `${hour}:${minute}:${second}${kept === "" ? "" : `.${kept}`}`;
}
