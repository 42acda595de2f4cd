/** The envelope of every event: CloudEvents 1.0, structured mode, JSON (https://github.com/cloudevents/spec). */
import { eventError } from "./errors.ts";

/** An event as it travels. Nothing in it is a value of personal data: consumers ask for what they may see. */
export interface MeshEvent<Data = unknown> {
  readonly specversion: "1.0";
  /** Together with `source` the event's identity: who has seen both has seen the event. */
  readonly id: string;
  /** `urn:mesh:{domain}:{product}` */
  readonly source: string;
  /** `io.datamesh.{domain}.{entity}.{what happened}.v{major}` */
  readonly type: string;
  /** What it is about, within the source. */
  readonly subject?: string;
  /** RFC 3339. */
  readonly time: string;
  readonly datacontenttype: "application/json";
  /** Extension: events with equal keys keep their order. Any text. */
  readonly partitionkey: string;
  /** Extension: W3C trace context. */
  readonly traceparent?: string;
  readonly data: Data;
}

/**
 * An event of the mesh from its JSON, as text or parsed: a CloudEvent whose optional `time` and `partitionkey` are there and
 * whose data are JSON. What it does not know is kept: extension attributes are handed on as they came (CloudEvents 1.0,
 * "Extension Context Attributes"), and an attribute that is null counts as left out (JSON Event Format, 2.2).
 *
 * @param maxBytes of the text; what is parsed already has been let in by whoever parsed it.
 *
 * Raises `EVENT_INVALID`; its words hold names of attributes, never a value.
 *
 * Hot: twice per event.
 */
export function readEvent(value: unknown, maxBytes: number = Number.POSITIVE_INFINITY): MeshEvent {
  const given = typeof value === "string" ? parse(value, maxBytes) : value;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw invalid("it is no JSON object", "send one event as one object, in structured mode");
  }
  const event = withoutNulls(given as Readonly<Record<string, unknown>>);
  if (event.specversion !== "1.0") throw wrong("specversion", "is not the version that is read here", 'write "1.0"');
  requireText(event, "id", "an id that is unique within its source");
  requireText(event, "source", "a URI reference such as urn:mesh:sales:orders");
  if (!uriReference.test(String(event.source))) {
    throw wrong("source", "is no URI reference", "write one such as urn:mesh:sales:orders, other characters as %XX");
  }
  requireText(event, "type", "a name such as io.datamesh.sales.Order.changed.v1");
  requireText(event, "time", "a time such as 2026-01-31T12:00:00Z");
  if (!isTime(String(event.time))) {
    throw wrong("time", "is no RFC 3339 time", "write one such as 2026-01-31T12:00:00Z");
  }
  if (typeof event.partitionkey !== "string" || event.partitionkey === "") {
    throw wrong("partitionkey", "is missing or no text", "write a key: events with equal ones keep their order");
  }
  if (event.datacontenttype !== undefined && event.datacontenttype !== "application/json") {
    throw wrong("datacontenttype", "is not what is read here", 'write "application/json", with JSON in "data"');
  }
  if (event.data_base64 !== undefined) throw wrong("data_base64", "is not read here", 'write JSON in "data"');
  for (const name of Object.keys(event)) {
    if (!known.has(name)) checkAttribute(name, event[name]);
  }
  if (event.datacontenttype !== undefined) return event as unknown as MeshEvent;
  // Without it, data in this format are JSON.
  return { ...event, datacontenttype: "application/json" } as unknown as MeshEvent;
}

/** Those that are checked by themselves; `data` may be anything. */
const known = new Set([
  "specversion",
  "id",
  "source",
  "type",
  "time",
  "partitionkey",
  "datacontenttype",
  "data_base64",
  "data",
]);

/** RFC 3986, its characters. */
const uriReference = /^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[\dA-Fa-f]{2})+$/;

/** What a CloudEvents String must not hold: control characters, noncharacters, halves of surrogate pairs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbidden = /[\u0000-\u001f\u007f-\u009f\ufdd0-\ufdef\ufffe\uffff\p{Cs}]/u;

function parse(text: string, maxBytes: number): unknown {
  if (maxBytes !== Number.POSITIVE_INFINITY && Buffer.byteLength(text) > maxBytes) {
    throw invalid(`it has more than ${maxBytes} bytes`, "put large data elsewhere and tell where they are");
  }
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("it is no JSON", "send one event as one JSON object");
  }
}

function withoutNulls(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const isUnset = ([name, value]: [string, unknown]): boolean => value === null && name !== "data";
  const entries = Object.entries(given);
  return entries.some(isUnset) ? Object.fromEntries(entries.filter((entry) => !isUnset(entry))) : given;
}

function requireText(event: Readonly<Record<string, unknown>>, name: string, example: string): void {
  const value = event[name];
  if (typeof value !== "string" || value === "") throw wrong(name, "is missing or no text", `write ${example}`);
  checkText(name, value);
}

function checkText(name: string, value: string): void {
  if (forbidden.test(value))
    throw wrong(name, "has characters that no attribute may have", "leave control characters out");
}

function checkAttribute(name: string, value: unknown): void {
  if (!/^[a-z0-9]+$/.test(name)) {
    throw wrong(
      name,
      "is no name of an attribute",
      'write lower-case letters and digits, and everything else into "data"',
    );
  }
  if (typeof value === "string") {
    checkText(name, value);
    return;
  }
  const isInteger = typeof value === "number" && (value | 0) === value;
  if (typeof value !== "boolean" && !isInteger) {
    throw wrong(name, "is no text, no boolean and no whole number of 32 bits", 'write everything else into "data"');
  }
}

const timeShape = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))$/;

/** RFC 3339, 5.6 and 5.7: a date that exists, and a leap second where it may be. */
function isTime(text: string): boolean {
  const [, year, month, day, hour, minute, second, offsetHour = 0, offsetMinute = 0] = (timeShape.exec(text) ?? []).map(
    (part) => Number(part ?? 0),
  );
  if (year === undefined || month === undefined || day === undefined) return false;
  if (hour === undefined || minute === undefined || second === undefined) return false;
  const days = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= days;
  return isDate && hour <= 23 && minute <= 59 && second <= 60 && offsetHour <= 23 && offsetMinute <= 59;
}

function wrong(name: string, problem: string, instead: string): Error {
  return invalid(`its ${JSON.stringify(name.slice(0, 40))} ${problem}`, instead);
}

function invalid(problem: string, instead: string): Error {
  return eventError("EVENT_INVALID", `a message is no event of the mesh: ${problem}; ${instead}`);
}
