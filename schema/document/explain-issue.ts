/**
 * A zod issue → findings that say what is expected, what kind of thing was found, and what was probably meant.
 * They never repeat a value: a variable may have put a secret into it.
 */
import type { z } from "zod";
import { didYouMean } from "../names/suggest.ts";
import type { DocumentPath } from "./path.ts";

/** An issue in words; `place` says which end of `path` it is about. */
export interface Explanation {
  readonly code: string;
  readonly message: string;
  readonly path: DocumentPath;
  readonly place: "key" | "value";
}

type Issue = z.core.$ZodIssue;

/**
 * Given to zod for one parse. An unknown key carries the known ones of its map in its message, the only way out that zod
 * leaves; an empty message says that the schema has no words of its own for the issue.
 */
export function messageOf(issue: z.core.$ZodRawIssue): string {
  if (issue.code !== "unrecognized_keys") return "";
  const definition = issue.inst?._zod.def as { readonly shape?: object } | undefined;
  return JSON.stringify(Object.keys(definition?.shape ?? {}));
}

/**
 * The issue with unions resolved: of a union that fits nowhere, what the branch says that the value was nearest to.
 * A branch of the value's own kind (text, map, list) is nearer than one of another, then fewer issues are nearer.
 */
export function resolveUnions(issue: Issue, at: DocumentPath = []): readonly Issue[] {
  const path = [...at, ...(issue.path as DocumentPath)];
  if (issue.code !== "invalid_union" || issue.errors.length === 0 || issue.message !== "") {
    return [{ ...issue, path: [...path] }];
  }
  const sameKind = issue.errors.filter((branch) => !branch.some((inner) => isWrongKind(inner)));
  if (sameKind.length === 0) {
    return [{ ...issue, path: [...path] }];
  }
  const nearest = sameKind.reduce((best, branch) => (weight(branch) < weight(best) ? branch : best));
  return nearest.flatMap((inner) => resolveUnions(inner, path));
}

/** What to say about an issue that `resolveUnions` gave; `found` is the value at its path. */
export function explainIssue(issue: Issue, found: unknown): readonly Explanation[] {
  const path = issue.path as DocumentPath;
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(key, path, issue.message));
  if (found === undefined && issue.code !== "custom") {
    const key = String(path.at(-1) ?? "");
    const what = path.length === 0 ? "The document is empty" : `\`${key}\` is missing`;
    return [{ code: "missing-key", message: `${what}: expected ${expectation(issue)}.`, path, place: "value" }];
  }
  if (issue.message !== "") {
    const code = issue.code === "custom" ? customCode(issue) : "wrong-value";
    return [{ code, message: issue.message, path, place: "value" }];
  }
  if (issue.code === "invalid_key") {
    const reason = issue.issues.map((inner) => inner.message).find((message) => message !== "");
    return [{ code: "wrong-key", message: reason ?? "This key is not allowed here.", path, place: "key" }];
  }
  const wrongKind = issue.code === "invalid_type" || (issue.code === "invalid_union" && optionsOf(issue) === undefined);
  if (wrongKind) {
    const message = `Expected ${expectation(issue)}, found ${kindOf(found)}.`;
    return [{ code: "wrong-type", message, path, place: "value" }];
  }
  const options = optionsOf(issue);
  const hint = typeof found === "string" && options !== undefined ? didYouMean(found, options) : "";
  return [{ code: "wrong-value", message: `Expected ${expectation(issue)}.${hint}`, path, place: "value" }];
}

/** `a string`, `a map`: what a value is, without saying it. */
function kindOf(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "boolean") return "a boolean";
  return TYPE_NAMES[typeof value] ?? "nothing";
}

function unknownKey(key: string, path: DocumentPath, knownKeys: string): Explanation {
  // Written by messageOf above.
  const known = JSON.parse(knownKeys === "" ? "[]" : knownKeys) as readonly string[];
  const hint = didYouMean(key, known);
  const all = hint === "" && known.length > 0 ? ` Known keys: ${known.join(", ")}.` : "";
  return {
    code: "unknown-key",
    message: `There is no key \`${key}\` here.${hint}${all}`,
    path: [...path, key],
    place: "key",
  };
}

function customCode(issue: Issue): string {
  const code: unknown = issue.code === "custom" ? issue.params?.code : undefined;
  return typeof code === "string" ? code : "wrong-value";
}

function isWrongKind(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === "invalid_union") {
    return issue.errors.length > 0 && issue.errors.every((branch) => branch.some((inner) => isWrongKind(inner)));
  }
  return issue.code === "invalid_type" || (issue.code === "invalid_value" && typeof issue.values[0] !== "string");
}

/** An issue in the branch's discriminator means that another branch was meant. */
function weight(branch: readonly Issue[]): number {
  return branch.reduce((total, issue) => total + (issue.code === "invalid_value" ? 2 : 1), 0);
}

function optionsOf(issue: Issue): readonly string[] | undefined {
  if (issue.code === "invalid_value") return issue.values.map(String);
  if (issue.code === "invalid_union" && "options" in issue) return issue.options?.map(String);
  return undefined;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "a boolean (`true` or `false`)",
  array: "a list",
  object: "a map",
  record: "a map",
  null: "nothing",
};

function expectation(issue: Issue): string {
  const options = optionsOf(issue);
  if (options !== undefined) {
    const listed = options.map((option) => `\`${option}\``).join(", ");
    return options.length === 1 ? listed : `one of ${listed}`;
  }
  switch (issue.code) {
    case "invalid_type":
      return TYPE_NAMES[issue.expected] ?? `a value of type ${issue.expected}`;
    case "invalid_union": {
      const kinds = issue.errors.flatMap((branch) => branch.slice(0, 1).map((inner) => expectation(inner)));
      return [...new Set(kinds)].join(" or ") || "another value";
    }
    case "too_small":
      return bounded(issue.origin, issue.inclusive === false ? "more than" : "at least", Number(issue.minimum));
    case "too_big":
      return bounded(issue.origin, issue.inclusive === false ? "less than" : "at most", Number(issue.maximum));
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "invalid_format":
      return issue.format === "regex" ? `a string like ${issue.pattern ?? "the pattern"}` : `a valid ${issue.format}`;
    case "custom":
    case "invalid_element":
    case "invalid_key":
    case "invalid_value":
    case "unrecognized_keys":
      return "another value";
  }
}

function bounded(origin: string, comparison: string, bound: number): string {
  const unit = origin === "string" ? "character" : origin === "array" ? "entry" : "";
  if (unit === "") return `a number of ${comparison} ${bound}`;
  const plural = bound === 1 ? unit : unit === "entry" ? "entries" : `${unit}s`;
  return `${comparison} ${bound} ${plural}`;
}
