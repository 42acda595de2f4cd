/** The document and its variables as a formatter writes them. */
import { parse, print } from "graphql";
import { formatJson } from "../format-json.ts";
import { query, variables } from "../state/operation.ts";

/** Leaves alone what cannot be parsed, and a document with comments, because printing loses them. */
export function prettify(): void {
  query.value = formatDocument(query.value);
  if (isJson(variables.value)) variables.value = formatJson(variables.value);
}

export function formatDocument(text: string): string {
  try {
    const document = parse(text);
    for (let token = document.loc?.startToken; token; token = token.next ?? undefined) {
      if (token.kind === "Comment") return text;
    }
    return print(document);
  } catch {
    return text;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
