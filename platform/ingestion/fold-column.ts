/** Column names of a source as SQL identifiers: `"Order ID"` → `order_id`. Two that become one are refused. */
import { snakeCase } from "#schema";
import { platformError } from "../errors.ts";

/** A snake_case identifier of letters, digits and underscores, never empty and never beginning with a digit. */
function foldColumn(name: string): string {
  const folded = snakeCase(name.normalize("NFKC"))
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_]+/gu, "_")
    .replace(/^_+|_+$/g, "");
  if (folded === "") return "column";
  return /^\p{N}/u.test(folded) ? `column_${folded}` : folded;
}

/** The folded names in order. Raises `INPUT_INVALID` when two of them are equal. */
export function foldColumns(names: readonly string[], where: string): readonly string[] {
  const firstByFolded = new Map<string, string>();
  return names.map((name, index) => {
    const folded = foldColumn(name);
    const first = firstByFolded.get(folded);
    if (first !== undefined) {
      throw platformError(
        "INPUT_INVALID",
        `${where}: columns "${first}" and "${name}" (number ${index + 1}) both become "${folded}". Rename one in the source.`,
      );
    }
    firstByFolded.set(folded, name);
    return folded;
  });
}
