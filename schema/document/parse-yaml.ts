/**
 * YAML text → plain values with their places.
 *
 * Strict where YAML is generous: one document, keys are unique strings, aliases are bounded in number and in what they
 * grow to, merge keys (`<<`) are refused, only the JSON-like core types come out. Values are `unknown` until a schema
 * has read them. Variables are put into string values only, never into keys.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLMap,
} from "yaml";
import type { Finding } from "../finding.ts";
import { type DocumentPath, printPath } from "./path.ts";
import { PlaceRecorder, type Places } from "./places.ts";
import { substitute, type Variables } from "./substitute.ts";

export interface ParsedDocument {
  readonly value: unknown;
  readonly places: Places;
  readonly findings: readonly Finding[];
}

/** Far more than a manifest has; an alias bomb reaches it in a moment. */
const MAX_NODES = 50_000;
const MAX_DEPTH = 64;

/** The only document of a text. Never throws. With an error among the findings, `value` holds what could be read. */
export function parseYaml(text: string, file: string, variables: Variables | undefined): ParsedDocument {
  const { documents, lines } = split(text);
  const [first, second] = documents;
  const parsed = parseOne(first, lines, file, variables);
  if (second === undefined) return parsed;
  const { line, col } = lines.linePos(second.range[0]);
  const several: Finding = {
    level: "error",
    code: "several-documents",
    message: "The file holds several documents (separated by `---`); put each into a file of its own.",
    place: { file, line, column: col },
  };
  return { ...parsed, findings: [...parsed.findings, several] };
}

/** Every document of a text, at least one. Never throws. */
export function parseYamlDocuments(
  text: string,
  file: string,
  variables: Variables | undefined,
): readonly ParsedDocument[] {
  const { documents, lines } = split(text);
  const [first, ...others] = documents;
  return [first, ...others].map((document) => parseOne(document, lines, file, variables));
}

function split(text: string): { readonly documents: readonly Document.Parsed[]; readonly lines: LineCounter } {
  const lines = new LineCounter();
  // Without a byte order mark offsets and columns are what an editor shows.
  const documents = parseAllDocuments(text.replace(/^\uFEFF/, ""), {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    merge: false,
    schema: "core",
  });
  return { documents: "empty" in documents ? [] : documents, lines };
}

function parseOne(
  document: Document.Parsed | undefined,
  lines: LineCounter,
  file: string,
  variables: Variables | undefined,
): ParsedDocument {
  const places = new PlaceRecorder(file);
  const findings: Finding[] = [];
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const report = (code: string, message: string, offset: number, path: DocumentPath = []): void => {
    findings.push({
      level: "error",
      code,
      message,
      place: { file, ...at(offset) },
      ...(path.length === 0 ? {} : { path: printPath(path) }),
    });
  };

  if (document === undefined || document.contents === null) {
    report("empty-document", "The document is empty.", document?.range[0] ?? 0);
    return { value: undefined, places, findings };
  }
  for (const error of document.errors) {
    const duplicate = error.code === "DUPLICATE_KEY";
    report(
      duplicate ? "duplicate-key" : "yaml-syntax",
      duplicate ? "This key is written twice in one map; keep one." : sentence(error.message),
      error.pos[0],
    );
  }

  let nodes = 0;
  let tooLarge = false;
  const walk = (node: Node | null | undefined, path: DocumentPath, inside: readonly Node[]): unknown => {
    nodes += 1;
    if (nodes > MAX_NODES || path.length > MAX_DEPTH) {
      if (!tooLarge) {
        report(
          "document-too-large",
          "The document nests too deep or grows too large, counting what aliases stand for.",
          start(node),
          path,
        );
      }
      tooLarge = true;
      return undefined;
    }
    if (node === null || node === undefined) return null;
    places.recordValue(path, at(start(node)));
    if (isAlias(node)) return resolveAlias(node, path, inside);
    if (isMap(node)) return walkMap(node, path, [...inside, node]);
    if (isSeq(node)) {
      return node.items.map((item, index) => walk(item as Node, [...path, index], [...inside, node]));
    }
    if (isScalar(node)) {
      // Only a number can lose digits; a string's text may hold what a variable stood for.
      if (typeof node.value === "number" && node.source !== undefined) places.recordSource(path, node.source);
      return scalar(node.value, start(node), path);
    }
    return undefined;
  };
  const resolveAlias = (alias: Alias, path: DocumentPath, inside: readonly Node[]): unknown => {
    const target = alias.resolve(document);
    if (target === undefined) {
      report("unknown-alias", `There is no anchor \`&${alias.source}\` before this alias.`, start(alias), path);
      return undefined;
    }
    if (inside.includes(target)) {
      report("recursive-alias", `The alias \`*${alias.source}\` is inside of what it stands for.`, start(alias), path);
      return undefined;
    }
    return walk(target, path, inside);
  };
  const walkMap = (map: YAMLMap, path: DocumentPath, inside: readonly Node[]): unknown => {
    // Without a prototype, `__proto__` is an unknown key like any other.
    const value: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const pair of map.items) {
      const key = pair.key as Node | null;
      if (!isScalar(key) || (typeof key.value !== "string" && typeof key.value !== "number")) {
        report("key-not-text", "A key must be plain text.", start(key), path);
        continue;
      }
      if (key.value === "<<") {
        report("merge-key", "Merge keys (`<<`) are not read; write the keys out.", start(key), path);
        continue;
      }
      const name = String(key.source ?? key.value);
      const inner = [...path, name];
      places.recordKey(inner, at(start(key)));
      value[name] = walk(pair.value as Node | null, inner, inside);
      // A value that was forgotten is best shown at its key.
      if (value[name] === null) places.recordValue(inner, at(start(key)));
    }
    return value;
  };
  const scalar = (written: unknown, offset: number, path: DocumentPath): unknown => {
    if (typeof written !== "string" || variables === undefined) return written;
    const { text: filled, missing, malformed } = substitute(written, variables);
    if (malformed) {
      report(
        "bad-variable",
        `\`\${\` begins a variable: write \`\${NAME}\`, \`\${NAME:-default}\`, or \`$\${\` for the text itself.`,
        offset,
        path,
      );
    }
    for (const name of missing) {
      report(
        "undefined-variable",
        `The variable \`${name}\` is not set; set it or give a default: \`\${${name}:-…}\`.`,
        offset,
        path,
      );
    }
    return filled;
  };

  const value = walk(document.contents, [], []);
  return { value, places, findings };
}

function start(node: Node | null | undefined): number {
  return node?.range?.[0] ?? 0;
}

/** The parser's messages end in nothing, a colon or an excerpt on further lines. */
function sentence(message: string): string {
  const first = (message.split("\n")[0] ?? "").replace(/[:.\s]+$/, "");
  return `${first}.`;
}
