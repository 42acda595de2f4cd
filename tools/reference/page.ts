/** Pages of the reference: made from the code that they describe, so that they cannot say anything else. */

export interface Page {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
}

/** A page under `docs/reference/`, with the note that keeps people from editing it. */
export function page(name: string, title: string, source: string, blocks: readonly string[]): Page {
  const note = `<!-- Generated from ${source} by \`npm run generate\`. Do not edit. -->`;
  return { file: `docs/reference/${name}`, text: `${[`# ${title}`, note, ...blocks].join("\n\n")}\n` };
}

/** A Markdown table. Cells may hold anything but line breaks. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function code(text: string): string {
  return `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}
