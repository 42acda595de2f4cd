import type { z } from "zod";
import type { Finding, ReadResult } from "../finding.ts";
import { explainIssue, messageOf, resolveUnions } from "./explain-issue.ts";
import { type ParsedDocument, parseYaml, parseYamlDocuments } from "./parse-yaml.ts";
import { type DocumentPath, printPath } from "./path.ts";
import type { Places } from "./places.ts";
import type { Variables } from "./substitute.ts";

export interface DocumentOptions {
  /**
   * What `${NAME}` and `${NAME:-default}` in string values stand for; `process.env` when it is left out. With `"keep"`
   * they stay as written, for tools that print the document again.
   */
  readonly variables?: Variables | "keep" | undefined;
}

/** What was read, and the way from each part of it back to its place in the file. */
export interface DocumentResult<T> extends ReadResult<T> {
  readonly places: Places;
  /** Values of `x-` keys by dotted path (`metadata.x-cost-centre`); they are allowed in every map and read by nobody. */
  readonly extensions: Readonly<Record<string, unknown>>;
}

/**
 * Reads one YAML (or JSON) document strictly: every finding has file, line and column; an unknown key is an error with
 * what was probably meant. Never throws. `value` is there exactly when no finding is an error.
 *
 * Findings: `yaml-syntax`, `empty-document`, `several-documents`, `duplicate-key`, `key-not-text`, `merge-key`,
 * `unknown-alias`, `recursive-alias`, `document-too-large`, `bad-variable`, `undefined-variable`, `unknown-key`, `missing-key`,
 * `wrong-type`, `wrong-value`, `wrong-key`, and what the schema's own checks name by `params.code`.
 *
 * @param schema objects in it should be `z.strictObject`; a plain `z.object` would drop unknown keys in silence.
 */
export function readDocument<S extends z.ZodType>(
  text: string,
  file: string,
  schema: S,
  options: DocumentOptions = {},
): DocumentResult<z.output<S>> {
  return readParsed(parseYaml(text, file, variablesOf(options)), schema);
}

/** The same for a text of several documents separated by `---`: a result for each, at least one. */
export function readDocuments<S extends z.ZodType>(
  text: string,
  file: string,
  schema: S,
  options: DocumentOptions = {},
): readonly DocumentResult<z.output<S>>[] {
  return parseYamlDocuments(text, file, variablesOf(options)).map((parsed) => readParsed(parsed, schema));
}

function variablesOf({ variables }: DocumentOptions): Variables | undefined {
  return variables === "keep" ? undefined : (variables ?? process.env);
}

function readParsed<S extends z.ZodType>(
  { value, places, findings: syntax }: ParsedDocument,
  schema: S,
): DocumentResult<z.output<S>> {
  // A document with a syntax error is half a document: what it lacks would be noise.
  if (syntax.length > 0) return { value: undefined, findings: syntax, places, extensions: {} };

  const extensions: Record<string, unknown> = {};
  for (;;) {
    const result = schema.safeParse(value, { error: messageOf });
    if (result.success) return { value: result.data, findings: [], places, extensions };
    const issues = result.error.issues.flatMap((issue) => resolveUnions(issue));
    // Each round takes keys out of the value, so the loop ends.
    if (!takeExtensions(issues, value, extensions)) {
      return { value: undefined, findings: explain(issues, value, places), places, extensions };
    }
  }
}

function explain(issues: readonly z.core.$ZodIssue[], value: unknown, places: Places): readonly Finding[] {
  const found = issues.flatMap((issue) => explainIssue(issue, valueAt(value, issue.path)));
  return found
    .map(({ code, message, path, place }): Finding => {
      const where = place === "key" ? places.keyAt(path) : places.valueAt(path);
      return { level: "error", code, message, place: where, ...(path.length === 0 ? {} : { path: printPath(path) }) };
    })
    .sort(byPlace);
}

/** In the order of the text. */
export function byPlace(left: Finding, right: Finding): number {
  return (left.place.line ?? 0) - (right.place.line ?? 0) || (left.place.column ?? 0) - (right.place.column ?? 0);
}

/** Moves `x-` keys that no schema knows from the value to `extensions`; false when there are none. */
function takeExtensions(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  extensions: Record<string, unknown>,
): boolean {
  let taken = false;
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const map = valueAt(value, issue.path) as Record<string, unknown>; // an unknown key is always one of a map
    for (const key of issue.keys) {
      if (!key.startsWith("x-") || !(key in map)) continue;
      extensions[printPath([...(issue.path as DocumentPath), key])] = map[key];
      delete map[key];
      taken = true;
    }
  }
  return taken;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[step] : undefined,
    value,
  );
}
