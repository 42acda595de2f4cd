/**
 * A file of trusted documents → the texts by their ids. Two formats are read:
 *
 *   { "format": "apollo-persisted-query-manifest", "version": 1, "operations": [{ "id", "name", "type", "body" }] }
 *   { "<id>": "<text>", … }                                      (as Relay's compiler and GraphQL Code Generator write it)
 */
import type { Finding, ReadResult } from "#schema";
import { didYouMean } from "#schema";

export interface TrustedDocument {
  readonly id: string;
  readonly text: string;
  /** What the file says that it holds; undefined where the format does not say it. */
  readonly operation: { readonly name: string; readonly type: string } | undefined;
  /** Where it stands in the file: `operations[3]`, `["abc"]`. */
  readonly path: string;
}

const apolloFormat = "apollo-persisted-query-manifest";
const operationTypes = ["query", "mutation", "subscription"];

/**
 * Strict: one fault of form refuses the file. Whether texts are GraphQL is not looked at.
 *
 * Findings: `json-syntax`, `wrong-type`, `wrong-value`, `missing-key`, `unknown-key`, `duplicate-id`.
 */
export function readTrustedDocuments(text: string, file: string): ReadResult<readonly TrustedDocument[]> {
  const findings: Finding[] = [];
  const report: Report = (code, path, message) =>
    findings.push({ level: "error", code, message, place: { file }, ...(path === "" ? {} : { path }) });
  const documents = readFile(text, report);
  checkIds(documents, report);
  return { value: findings.length === 0 ? documents : undefined, findings };
}

type Report = (code: string, path: string, message: string) => void;
type JsonObject = Readonly<Record<string, unknown>>;

function readFile(text: string, report: Report): readonly TrustedDocument[] {
  const value = parseJson(text, report);
  if (value === undefined) return [];
  if (!isObject(value)) {
    report("wrong-type", "", `A manifest of trusted documents is a JSON object, not ${nameOf(value)}.`);
    return [];
  }
  // Texts are all that the plain format has, and an operation cannot be called `operations` by its text.
  return "format" in value || Array.isArray(value.operations) ? readManifest(value, report) : readMap(value, report);
}

function parseJson(text: string, report: Report): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The engine's own message quotes the text; the place is enough.
    const at = error instanceof Error ? /position \d+|line \d+ column \d+/.exec(error.message)?.[0] : undefined;
    report("json-syntax", "", `The file is not JSON${at === undefined ? "" : ` (at ${at})`}.`);
    return undefined;
  }
}

function readManifest(manifest: JsonObject, report: Report): readonly TrustedDocument[] {
  const { format, version, operations } = manifest;
  if (format !== apolloFormat) report("wrong-value", "format", `Write "${apolloFormat}", the only format with a name.`);
  if (version !== 1) report("wrong-value", "version", "Write 1, the only version that is read.");
  checkKeys(manifest, ["format", "version", "operations"], "", report);
  if (!Array.isArray(operations)) {
    report("wrong-type", "operations", `Write the list of operations, not ${nameOf(operations)}.`);
    return [];
  }
  return (operations as readonly unknown[]).flatMap((entry, at) => {
    const path = `operations[${at}]`;
    if (!isObject(entry)) {
      report(
        "wrong-type",
        path,
        `An operation is an object with "id", "name", "type" and "body", not ${nameOf(entry)}.`,
      );
      return [];
    }
    checkKeys(entry, ["id", "name", "type", "body", "clientName"], `${path}.`, report);
    const id = readText(entry, "id", path, report);
    const name = readText(entry, "name", path, report);
    const type = readText(entry, "type", path, report);
    const body = readText(entry, "body", path, report);
    if (type !== undefined && !operationTypes.includes(type)) {
      report("wrong-value", `${path}.type`, `Write ${operationTypes.join(", ")}.${didYouMean(type, operationTypes)}`);
    }
    if (id === undefined || name === undefined || type === undefined || body === undefined) return [];
    return [{ id, text: body, operation: { name, type }, path }];
  });
}

function readMap(map: JsonObject, report: Report): readonly TrustedDocument[] {
  return Object.entries(map).flatMap(([id, text]) => {
    const path = `[${JSON.stringify(id)}]`;
    if (id === "") report("wrong-value", path, "An id must not be empty.");
    if (typeof text === "string" && text.trim() !== "") return [{ id, text, operation: undefined, path }];
    report("wrong-type", path, `Write the text of the operation, not ${nameOf(text)}.`);
    return [];
  });
}

function checkKeys(object: JsonObject, known: readonly string[], at: string, report: Report): void {
  for (const key of Object.keys(object)) {
    if (known.includes(key)) continue;
    report("unknown-key", `${at}${key}`, `\`${key}\` means nothing here.${didYouMean(key, known)}`);
  }
}

function readText(entry: JsonObject, key: string, path: string, report: Report): string | undefined {
  const value = entry[key];
  if (typeof value === "string" && value.trim() !== "") return value;
  if (value === undefined) report("missing-key", `${path}.${key}`, `\`${key}\` is missing: write a text.`);
  else report("wrong-type", `${path}.${key}`, `Write a text, not ${nameOf(value)}.`);
  return undefined;
}

/** Who asks by an id must get one and the same text. */
function checkIds(documents: readonly TrustedDocument[], report: Report): void {
  const byId = new Map<string, TrustedDocument>();
  for (const document of documents) {
    const first = byId.get(document.id);
    if (first === undefined) byId.set(document.id, document);
    else if (first.text !== document.text) {
      report(
        "duplicate-id",
        document.path,
        `The id is that of ${first.path}, which has another text: take another id.`,
      );
    }
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function nameOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return value.trim() === "" ? "an empty text" : "a text";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
