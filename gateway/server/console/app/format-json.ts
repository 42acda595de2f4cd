/**
 * JSON text with line breaks and two-space indentation. Works on the text itself: numbers keep every digit, which
 * `JSON.stringify(JSON.parse(text))` does not promise, and keys keep their order. The text must be JSON.
 */
export function formatJson(text: string): string {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/g) ?? [];
  const out: string[] = [];
  let depth = 0;
  const breakLine = (): void => {
    out.push("\n", "  ".repeat(Math.max(0, depth)));
  };
  for (const [index, token] of tokens.entries()) {
    if (token === "{" || token === "[") {
      out.push(token);
      depth++;
      if (!isClosing(tokens[index + 1])) breakLine();
    } else if (isClosing(token)) {
      depth--;
      const previous = tokens[index - 1];
      if (previous !== "{" && previous !== "[") breakLine();
      out.push(token);
    } else if (token === ",") {
      out.push(token);
      breakLine();
    } else out.push(token === ":" ? ": " : token);
  }
  return out.join("");
}

function isClosing(token: string | undefined): boolean {
  return token === "}" || token === "]";
}
