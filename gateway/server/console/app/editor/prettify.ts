/** The document and its variables as a formatter writes them. */
import { formatDocument } from "../format-document.ts";
import { formatJson } from "../format-json.ts";
import { query, variables } from "../state/operation.ts";

export function prettify(): void {
  query.value = formatDocument(query.value);
  if (isJson(variables.value)) variables.value = formatJson(variables.value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
