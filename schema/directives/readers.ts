/**
 * One typed reader per directive. Composition has checked the arguments of whatever reaches the gateway; should one still
 * be missing or strange, the reader answers what governs more, never less.
 */
import { type ConstDirectiveNode, valueFromASTUntyped } from "graphql";
import type { Classification } from "../manifest/model.ts";

/** `@dataProduct` */
export interface ProductMark {
  readonly name: string;
  readonly domain: string;
  readonly version: string;
  readonly owner: string | undefined;
  readonly tags: readonly string[];
  /** How old its data may be by its objective, in seconds. */
  readonly freshness?: number;
}

/** `@pii` */
export interface PiiMark {
  readonly category: string;
  readonly subject: boolean;
}

/** `@sunset`; dates are RFC 3339. */
export interface SunsetMark {
  /** Gone after. */
  readonly date: string | undefined;
  /** Deprecated since. */
  readonly deprecated: string | undefined;
  readonly replacedBy: string | undefined;
  readonly reason: string | undefined;
  readonly link: string | undefined;
}

const LEVELS = ["public", "internal", "confidential", "restricted"] as const satisfies readonly Classification[];

/** The product that serves it; undefined when it does not even say its name. */
export function readDataProduct(directive: ConstDirectiveNode): ProductMark | undefined {
  const { name, domain, version, owner, tags, freshness } = readArguments(directive);
  const known = text(name);
  if (known === undefined) return undefined;
  return {
    name: known,
    domain: text(domain) ?? "",
    version: text(version) ?? "",
    owner: text(owner),
    tags: texts(tags),
    ...(typeof freshness === "number" && freshness >= 0 ? { freshness } : {}),
  };
}

/** What its value is a key of; undefined when it does not say so. */
export function readSubject(directive: ConstDirectiveNode): string | undefined {
  return text(readArguments(directive).of);
}

/** The category of personal data; `personal` when it is not said. */
export function readPii(directive: ConstDirectiveNode): PiiMark {
  const { category, subject } = readArguments(directive);
  return { category: text(category) ?? "personal", subject: subject === true };
}

/** The level; `restricted` when it is none that is known. */
export function readClassified(directive: ConstDirectiveNode): Classification {
  const { level } = readArguments(directive);
  return LEVELS.find((candidate) => candidate === level) ?? "restricted";
}

/** The purposes; none (so nobody's) when they are not said. */
export function readPurpose(directive: ConstDirectiveNode): readonly string[] {
  return texts(readArguments(directive).names);
}

/** Names of the fields that it is made from. */
export function readDerived(directive: ConstDirectiveNode): readonly string[] {
  return texts(readArguments(directive).from);
}

/** The type whose fields its members stand for; undefined when it does not say which. */
export function readColumnsOf(directive: ConstDirectiveNode): string | undefined {
  return text(readArguments(directive).type);
}

/** The version that brought it. */
export function readSince(directive: ConstDirectiveNode): string | undefined {
  return text(readArguments(directive).version);
}

/** When it goes, and what to use instead. */
export function readSunset(directive: ConstDirectiveNode): SunsetMark {
  const { date, deprecated, replacedBy, reason, link } = readArguments(directive);
  return {
    date: text(date),
    deprecated: text(deprecated),
    replacedBy: text(replacedBy),
    reason: text(reason),
    link: text(link),
  };
}

/** GraphQL's own `@deprecated` (specification section 3.13.3), with its default reason. */
export function readDeprecated(directive: ConstDirectiveNode): string {
  return text(readArguments(directive).reason) ?? "No longer supported";
}

/** The stricter of two levels. */
export function stricter(left: Classification | undefined, right: Classification): Classification {
  return left === undefined || LEVELS.indexOf(right) > LEVELS.indexOf(left) ? right : left;
}

function readArguments(directive: ConstDirectiveNode): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    (directive.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)]),
  );
}

/** GraphQL reads a single value as a list of one. */
function texts(value: unknown): readonly string[] {
  return [value].flat().filter((each) => typeof each === "string");
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
