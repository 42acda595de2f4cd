/** Numbers and words in columns, for a terminal of 100. */

export const terminalWidth = 100;

/** Rows as aligned lines: the first column to the left, the others to the right, two spaces between. */
export function alignRows(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/** Words broken into lines; the first begins with `label`, the others stand below its end. */
export function wrapWords(label: string, words: string, width: number = terminalWidth): readonly string[] {
  const indent = " ".repeat(label.length);
  const lines: string[] = [];
  let line = label;
  let isEmpty = true;
  for (const word of words.split(" ")) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line.trimEnd());
      line = indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line.trimEnd()];
}

/** At most so many characters; what is left out is an ellipsis. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** `4.1 kB`: in powers of 1024, as the configuration writes sizes. */
export function printBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1_024 && unit < units.length - 1) {
    size /= 1_024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** `12 s`, `9 min`, `5 h`, `3 d`. */
export function printAge(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3_600) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

const number = new Intl.NumberFormat("en-US");

export function printNumber(value: number): string {
  return number.format(value);
}

/** `75 %`; nothing where nothing was counted. */
export function printShare(part: number, total: number): string {
  return total === 0 ? "" : `${Math.round((part / total) * 100)} %`;
}
