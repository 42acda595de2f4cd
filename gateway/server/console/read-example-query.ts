import { GraphQLError, parse } from "graphql";
import type { Finding, ReadResult } from "#schema";
import type { ExampleQuery } from "./examples.ts";

const headings = /^#\s*(title|description|variables)\s*:\s*(.*)$/;

/**
 * An example out of a `.graphql` file whose first comments say `# title:`, `# description:` and, where it has any,
 * `# variables:` as JSON on one line. Without a title the file's name is one.
 *
 * Findings: `wrong-variables`, `wrong-query` (errors).
 */
export function readExampleQuery(text: string, file: string): ReadResult<ExampleQuery> {
  const findings: Finding[] = [];
  const said = new Map<string, string>();
  const lines = text.split(/\r?\n/);
  const body = lines.findIndex((line, index) => {
    const [, name, value] = headings.exec(line) ?? [];
    if (name === undefined || value === undefined) return line.trim() !== "";
    if (name === "variables") said.set("line", String(index + 1));
    said.set(name, value.trim());
    return false;
  });
  const query = lines
    .slice(body < 0 ? lines.length : body)
    .join("\n")
    .trim();
  try {
    parse(query);
  } catch (error) {
    const line = error instanceof GraphQLError ? (error.locations?.[0]?.line ?? 1) + body : body + 1;
    const reason = error instanceof Error ? error.message : String(error);
    findings.push({
      level: "error",
      code: "wrong-query",
      message: `${reason}`,
      place: { file, line: Math.max(1, line) },
    });
  }
  const variables = readVariables(said.get("variables"));
  if (variables === "wrong") {
    findings.push({
      level: "error",
      code: "wrong-variables",
      message: 'The variables of an example are a JSON object on one line: # variables: {"first": 10}',
      place: { file, line: Number(said.get("line")) },
    });
  }
  if (findings.length > 0 || variables === "wrong") return { value: undefined, findings };
  const title = said.get("title") ?? titleOf(file);
  const description = said.get("description") ?? "";
  return { value: { title, description, query, ...(variables === undefined ? {} : { variables }) }, findings };
}

function readVariables(text: string | undefined): Readonly<Record<string, unknown>> | "wrong" | undefined {
  if (text === undefined || text === "") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : "wrong"; // a JSON object, just checked
  } catch {
    return "wrong";
  }
}

/** `examples/02-orders-per-month.graphql` → `orders per month` */
function titleOf(file: string): string {
  const name = file.split(/[\\/]/).at(-1) ?? file;
  return name
    .replace(/\.\w+$/, "")
    .replace(/^\d+-/, "")
    .replaceAll("-", " ");
}
