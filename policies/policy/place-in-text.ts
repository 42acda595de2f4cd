import type { Place } from "#schema";

/**
 * The place of a character of a YAML scalar: `offset` characters into `value`, which begins at `start` in `text`. Where
 * the scalar is folded or escaped, so that its text is not the file's, the scalar's own place.
 */
export function placeInText(text: string, start: Place, value: string, offset: number): Place {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  const { file, line = 1, column = 1 } = start;
  const rest = (lines[line - 1] ?? "").slice(column - 1);
  for (const quote of ["", '"', "'"]) {
    if (rest.startsWith(quote + value)) return { file, line, column: column + quote.length + offset };
  }
  if (!/^[|>]/.test(rest)) return start;
  // A block: each of its lines stands below, indented.
  const before = value.slice(0, offset).split("\n");
  const wanted = value.split("\n")[before.length - 1] ?? "";
  const written = lines[line - 1 + before.length] ?? "";
  const indent = written.indexOf(wanted);
  if (wanted === "" || indent === -1) return start;
  return { file, line: line + before.length, column: indent + 1 + (before.at(-1) ?? "").length };
}
